// Values of one series over all steps of a query at once: the form in which vectors are evaluated.
import type { NativeHistogram } from "../metrics/histogram.ts";
import type { Labels } from "./labels.ts";

/** The steps of a query. An instant query has one. */
export interface Grid { readonly startMs: number; readonly stepMs: number; readonly count: number }

export const absent = 0, float = 1, histogram = 2;

export interface Column {
  readonly labels: Labels;
  /** The metric name goes when the query is done (a rate of a counter is not that counter). */
  readonly dropName: boolean;
  readonly values: Float64Array;
  /** For each step: nothing, a float in `values`, or a histogram in `histograms`. */
  readonly present: Uint8Array;
  histograms: (NativeHistogram | undefined)[] | undefined;
}

export function makeColumn(labels: Labels, count: number, dropName = false): Column {
  return { labels, dropName, values: new Float64Array(count), present: new Uint8Array(count), histograms: undefined };
}

export function putHistogram(column: Column, step: number, value: NativeHistogram): void {
  column.histograms ??= [];
  column.histograms[step] = value;
  column.present[step] = histogram;
}

export function putFloat(column: Column, step: number, value: number): void {
  column.values[step] = value;
  column.present[step] = float;
}

/** Steps that have a value. */
export function presentIn(column: Column): number {
  const { present } = column;
  let count = 0;
  for (let step = 0; step < present.length; step++) if (present[step] !== absent) count++;
  return count;
}

export function isEmptyColumn(column: Column): boolean {
  const { present } = column;
  for (let step = 0; step < present.length; step++) if (present[step] !== absent) return false;
  return true;
}
