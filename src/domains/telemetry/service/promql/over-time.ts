// Aggregations over time and the other functions of ranges, one window after the other.
import { detectReset, isSameHistogram, type NativeHistogram } from "../metrics/histogram.ts";
import { addHistograms, type HistogramSum, meanHistogram } from "../metrics/histogram-sum.ts";
import { CompensatedSum, meanOf } from "../vector/neumaier.ts";
import { QueryError } from "./errors.ts";
import { infoIgnored, infoReconciled, warnCollision, warnMixedHistograms, warnMixedRange } from "./histogram-notes.ts";
import { instantSlopeKernel, slopeKernel } from "./rate.ts";
import { quantileOf } from "./quantile.ts";
import type { RangeKernel, WindowRun } from "./windows.ts";

/** Only floats count; histograms beside them are said to be ignored. */
function floatsOnly(compute: (run: WindowRun) => number | undefined, least = 1): RangeKernel {
  return {
    step: (run) => {
      if (run.count > 0 && run.histogramCount > 0) infoIgnored(run);
      if (run.count < least) return;
      const value = compute(run);
      if (value !== undefined) run.put(value);
    },
  };
}

/** The largest (sign 1) or smallest (-1) of each window by a queue of candidates: linear in the samples, not in samples times steps. */
function extremeKernel(sign: 1 | -1): RangeKernel {
  let queue = new Int32Array(256);
  let head = 0, tail = 0, seen = 0;
  return {
    begin: (run) => {
      if (queue.length < run.buffer.count) queue = new Int32Array(run.buffer.count);
      head = tail = seen = 0;
    },
    step: (run) => {
      if (run.count > 0 && run.histogramCount > 0) infoIgnored(run);
      if (run.count === 0) return;
      const { values } = run.buffer;
      for (let index = Math.max(seen, run.from); index < run.to; index++) {
        const value = sign * (values[index] as number); // within the window
        if (value !== value) continue; // NaN only counts where nothing else is there
        while (tail > head && sign * (values[queue[tail - 1] as number] as number) <= value) tail--; // within the queue
        queue[tail++] = index;
      }
      seen = Math.max(seen, run.to);
      while (head < tail && (queue[head] as number) < run.from) head++; // within the queue
      run.put(head < tail ? values[queue[head] as number] as number : Number.NaN); // within the queue
    },
  };
}

function putSum(run: WindowRun, sum: HistogramSum): void {
  if (sum.kind === "incompatible") { warnMixedHistograms(run); return; }
  if (sum.isReconciled) infoReconciled(run.notes, run.node, "aggregation");
  run.putHistogram(sum.histogram);
}

function histogramsOrFloats(ofFloats: (run: WindowRun) => number, ofHistograms: (list: readonly NativeHistogram[]) => HistogramSum): RangeKernel {
  return {
    step: (run) => {
      if (run.histogramCount === 0) { run.put(ofFloats(run)); return; }
      if (run.count > 0) { warnMixedRange(run); return; }
      const list = run.buffer.histograms.slice(run.histogramFrom, run.histogramTo);
      if (list.some((one) => one.hint === "reset") && list.some((one) => one.hint === "not_reset")) warnCollision(run.notes, run.node, "aggregation");
      putSum(run, ofHistograms(list));
    },
  };
}

function sumFloats(run: WindowRun): number {
  const { values } = run.buffer;
  let sum = 0, compensation = 0;
  for (let index = run.from; index < run.to; index++) {
    const value = values[index] as number; // within the window
    const next = sum + value;
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) compensation = 0;
    else compensation += Math.abs(sum) >= Math.abs(value) ? (sum - next) + value : (value - next) + sum;
    sum = next;
  }
  return sum === Number.POSITIVE_INFINITY || sum === Number.NEGATIVE_INFINITY ? sum : sum + compensation;
}

function varianceOf(run: WindowRun): number {
  const mean = new CompensatedSum(), squares = new CompensatedSum();
  for (let index = 0; index < run.count; index++) {
    const value = run.value(index);
    const delta = value - (mean.sum + mean.compensation);
    mean.add(delta / (index + 1));
    squares.add(delta * (value - (mean.sum + mean.compensation)));
  }
  return (squares.sum + squares.compensation) / run.count;
}

