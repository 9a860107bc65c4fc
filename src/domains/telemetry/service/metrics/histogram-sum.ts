// Sums, differences and means of native histograms: laid out alike first, then added bucket by bucket with compensation.
import { CompensatedSum } from "../vector/neumaier.ts";
import { align, type Buckets, divide, makeBuckets, type NativeHistogram, type ResetHint } from "./histogram.ts";

export type HistogramSum =
  | { readonly kind: "sum"; readonly histogram: NativeHistogram; readonly isReconciled: boolean; readonly hasCollision: boolean }
  | { readonly kind: "incompatible" };

function joinHints(left: ResetHint, right: ResetHint): { hint: ResetHint; isCollision: boolean } {
  if (left === right || left === "gauge" || (left === "unknown" && right !== "gauge")) return { hint: left, isCollision: false };
  if (right === "gauge") return { hint: "gauge", isCollision: false };
  return { hint: "unknown", isCollision: right !== "unknown" };
}

function sumBuckets(list: readonly (readonly [Buckets, number])[]): Buckets {
  const sums = new Map<number, CompensatedSum>();
  for (const [buckets, sign] of list) {
    for (let at = 0; at < buckets.indexes.length; at++) {
      const index = buckets.indexes[at] ?? 0;
      let sum = sums.get(index);
      if (sum === undefined) { sum = new CompensatedSum(); sums.set(index, sum); }
      sum.add(sign * (buckets.counts[at] ?? 0));
    }
  }
  return makeBuckets([...sums].map(([index, sum]) => [index, sum.total] as const));
}

function sumNumbers(values: readonly number[]): number {
  const sum = new CompensatedSum();
  for (const value of values) sum.add(value);
  return sum.total;
}

function addSigned(list: readonly NativeHistogram[], signs: readonly number[]): HistogramSum {
  const aligned = align(list);
  if (aligned.kind === "incompatible") return aligned;
  const [first] = aligned.histograms;
  if (first === undefined) throw new Error("BUG: expected at least one histogram");
  let hint = first.hint, hasCollision = false;
  for (const one of aligned.histograms.slice(1)) {
    const joined = joinHints(hint, one.hint);
    hint = joined.hint;
    hasCollision ||= joined.isCollision;
  }
  const signOf = (index: number): number => signs[index] ?? 1;
  const sum = (read: (one: NativeHistogram) => number): number => sumNumbers(aligned.histograms.map((one, index) => signOf(index) * read(one)));
  return {
    kind: "sum", isReconciled: aligned.isReconciled, hasCollision,
    histogram: {
      ...first, hint, count: sum((one) => one.count), sum: sum((one) => one.sum), zeroCount: sum((one) => one.zeroCount),
      positive: sumBuckets(aligned.histograms.map((one, index) => [one.positive, signOf(index)])),
      negative: sumBuckets(aligned.histograms.map((one, index) => [one.negative, signOf(index)])),
    },
  };
}

/** At least one histogram. `hasCollision`: one says that its counter was reset, another that it was not. */
export function addHistograms(list: readonly NativeHistogram[]): HistogramSum { return addSigned(list, []); }

export function subtractHistograms(left: NativeHistogram, right: NativeHistogram): HistogramSum { return addSigned([left, right], [1, -1]); }

function isOverflown(histogram: NativeHistogram): boolean {
  const isInfinite = (value: number): boolean => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
  return [histogram.count, histogram.sum, histogram.zeroCount, ...histogram.positive.counts, ...histogram.negative.counts].some(isInfinite);
}

/** The mean; where the sum overflows, the sum of the shares. */
export function meanHistogram(list: readonly NativeHistogram[]): HistogramSum {
  const sum = addHistograms(list);
  if (sum.kind === "incompatible") return sum;
  if (!isOverflown(sum.histogram)) return { ...sum, histogram: divide(sum.histogram, list.length) };
  return addHistograms(list.map((one) => divide(one, list.length)));
}
