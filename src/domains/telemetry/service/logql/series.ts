// Results of metric expressions: one number a step for every set of labels, with a mark where there is one.
import type { LabelSet } from "../labels.ts";

export interface Series { readonly labels: LabelSet; readonly values: Float64Array; readonly present: Uint8Array }
export type MetricValue = { readonly kind: "scalar"; readonly value: number } | { readonly kind: "vector"; readonly series: readonly Series[]; readonly isOrdered?: boolean };

export function newSeries(labels: LabelSet, steps: number): Series {
  return { labels, values: new Float64Array(steps), present: new Uint8Array(steps) };
}

export function setPoint(series: Series, step: number, value: number): void {
  series.values[step] = value;
  series.present[step] = 1;
}

export function hasPoint(series: Series): boolean {
  return series.present.includes(1);
}