/** Least squares through the window's floats; x is seconds from `originMs`. */
function regression(run: WindowRun, originMs: number): { slope: number; intercept: number } {
  const first = run.value(0);
  const [x, y, xy, xx] = [new CompensatedSum(), new CompensatedSum(), new CompensatedSum(), new CompensatedSum()] as const;
  let isConstant = true;
  for (let index = 0; index < run.count; index++) {
    const value = run.value(index), seconds = ((run.buffer.times[run.from + index] ?? 0) - originMs) / 1000;
    if (index > 0 && value !== first) isConstant = false;
    x.add(seconds);
    y.add(value);
    xy.add(seconds * value);
    xx.add(seconds * seconds);
  }
  if (isConstant) return Number.isFinite(first) || Number.isNaN(first) ? { slope: 0, intercept: first } : { slope: Number.NaN, intercept: Number.NaN };
  const n = run.count;
  const total = (sum: CompensatedSum): number => sum.sum + sum.compensation;
  const slope = (total(xy) - total(x) * total(y) / n) / (total(xx) - total(x) * total(x) / n);
  return { slope, intercept: total(y) / n - slope * total(x) / n };
}

/** Floats and histograms of the window in time order. */
function* mixed(run: WindowRun): IterableIterator<number | NativeHistogram> {
  let at = run.from, histogramAt = run.histogramFrom;
  while (at < run.to || histogramAt < run.histogramTo) {
    const found = run.buffer.histograms[histogramAt];
    if (at < run.to && (histogramAt >= run.histogramTo || (run.buffer.times[at] ?? 0) <= (run.buffer.histogramTimes[histogramAt] ?? 0))) yield run.buffer.values[at++] ?? 0;
    else { histogramAt++; if (found) yield found; }
  }
}

function countPairs(run: WindowRun, counts: (before: number | NativeHistogram, now: number | NativeHistogram) => boolean): number {
  let count = 0;
  let before: number | NativeHistogram | undefined;
  for (const now of mixed(run)) {
    if (before !== undefined && counts(before, now)) count++;
    before = now;
  }
  return count;
}

function isReset(before: number | NativeHistogram, now: number | NativeHistogram): boolean {
  if (typeof before === "number") return typeof now === "number" ? now < before : true;
  return typeof now === "number" ? true : detectReset(now, before);
}

function isChange(before: number | NativeHistogram, now: number | NativeHistogram): boolean {
  if (typeof before === "number") return typeof now === "number" ? now !== before && !(Number.isNaN(now) && Number.isNaN(before)) : true;
  return typeof now === "number" ? true : !isSameHistogram(now, before);
}

/** first_over_time and last_over_time: the sample at one end of the window, whatever it is. */
function edgeKernel(isLast: boolean, isTimestamp: boolean): RangeKernel {
  return {
    keepsName: !isTimestamp,
    step: (run) => {
      const index = isLast ? run.to - 1 : run.from, histogramIndex = isLast ? run.histogramTo - 1 : run.histogramFrom;
      const time = run.count > 0 ? run.buffer.times[index] ?? 0 : undefined, histogramTime = run.histogramCount > 0 ? run.buffer.histogramTimes[histogramIndex] ?? 0 : undefined;
      const isHistogram = histogramTime !== undefined && (time === undefined || (isLast ? histogramTime > time : histogramTime < time));
      const found = run.buffer.histograms[histogramIndex];
      if (isTimestamp) run.put(((isHistogram ? histogramTime : time) ?? 0) / 1000);
      else if (isHistogram && found) run.putHistogram(found);
      else run.put(run.buffer.values[index] ?? 0);
    },
  };
}

function extremeTime(sign: 1 | -1): RangeKernel {
  return floatsOnly((run) => {
    let best = run.value(0), at = run.from;
    for (let index = 0; index < run.count; index++) {
      const value = run.value(index);
      if (sign * value >= sign * best || Number.isNaN(best)) { best = value; at = run.from + index; }
    }
    return (run.buffer.times[at] ?? 0) / 1000;
  });
}

