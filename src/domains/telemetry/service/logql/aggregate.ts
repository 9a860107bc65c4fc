// Vector aggregations over series, step by step.
import { dropLabels, labelSet, pickLabels, type LabelSet } from "../labels.ts";
import { hasPoint, newSeries, setPoint, type MetricValue, type Series } from "./series.ts";
import type { Grouping } from "./ast.ts";

export function groupKey(labels: LabelSet, grouping: Grouping | undefined): LabelSet {
  if (grouping === undefined) return labelSet([]);
  return grouping.isWithout ? dropLabels(labels, grouping.labels) : pickLabels(labels, grouping.labels);
}

export interface AggregateOptions { readonly op: string; readonly parameter: number | undefined; readonly grouping: Grouping | undefined; readonly count: number }

export function aggregate(input: readonly Series[], options: AggregateOptions): MetricValue {
  const { op, count } = options;
  if (op === "sort" || op === "sort_desc") return { kind: "vector", isOrdered: true, series: sortSeries(input, op === "sort_desc") };
  const groups = new Map<string, { readonly labels: LabelSet; readonly members: Series[] }>();
  for (const series of input) {
    const labels = groupKey(series.labels, options.grouping);
    const group = groups.get(labels.key);
    if (group === undefined) groups.set(labels.key, { labels, members: [series] });
    else group.members.push(series);
  }
  if (op === "topk" || op === "bottomk" || op === "approx_topk") {
    const chosen = [...groups.values()].flatMap((group) => chooseSeries(group.members, options.parameter ?? 0, { isTop: op !== "bottomk", count }));
    return { kind: "vector", series: count === 1 ? sortSeries(chosen, op !== "bottomk") : chosen, isOrdered: count === 1 };
  }
  return { kind: "vector", series: [...groups.values()].map(({ labels, members }) => combine(members, labels, { op, count })) };
}

function sortSeries(input: readonly Series[], isDescending: boolean): readonly Series[] {
  const last = (series: Series) => series.values[series.present.lastIndexOf(1)] ?? NaN;
  return [...input].sort((a, b) => compareNumbers(last(a), last(b), isDescending));
}

function compareNumbers(a: number, b: number, isDescending: boolean): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return isDescending ? b - a : a - b;
}

function chooseSeries(members: readonly Series[], k: number, options: { readonly isTop: boolean; readonly count: number }): readonly Series[] {
  const out = members.map((member) => newSeries(member.labels, options.count));
  for (let step = 0; step < options.count; step += 1) {
    const present = members.flatMap((member, index) => (member.present[step] === 1 ? [{ index, value: member.values[step] ?? NaN }] : []));
    present.sort((a, b) => compareNumbers(a.value, b.value, options.isTop) || a.index - b.index);
    for (const { index, value } of present.slice(0, k)) { const series = out[index]; if (series !== undefined) setPoint(series, step, value); }
  }
  return out.filter(hasPoint);
}

function combine(members: readonly Series[], labels: LabelSet, options: { readonly op: string; readonly count: number }): Series {
  const out = newSeries(labels, options.count);
  for (let step = 0; step < options.count; step += 1) {
    const values: number[] = [];
    for (const member of members) if (member.present[step] === 1) values.push(member.values[step] ?? NaN);
    if (values.length > 0) setPoint(out, step, combineValues(options.op, values));
  }
  return out;
}

function combineValues(op: string, values: readonly number[]): number {
  switch (op) {
    case "sum": return values.reduce((sum, value) => sum + value, 0);
    case "avg": return values.reduce((sum, value) => sum + value, 0) / values.length;
    case "count": return values.length;
    case "max": return values.reduce((best, value) => (Number.isNaN(best) || value > best ? value : best));
    case "min": return values.reduce((best, value) => (Number.isNaN(best) || value < best ? value : best));
    case "stdvar": return variance(values);
    case "stddev": return Math.sqrt(variance(values));
    default: throw new Error(`BUG: expected a vector operation, got ${op}`);
  }
}

function variance(values: readonly number[]): number {
  let mean = 0;
  let squares = 0;
  for (const [index, value] of values.entries()) {
    const delta = value - mean;
    mean += delta / (index + 1);
    squares += delta * (value - mean);
  }
  return squares / values.length;
}
