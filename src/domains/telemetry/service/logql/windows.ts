// What a range aggregation makes of the samples in one window. Samples are in order of time; times are nanoseconds.

export interface Samples { times: Float64Array; values: Float64Array; count: number }

export function newSamples(): Samples { return { times: new Float64Array(16), values: new Float64Array(16), count: 0 }; }

export function addSample(samples: Samples, time: number, value: number): void {
  if (samples.count === samples.times.length) {
    const times = new Float64Array(samples.count * 2);
    times.set(samples.times);
    const values = new Float64Array(samples.count * 2);
    values.set(samples.values);
    samples.times = times;
    samples.values = values;
  }
  samples.times[samples.count] = time;
  samples.values[samples.count] = value;
  samples.count += 1;
}

/** Sorts by time where lines of several chunks came out of order; equal times keep their order. */
export function sortSamples(samples: Samples): void {
  const { times, values, count } = samples;
  let isSorted = true;
  for (let at = 1; at < count && isSorted; at += 1) isSorted = (times[at] ?? 0) >= (times[at - 1] ?? 0);
  if (isSorted) return;
  const order = Uint32Array.from({ length: count }, (_one, at) => at).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
  samples.times = Float64Array.from(order, (at) => times[at] ?? 0);
  samples.values = Float64Array.from(order, (at) => values[at] ?? 0);
}

export interface WindowOptions { readonly rangeNs: number; readonly parameter: number | undefined; readonly isUnwrapped: boolean }
/** `end`: the time at which the window closes. */
export type WindowFunction = (samples: Samples, from: number, to: number, end: number) => number;

function sum({ values }: Samples, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at += 1) total += values[at] ?? 0;
  return total;
}

function extreme(isMax: boolean): WindowFunction {
  return ({ values }, from, to) => {
    let best = values[from] ?? NaN;
    for (let at = from + 1; at < to; at += 1) {
      const value = values[at] ?? NaN;
      if (Number.isNaN(best) || (isMax ? value > best : value < best)) best = value;
    }
    return best;
  };
}

function variance({ values }: Samples, from: number, to: number): number {
  let mean = 0;
  let squares = 0;
  for (let at = from; at < to; at += 1) {
    const value = values[at] ?? 0;
    const delta = value - mean;
    mean += delta / (at - from + 1);
    squares += delta * (value - mean);
  }
  return squares / (to - from);
}

/** Prometheus' quantile: linear between ranks; outside of 0..1 it is infinite. */
export function quantileOf(q: number, sorted: Float64Array | readonly number[]): number {
  const count = sorted.length;
  if (count === 0 || Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const rank = q * (count - 1);
  const low = Math.max(0, Math.floor(rank));
  const high = Math.min(count - 1, low + 1);
  const weight = rank - Math.floor(rank);
  return (sorted[low] ?? NaN) * (1 - weight) + (sorted[high] ?? NaN) * weight;
}

/** As Prometheus' rate: resets are added up, and the increase reaches to the window's edges, or half an interval past a sample that is far from one, and never below zero. */
function rateCounter(rangeNs: number): WindowFunction {
  return ({ times, values }, from, to, end) => {
    if (to - from < 2) return 0;
    const first = values[from] ?? 0;
    const firstTime = times[from] ?? 0;
    const lastTime = times[to - 1] ?? 0;
    let increase = (values[to - 1] ?? 0) - first;
    for (let at = from + 1; at < to; at += 1) if ((values[at] ?? 0) < (values[at - 1] ?? 0)) increase += values[at - 1] ?? 0;
    const sampled = lastTime - firstTime;
    const average = sampled / (to - from - 1);
    let toStart = firstTime - (end - rangeNs);
    let toEnd = end - lastTime;
    if (toStart >= average * 1.1) toStart = average / 2;
    if (increase > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / increase));
    if (toEnd >= average * 1.1) toEnd = average / 2;
    return (increase * ((sampled + toStart + toEnd) / sampled)) / (rangeNs / 1e9);
  };
}

export function windowFunction(op: string, options: WindowOptions): WindowFunction {
  const seconds = options.rangeNs / 1e9;
  switch (op) {
    case "count_over_time": return (_samples, from, to) => to - from;
    case "rate": return options.isUnwrapped ? (samples, from, to) => sum(samples, from, to) / seconds : (_samples, from, to) => (to - from) / seconds;
    case "bytes_rate": return (samples, from, to) => sum(samples, from, to) / seconds;
    case "bytes_over_time": case "sum_over_time": return sum;
    case "avg_over_time": return (samples, from, to) => sum(samples, from, to) / (to - from);
    case "max_over_time": return extreme(true);
    case "min_over_time": return extreme(false);
    case "first_over_time": return ({ values }, from) => values[from] ?? NaN;
    case "last_over_time": return ({ values }, _from, to) => values[to - 1] ?? NaN;
    case "stdvar_over_time": return variance;
    case "stddev_over_time": return (samples, from, to) => Math.sqrt(variance(samples, from, to));
    case "quantile_over_time": return ({ values }, from, to) => quantileOf(options.parameter ?? NaN, values.slice(from, to).sort());
    case "rate_counter": return rateCounter(options.rangeNs);
    case "absent_over_time": return () => 1;
    default: throw new Error(`BUG: expected a range operation, got ${op}`);
  }
}
