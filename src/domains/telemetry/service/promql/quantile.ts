// Quantiles and fractions: of plain values, of classic histograms by their buckets, of native histograms.
// Source: prometheus.io/docs/prometheus/latest/querying/functions#histogram_quantile and its notes on interpolation.
import { type Bucket, bucketsOf, isCustom, type NativeHistogram } from "../metrics/histogram.ts";
import { CompensatedSum } from "../vector/neumaier.ts";

/** `values` sorted ascending, NaN first. NaN of none. */
export function quantileOf(q: number, values: ArrayLike<number>): number {
  const count = values.length;
  if (count === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const rank = q * (count - 1);
  const lower = Math.max(0, Math.floor(rank)), upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return (values[lower] ?? Number.NaN) * (1 - weight) + (values[upper] ?? Number.NaN) * weight;
}

export interface ClassicBucket { readonly upper: number; count: number }

/** How a histogram's buckets had to be mended: counts that fell were lifted. */
export interface Forced { readonly lowest: number; readonly highest: number; readonly difference: number }

// Differences below this share are what floats lose, not observations.
const tolerance = 1e-12;

function isAlmostEqual(left: number, right: number): boolean {
  if (left === right) return true;
  const sum = Math.abs(left) + Math.abs(right), difference = Math.abs(left - right);
  if (left === 0 || right === 0 || sum < 2.2250738585072014e-308) return difference < tolerance * 2.2250738585072014e-308;
  return difference / Math.min(sum, Number.MAX_VALUE) < tolerance;
}

function coalesce(buckets: readonly ClassicBucket[]): ClassicBucket[] {
  const sorted = [...buckets].sort((left, right) => (left.upper < right.upper ? -1 : left.upper > right.upper ? 1 : 0));
  const out: ClassicBucket[] = [];
  for (const bucket of sorted) {
    const last = out.at(-1);
    if (last && last.upper === bucket.upper) last.count += bucket.count;
    else out.push({ ...bucket });
  }
  return out;
}

function forceMonotonic(buckets: ClassicBucket[]): Forced | undefined {
  let before = buckets[0]?.count ?? 0;
  let forced: Forced | undefined;
  for (const bucket of buckets.slice(1)) {
    const { count } = bucket;
    if (count === before) continue;
    if (isAlmostEqual(before, count)) { bucket.count = before; continue; }
    if (count < before) {
      bucket.count = before;
      forced = {
        lowest: Math.min(forced?.lowest ?? bucket.upper, bucket.upper),
        highest: Math.max(forced?.highest ?? bucket.upper, bucket.upper),
        difference: Math.max(forced?.difference ?? 0, before - count),
      };
      continue;
    }
    before = count;
  }
  return forced;
}

export function classicQuantile(q: number, given: readonly ClassicBucket[]): { readonly value: number; readonly forced: Forced | undefined } {
  const plain = (value: number): { value: number; forced: undefined } => ({ value, forced: undefined });
  if (Number.isNaN(q)) return plain(Number.NaN);
  if (q < 0) return plain(Number.NEGATIVE_INFINITY);
  if (q > 1) return plain(Number.POSITIVE_INFINITY);
  const buckets = coalesce(given);
  if (buckets.at(-1)?.upper !== Number.POSITIVE_INFINITY) return plain(Number.NaN);
  const forced = forceMonotonic(buckets);
  const observations = buckets.at(-1)?.count ?? 0;
  if (buckets.length < 2 || observations === 0 ) return { value: Number.NaN, forced };
  let rank = q * observations;
  let index = buckets.findIndex((bucket, at) => at < buckets.length - 1 && bucket.count >= rank);
  if (index < 0) index = buckets.length - 1;
  const bucket = buckets[index], before = buckets[index - 1];
  if (bucket === undefined) return { value: Number.NaN, forced };
  if (index === buckets.length - 1) return { value: buckets[buckets.length - 2]?.upper ?? Number.NaN, forced };
  if (index === 0 && bucket.upper <= 0) return { value: bucket.upper, forced };
  let start = 0, { count } = bucket;
  if (before) { start = before.upper; count -= before.count; rank -= before.count; }
  return { value: start + (bucket.upper - start) * (rank / count), forced };
}

/** Ranks at which two bounds stand, by walking the buckets once. `rankIn` interpolates within a bucket. */
function fractionBetween(
  lower: number,
  upper: number,
  options: {
    readonly buckets: readonly { readonly lower: number; readonly upper: number; readonly end: number }[];
    readonly total: number;
    rankIn(at: number, value: number, rank: number): number;
  },
): { lowerRank: number; upperRank: number } {
  let rank = 0;
  let lowerRank: number | undefined, upperRank: number | undefined;
  for (const [at, bucket] of options.buckets.entries()) {
    if (lowerRank === undefined && bucket.lower >= lower) lowerRank = rank;
    if (upperRank === undefined && bucket.lower >= upper) upperRank = rank;
    if (lowerRank !== undefined && upperRank !== undefined) break;
    if (lowerRank === undefined && bucket.lower < lower && bucket.upper > lower) lowerRank = options.rankIn(at, lower, rank);
    if (upperRank === undefined && bucket.lower < upper && bucket.upper > upper) upperRank = options.rankIn(at, upper, rank);
    if (lowerRank !== undefined && upperRank !== undefined) break;
    rank = bucket.end;
  }
  return { lowerRank: Math.min(lowerRank ?? options.total, options.total), upperRank: Math.min(upperRank ?? options.total, options.total) };
}

export function classicFraction(lower: number, upper: number, given: readonly ClassicBucket[]): number {
  const buckets = coalesce(given);
  if (buckets.at(-1)?.upper !== Number.POSITIVE_INFINITY) return Number.NaN;
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  const list = buckets.map((bucket, at) => ({ lower: buckets[at - 1]?.upper ?? (bucket.upper <= 0 ? Number.NEGATIVE_INFINITY : 0), upper: bucket.upper, end: bucket.count }));
  const { lowerRank, upperRank } = fractionBetween(lower, upper, {
    buckets: list, total,
    rankIn: (at, value, rank) => {
      const bucket = list[at];
      if (bucket === undefined || bucket.lower === Number.NEGATIVE_INFINITY) return bucket?.end ?? rank;
      return rank + (bucket.end - rank) * (value - bucket.lower) / (bucket.upper - bucket.lower);
    },
  });
  return (upperRank - lowerRank) / total;
}

/** The zero bucket reaches only to that side of zero on which there are others. */
function narrowZero(bucket: Bucket, histogram: NativeHistogram): void {
  if (!(bucket.lower <= 0 && bucket.upper >= 0)) return;
  const hasNegative = histogram.negative.counts.length > 0, hasPositive = histogram.positive.counts.length > 0;
  if (!hasNegative && hasPositive) bucket.lower = 0;
  else if (!hasPositive && hasNegative) bucket.upper = 0;
}

export type NanNote = "result" | "skew" | undefined;

function interpolate(bucket: Bucket, fraction: number, isLinear: boolean): number {
  if (isLinear || (bucket.lower <= 0 && bucket.upper >= 0)) return bucket.lower + (bucket.upper - bucket.lower) * fraction;
  const low = Math.log2(Math.abs(bucket.lower)), high = Math.log2(Math.abs(bucket.upper));
  return bucket.lower > 0 ? 2 ** (low + (high - low) * fraction) : -(2 ** (high + (low - high) * (1 - fraction)));
}

/** `note`: NaN observations made the result NaN, or skew it to higher values. */
export function nativeQuantile(q: number, histogram: NativeHistogram): { readonly value: number; readonly note: NanNote } {
  const plain = (value: number): { value: number; note: undefined } => ({ value, note: undefined });
  if (q < 0) return plain(Number.NEGATIVE_INFINITY);
  if (q > 1) return plain(Number.POSITIVE_INFINITY);
  if (histogram.count === 0 || Number.isNaN(q)) return plain(Number.NaN);
  const hasNan = Number.isNaN(histogram.sum);
  const isForward = hasNan || q < 0.5;
  const ascending = bucketsOf(histogram);
  const buckets = isForward ? ascending : [...ascending].reverse();
  let rank = (isForward ? q : 1 - q) * histogram.count;
  let count = 0, at = 0;
  let bucket: Bucket = { lower: 0, upper: 0, count: 0, isLowerInclusive: true, isUpperInclusive: true };
  for (; at < buckets.length; at++) {
    bucket = { ...buckets[at] ?? bucket };
    count += bucket.count;
    if (count >= rank) break;
  }
  if (!isCustom(histogram)) narrowZero(bucket, histogram);
  else {
    if (bucket.lower === Number.NEGATIVE_INFINITY) {
      if (bucket.upper <= 0) return plain(bucket.upper);
      bucket.lower = 0;
    } else if (bucket.upper === Number.POSITIVE_INFINITY) return plain(bucket.lower);
  }
  count = Math.min(count, histogram.count);
  if (count < rank) return hasNan ? { value: Number.NaN, note: "result" } : plain(bucket.upper);
  rank = isForward ? rank - (count - bucket.count) : count - rank;
  const observed = count + buckets.slice(at + 1).reduce((sum, one) => sum + one.count, 0);
  return { value: interpolate(bucket, rank / bucket.count, isCustom(histogram)), note: hasNan && observed < histogram.count ? "skew" : undefined };
}

export function nativeFraction(lower: number, upper: number, histogram: NativeHistogram): { readonly value: number; readonly hasNan: boolean } {
  if (histogram.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: Number.NaN, hasNan: false };
  if (lower >= upper) return { value: 0, hasNan: false };
  let end = 0;
  const list = bucketsOf(histogram).map((bucket) => {
    const isZero = bucket.lower <= 0 && bucket.upper >= 0;
    if (isZero) narrowZero(bucket, histogram);
    end += bucket.count;
    return { ...bucket, isLinear: isZero || isCustom(histogram), end };
  });
  const total = Number.isNaN(histogram.sum) ? end : histogram.count;
  const { lowerRank, upperRank } = fractionBetween(lower, upper, {
    buckets: list, total,
    rankIn: (at, value, rank) => {
      const bucket = list[at];
      if (bucket === undefined) return rank;
      if (bucket.isLinear) return bucket.lower === Number.NEGATIVE_INFINITY ? bucket.count : rank + bucket.count * (value - bucket.lower) / (bucket.upper - bucket.lower);
      const low = Math.log2(Math.abs(bucket.lower)), high = Math.log2(Math.abs(bucket.upper)), here = Math.log2(Math.abs(value));
      return rank + bucket.count * (value > 0 ? (here - low) / (high - low) : 1 - (here - high) / (low - high));
    },
  });
  return { value: (upperRank - lowerRank) / histogram.count, hasNan: Number.isNaN(histogram.sum) && end < histogram.count };
}

/** Estimated from the middles of the buckets. */
export function nativeVariance(histogram: NativeHistogram): number {
  const mean = histogram.sum / histogram.count;
  const sum = new CompensatedSum();
  for (const bucket of bucketsOf(histogram)) {
    const isZero = bucket.lower <= 0 && bucket.upper >= 0;
    const middle = isCustom(histogram) ? (bucket.upper + bucket.lower) / 2 : isZero ? 0 : Math.sign(bucket.upper) * Math.sqrt(bucket.upper * bucket.lower);
    sum.add(bucket.count * (middle - mean) ** 2);
  }
  return (sum.sum + sum.compensation) / histogram.count;
}
