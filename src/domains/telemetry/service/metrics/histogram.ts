// Native histograms: sparse buckets by index, exponential (schema -4…8) or with custom bounds (schema -53). Values are never changed in place.
// Source: prometheus.io/docs/specs/native_histograms.

export type ResetHint = "unknown" | "reset" | "not_reset" | "gauge";

/** Sorted by index; no empty buckets. */
export interface Buckets { readonly indexes: readonly number[]; readonly counts: readonly number[] }

export interface NativeHistogram {
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
  /** Upper bounds with schema -53; empty otherwise. */
  readonly customValues: readonly number[];
  readonly hint: ResetHint;
}

export const customSchema = -53;
export const noBuckets: Buckets = { indexes: [], counts: [] };

export const isCustom = (histogram: NativeHistogram): boolean => histogram.schema === customSchema;

/** From (index, count) pairs in any order; counts of the same index are added, empty ones left out. */
export function makeBuckets(pairs: Iterable<readonly [number, number]>): Buckets {
  const sums = new Map<number, number>();
  for (const [index, count] of pairs) sums.set(index, (sums.get(index) ?? 0) + count);
  const kept = [...sums].filter(([, count]) => count !== 0).sort(([left], [right]) => left - right);
  return { indexes: kept.map(([index]) => index), counts: kept.map(([, count]) => count) };
}

function* pairsOf(buckets: Buckets): IterableIterator<readonly [number, number]> {
  for (let at = 0; at < buckets.indexes.length; at++) yield [buckets.indexes[at] ?? 0, buckets.counts[at] ?? 0];
}

/** Upper bound of a bucket of an exponential schema. */
export function exponentialBound(index: number, schema: number): number {
  const exponent = schema >= 0 ? index / 2 ** schema : index * 2 ** -schema;
  return exponent >= 1024 && exponent - (schema >= 0 ? 1 / 2 ** schema : 2 ** -schema) < 1024 ? Number.MAX_VALUE : 2 ** exponent;
}

export interface Bucket { lower: number; upper: number; readonly count: number; readonly isLowerInclusive: boolean; readonly isUpperInclusive: boolean }

function customBucket(histogram: NativeHistogram, index: number, count: number): Bucket {
  return {
    lower: index <= 0 ? Number.NEGATIVE_INFINITY : (histogram.customValues[index - 1] ?? Number.POSITIVE_INFINITY),
    upper: histogram.customValues[index] ?? Number.POSITIVE_INFINITY,
    count,
    isLowerInclusive: index <= 0,
    isUpperInclusive: true,
  };
}

function positiveBucket(histogram: NativeHistogram, index: number, count: number): Bucket {
  if (isCustom(histogram)) return customBucket(histogram, index, count);
  return { lower: exponentialBound(index - 1, histogram.schema), upper: exponentialBound(index, histogram.schema), count, isLowerInclusive: false, isUpperInclusive: true };
}

/** All buckets from the lowest to the highest, the zero bucket among them; bounds of those next to zero do not reach into it. */
export function bucketsOf(histogram: NativeHistogram): Bucket[] {
  const { zeroThreshold, zeroCount } = histogram;
  const negative = [...pairsOf(histogram.negative)].reverse().map(([index, count]): Bucket => {
    const { lower, upper } = positiveBucket(histogram, index, count);
    return { lower: -upper, upper: Math.min(-lower, -zeroThreshold), count, isLowerInclusive: true, isUpperInclusive: false };
  });
  const zero: Bucket[] = zeroCount === 0 ? [] : [{ lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount, isLowerInclusive: true, isUpperInclusive: true }];
  const positive = [...pairsOf(histogram.positive)].map(([index, count]) => {
    const bucket = positiveBucket(histogram, index, count);
    if (!isCustom(histogram) && bucket.lower < zeroThreshold) bucket.lower = zeroThreshold;
    return bucket;
  });
  return [...negative, ...zero, ...positive];
}