const sorted = (values: Float64Array): Float64Array => values.sort((left, right) => (Number.isNaN(left) ? (Number.isNaN(right) ? 0 : -1) : Number.isNaN(right) ? 1 : left - right));

function medianDeviation(run: WindowRun): number {
  const values = run.buffer.values.slice(run.from, run.to);
  if (values.some(Number.isNaN)) return Number.NaN;
  const median = quantileOf(0.5, sorted(values));
  return quantileOf(0.5, sorted(values.map((value) => Math.abs(value - median))));
}

function smoothing(factor: number, trendFactor: number): RangeKernel {
  for (const [name, value] of [["smoothing", factor], ["trend", trendFactor]] as const) {
    if (value <= 0 || value >= 1) throw new QueryError("execution", `invalid ${name} factor. Expected: 0 < ${name === "trend" ? "tf" : "sf"} < 1, got: ${value.toFixed(6)}`);
  }
  return floatsOnly((run) => {
    let before = 0, level = run.value(0), trend = run.value(1) - run.value(0);
    for (let index = 1; index < run.count; index++) {
      if (index > 1) trend = trendFactor * (level - before) + (1 - trendFactor) * trend;
      before = level;
      level = factor * run.value(index) + (1 - factor) * (level + trend);
    }
    return level;
  }, 2);
}

/** The kernel of a function by name; `scalars` gives its scalar arguments at a step, in order. */
export function makeRangeKernel(name: string, scalars: (index: number, step: number) => number, isLeftClosed: boolean): RangeKernel {
  switch (name) {
    case "rate": return slopeKernel({ isCounter: true, isRate: true, isLeftClosed });
    case "increase": return slopeKernel({ isCounter: true, isRate: false, isLeftClosed });
    case "delta": return slopeKernel({ isCounter: false, isRate: false, isLeftClosed });
    case "irate": return instantSlopeKernel(true);
    case "idelta": return instantSlopeKernel(false);
    case "sum_over_time": return histogramsOrFloats(sumFloats, addHistograms);
    case "avg_over_time": return histogramsOrFloats((run) => meanOf(run.buffer.values, run.from, run.to), meanHistogram);
    case "max_over_time": return extremeKernel(1);
    case "min_over_time": return extremeKernel(-1);
    case "count_over_time": return { step: (run) => run.put(run.count + run.histogramCount) };
    case "present_over_time": return { step: (run) => run.put(1) };
    case "last_over_time": return edgeKernel(true, false);
    case "first_over_time": return edgeKernel(false, false);
    case "ts_of_last_over_time": return edgeKernel(true, true);
    case "ts_of_first_over_time": return edgeKernel(false, true);
    case "ts_of_max_over_time": return extremeTime(1);
    case "ts_of_min_over_time": return extremeTime(-1);
    case "stdvar_over_time": return floatsOnly(varianceOf);
    case "stddev_over_time": return floatsOnly((run) => Math.sqrt(varianceOf(run)));
    case "quantile_over_time": return floatsOnly((run) => quantileOf(scalars(0, run.step), sorted(run.buffer.values.slice(run.from, run.to))));
    case "mad_over_time": return floatsOnly(medianDeviation);
    case "resets": return { step: (run) => run.put(countPairs(run, isReset)) };
    case "changes": return { step: (run) => run.put(countPairs(run, isChange)) };
    case "deriv": return leastTwo((run) => regression(run, run.buffer.times[run.from] ?? 0).slope);
    case "predict_linear": return leastTwo((run) => { const { slope, intercept } = regression(run, run.timeMs); return slope * scalars(1, run.step) + intercept; });
    case "double_exponential_smoothing": return smoothing(scalars(1, 0), scalars(2, 0));
    default: throw new Error(`BUG: expected a range function, got ${name}`);
  }
}

function leastTwo(compute: (run: WindowRun) => number): RangeKernel {
  return floatsOnly(compute, 2);
}
