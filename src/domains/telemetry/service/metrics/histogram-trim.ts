// The observations of a native histogram below or above a bound: `h </ 2` keeps what is at most 2, `h >/ 2` what is above.
// Experimental in Prometheus; a bucket that the bound divides is split by interpolation, and the sum is estimated anew from the middles.
import { type Bucket, type Buckets, exponentialBound, isCustom, makeBuckets, type NativeHistogram } from "./histogram.ts";

interface Kept { readonly count: number; readonly middle: number }

function middleOf(lower: number, upper: number, isPositive: boolean, isLinear: boolean): number {
  if (!Number.isFinite(lower)) return Number.isFinite(upper) ? (upper > 0 ? upper / 2 : upper) : 0;
  if (!Number.isFinite(upper)) return lower;
  if (isLinear) return (lower + upper) / 2;
  const middle = Math.sqrt(Math.abs(lower * upper));
  return isPositive ? middle : -middle;
}

const finiteOrZero = (value: number): number => (Number.isFinite(value) ? value : 0);

/** Buckets without a finite end: nothing is known of how their observations lie. */
function keepInfinite(bucket: Bucket, bound: number, keepsLower: boolean): Kept {
  const { lower, upper, count } = bucket;
  if (lower === Number.NEGATIVE_INFINITY) {
    if (keepsLower) {
      if (bound >= upper) return { count, middle: 0 };
      if (bound > 0 && upper > 0 && Number.isFinite(upper)) return { count: count * bound / upper, middle: bound / 2 };
      return upper <= 0 ? { count, middle: bound } : { count: 0, middle: finiteOrZero(upper) };
    }
    if (bound <= lower) return { count, middle: 0 };
    return bound >= 0 && upper > bound && Number.isFinite(upper) ? { count: count * (1 - bound / upper), middle: (bound + upper) / 2 } : { count: 0, middle: finiteOrZero(upper) };
  }
  if (keepsLower || bound < lower) return { count: 0, middle: finiteOrZero(lower) };
  return { count, middle: bound };
}

function shareBelow(bucket: Bucket, bound: number, isLinear: boolean): number {
  const { lower, upper } = bucket;
  if (bound <= lower) return 0;
  if (bound >= upper) return 1;
  if (isLinear) return (bound - lower) / (upper - lower);
  const low = Math.log2(Math.abs(lower)), high = Math.log2(Math.abs(upper)), here = Math.log2(Math.abs(bound));
  return bound > 0 ? (here - low) / (high - low) : 1 - (here - high) / (low - high);
}

function keepOf(bucket: Bucket, bound: number, options: { readonly keepsLower: boolean; readonly isPositive: boolean; readonly isLinear: boolean }): Kept {
  const { keepsLower, isPositive, isLinear } = options;
  const { lower, upper, count } = bucket;
  if (keepsLower ? upper <= bound : lower >= bound) return { count, middle: middleOf(lower, upper, isPositive, isLinear) };
  if (keepsLower ? lower >= bound : upper <= bound) return { count: 0, middle: 0 };
  if (!Number.isFinite(lower) || !Number.isFinite(upper)) return keepInfinite(bucket, bound, keepsLower);
  const below = count * shareBelow(bucket, bound, isLinear);
  return keepsLower ? { count: below, middle: middleOf(lower, bound, isPositive, isLinear) } : { count: count - below, middle: middleOf(bound, upper, isPositive, isLinear) };
}

function keepOfZero(histogram: NativeHistogram, bound: number, keepsLower: boolean): Kept {
  const hasNegative = histogram.negative.counts.length > 0, hasPositive = histogram.positive.counts.length > 0;
  const lower = hasPositive && !hasNegative ? 0 : -histogram.zeroThreshold, upper = hasNegative && !hasPositive ? 0 : histogram.zeroThreshold;
  const count = histogram.zeroCount;
  if (keepsLower ? bound >= upper : bound <= lower) return { count, middle: (lower + upper) / 2 };
  if (keepsLower ? bound <= lower : bound >= upper) return { count: 0, middle: 0 };
  return keepsLower
    ? { count: (count * (bound - lower)) / (upper - lower), middle: (lower + bound) / 2 }
    : { count: (count * (upper - bound)) / (upper - lower), middle: (bound + upper) / 2 };
}

/** Unchanged where nothing lies on the other side of the bound. */
export function trimHistogram(histogram: NativeHistogram, bound: number, keepsLower: boolean): NativeHistogram {
  let count = 0, sum = 0, isTrimmed = false;
  const isLinear = isCustom(histogram);
  const take = (kept: Kept, before: number): number => {
    count += kept.count;
    sum += kept.middle * kept.count;
    if (kept.count !== before) isTrimmed = true;
    return kept.count;
  };
  const side = (buckets: Buckets, isPositive: boolean): Buckets => makeBuckets(buckets.indexes.map((index, at) => {
    const before = buckets.counts[at] ?? 0;
    const low = isLinear ? histogram.customValues[index - 1] ?? (index <= 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY) : exponentialBound(index - 1, histogram.schema);
    const high = isLinear ? histogram.customValues[index] ?? Number.POSITIVE_INFINITY : exponentialBound(index, histogram.schema);
    const bucket: Bucket = { lower: isPositive ? low : -high, upper: isPositive ? high : -low, count: before, isLowerInclusive: false, isUpperInclusive: true };
    return [index, take(keepOf(bucket, bound, { keepsLower, isPositive, isLinear }), before)] as const;
  }));
  const positive = side(histogram.positive, true), negative = side(histogram.negative, false);
  const zeroCount = histogram.zeroCount > 0 ? take(keepOfZero(histogram, bound, keepsLower), histogram.zeroCount) : histogram.zeroCount;
  return isTrimmed ? { ...histogram, count, sum, zeroCount, positive, negative } : histogram;
}