const targetIndex = (index: number, from: number, to: number): number => Math.floor((index - 1) / 2 ** (from - to)) + 1;

/** The same observations in a coarser schema. */
export function toSchema(histogram: NativeHistogram, schema: number): NativeHistogram {
  if (schema >= histogram.schema || isCustom(histogram)) return histogram;
  const convert = (buckets: Buckets): Buckets => makeBuckets([...pairsOf(buckets)].map(([index, count]) => [targetIndex(index, histogram.schema, schema), count] as const));
  return { ...histogram, schema, positive: convert(histogram.positive), negative: convert(histogram.negative) };
}

/** Zero count and threshold when the zero bucket widens to at least `threshold`: no bucket is cut in half. */
function widerZero(histogram: NativeHistogram, threshold: number): { count: number; threshold: number } {
  let wanted = threshold;
  for (;;) {
    let count = histogram.zeroCount;
    let isWidened = false;
    for (const [buckets, isPositive] of [[histogram.positive, true], [histogram.negative, false]] as const) {
      for (const [index, inBucket] of pairsOf(buckets)) {
        const { lower, upper } = positiveBucket(histogram, index, inBucket);
        if (lower >= wanted) break;
        count += inBucket;
        if (upper <= wanted) continue;
        wanted = upper;
        if (!isPositive) isWidened = true; // positive buckets have to be looked at again
        break;
      }
    }
    if (!isWidened) return { count, threshold: wanted };
  }
}

export function withZeroThreshold(histogram: NativeHistogram, threshold: number): NativeHistogram {
  if (isCustom(histogram) || threshold <= histogram.zeroThreshold) return histogram;
  const wider = widerZero(histogram, threshold);
  const outside = (buckets: Buckets): Buckets => makeBuckets([...pairsOf(buckets)].filter(([index]) => exponentialBound(index - 1, histogram.schema) >= wider.threshold));
  return { ...histogram, zeroThreshold: wider.threshold, zeroCount: wider.count, positive: outside(histogram.positive), negative: outside(histogram.negative) };
}

const isSameList = (left: readonly number[], right: readonly number[]): boolean => left.length === right.length && left.every((value, index) => value === right[index]);

export function intersectBounds(left: readonly number[], right: readonly number[]): readonly number[] {
  const wanted = new Set(right);
  return left.filter((bound) => wanted.has(bound));
}

function toBounds(histogram: NativeHistogram, bounds: readonly number[]): NativeHistogram {
  if (isSameList(histogram.customValues, bounds)) return histogram;
  const convert = (index: number): number => {
    const upper = histogram.customValues[index] ?? Number.POSITIVE_INFINITY;
    const at = bounds.findIndex((bound) => bound >= upper);
    return at < 0 ? bounds.length : at;
  };
  return { ...histogram, customValues: bounds, positive: makeBuckets([...pairsOf(histogram.positive)].map(([index, count]) => [convert(index), count] as const)) };
}

export type Aligned = { readonly kind: "aligned"; readonly histograms: readonly NativeHistogram[]; readonly isReconciled: boolean } | { readonly kind: "incompatible" };

/** All of them in one layout: the coarsest schema, the widest zero bucket, the bounds that all share. */
export function align(histograms: readonly NativeHistogram[]): Aligned {
  const [first] = histograms;
  if (first === undefined) return { kind: "aligned", histograms, isReconciled: false };
  if (histograms.some((one) => isCustom(one) !== isCustom(first))) return { kind: "incompatible" };
  if (isCustom(first)) {
    if (histograms.every((one) => isSameList(one.customValues, first.customValues))) return { kind: "aligned", histograms, isReconciled: false };
    const bounds = histograms.reduce((shared, one) => intersectBounds(shared, one.customValues), first.customValues);
    return { kind: "aligned", histograms: histograms.map((one) => toBounds(one, bounds)), isReconciled: true };
  }
  let list: readonly NativeHistogram[] = histograms;
  // Widths grow with each round and end at the widest bucket; one round is the rule.
  for (;;) {
    const threshold = Math.max(...list.map((one) => one.zeroThreshold));
    if (list.every((one) => one.zeroThreshold === threshold)) break;
    list = list.map((one) => withZeroThreshold(one, threshold));
  }
  const schema = Math.min(...list.map((one) => one.schema));
  return { kind: "aligned", histograms: list.map((one) => toSchema(one, schema)), isReconciled: false };
}

export function scale(histogram: NativeHistogram, factor: number): NativeHistogram {
  const each = (buckets: Buckets): Buckets => makeBuckets([...pairsOf(buckets)].map(([index, count]) => [index, count * factor] as const));
  return {
    ...histogram,
    count: histogram.count * factor,
    sum: histogram.sum * factor,
    zeroCount: histogram.zeroCount * factor,
    positive: each(histogram.positive),
    negative: each(histogram.negative),
    hint: factor < 0 ? "gauge" : histogram.hint,
  };
}

/** Division by zero leaves no bucket to speak of: counts are infinite or NaN as floats are. */
export function divide(histogram: NativeHistogram, divisor: number): NativeHistogram {
  const each = (buckets: Buckets): Buckets => (divisor === 0 ? noBuckets : makeBuckets([...pairsOf(buckets)].map(([index, count]) => [index, count / divisor] as const)));
  return {
    ...histogram,
    count: histogram.count / divisor,
    sum: histogram.sum / divisor,
    zeroCount: histogram.zeroCount / divisor,
    positive: each(histogram.positive),
    negative: each(histogram.negative),
    hint: divisor < 0 ? "gauge" : histogram.hint,
  };
}

/** Equal in layout and counts; hints do not count, NaN sums equal each other. */
export function isSameHistogram(left: NativeHistogram, right: NativeHistogram): boolean {
  const isSame = (one: number, other: number): boolean => Object.is(one, other) || one === other;
  const isSameBuckets = (one: Buckets, other: Buckets): boolean => isSameList(one.indexes, other.indexes) && isSameList(one.counts, other.counts);
  return (
    left.schema === right.schema &&
    left.zeroThreshold === right.zeroThreshold &&
    left.zeroCount === right.zeroCount &&
    isSame(left.count, right.count) &&
    isSame(left.sum, right.sum)
  )
    && isSameBuckets(left.positive, right.positive) && isSameBuckets(left.negative, right.negative) && isSameList(left.customValues, right.customValues);
}

function hasBucketReset(current: Buckets, before: Buckets): boolean {
  const now = new Map(pairsOf(current));
  for (const [index, count] of pairsOf(before)) if (count !== 0 && (now.get(index) ?? 0) < count) return true;
  return false;
}

/** True where the counter behind `current` has started anew since `before`. */
export function detectReset(current: NativeHistogram, before: NativeHistogram): boolean {
  if (current.hint === "reset") return true;
  if (current.hint === "not_reset") return false;
  if (current.count < before.count) return true;
  if (isCustom(current)) {
    if (!isCustom(before)) return true;
    if (isSameList(current.customValues, before.customValues)) return hasBucketReset(current.positive, before.positive);
    const bounds = intersectBounds(current.customValues, before.customValues);
    return hasBucketReset(toBounds(current, bounds).positive, toBounds(before, bounds).positive);
  }
  if (isCustom(before)) return true; // what had bounds of its own cannot be what has none
  if (current.schema > before.schema || current.zeroThreshold < before.zeroThreshold) return true;
  const wide = withZeroThreshold(before, current.zeroThreshold);
  if (wide.zeroThreshold !== current.zeroThreshold || current.zeroCount < wide.zeroCount) return true;
  const coarse = toSchema(wide, current.schema);
  return hasBucketReset(current.positive, coarse.positive) || hasBucketReset(current.negative, coarse.negative);
}
