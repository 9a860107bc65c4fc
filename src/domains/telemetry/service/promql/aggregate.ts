// Aggregations over series: groups first, then every group over all steps.
import { bucketsOf, type NativeHistogram } from "../metrics/histogram.ts";
import { addHistograms, type HistogramSum, meanHistogram } from "../metrics/histogram-sum.ts";
import { type Column, type Grid, isEmptyColumn, makeColumn, putFloat, putHistogram } from "../vector/column.ts";
import { nameLabel } from "../vector/labels.ts";
import { meanOf } from "../vector/neumaier.ts";
import { formatG } from "./annotations.ts";
import type { AggregateNode } from "./ast.ts";
import type { EvalContext, Value } from "./context.ts";
import { QueryError } from "./errors.ts";
import { infoReconciled, warnCollision } from "./histogram-notes.ts";
import { formatFloat } from "./format.ts";
import { type Group, groupColumns } from "./grouping.ts";
import { quantileOf } from "./quantile.ts";
import { evalRanked } from "./ranked.ts";

interface Work { readonly node: AggregateNode; readonly group: Group; readonly grid: Grid; readonly context: EvalContext; readonly out: Column }

const hasHistograms = (group: Group): boolean => group.columns.some((column) => column.histograms !== undefined);

function addColumn(column: Column, sums: Float64Array, compensations: Float64Array, counts: Float64Array): void {
  const { present, values } = column;
  for (let step = 0; step < present.length; step++) {
    if (present[step] !== 1) continue;
    const value = values[step] as number, sum = sums[step] as number; // as many as steps
    const next = sum + value;
    counts[step] = (counts[step] as number) + 1;
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) compensations[step] = 0;
    else compensations[step] = (compensations[step] as number) + (Math.abs(sum) >= Math.abs(value) ? (sum - next) + value : (value - next) + sum);
    sums[step] = next;
  }
}

function histogramsAt(group: Group, step: number): readonly NativeHistogram[] {
  return group.columns.flatMap((column) => (column.present[step] === 2 ? column.histograms?.[step] ?? [] : []));
}

function putHistogramSum(work: Work, step: number, list: readonly NativeHistogram[], sum: HistogramSum): void {
  const { node, context, out } = work;
  if (list.some((one) => one.hint === "reset") && list.some((one) => one.hint === "not_reset")) warnCollision(context.notes, node.expr, "aggregation");
  if (sum.kind === "incompatible") {
    const name = work.group.columns[0]?.labels.get(nameLabel) ?? "";
    context.notes.warn(`vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${JSON.stringify(name)}`, node.expr);
    return;
  }
  if (sum.isReconciled) infoReconciled(context.notes, node.expr, "aggregation");
  putHistogram(out, step, sum.histogram);
}

function sumOrMean(work: Work, isMean: boolean): void {
  const { group, grid, out, context, node } = work;
  const sums = new Float64Array(grid.count), compensations = new Float64Array(grid.count), counts = new Float64Array(grid.count);
  for (const column of group.columns) addColumn(column, sums, compensations, counts);
  const isMixed = hasHistograms(group);
  for (let step = 0; step < grid.count; step++) {
    const list = isMixed ? histogramsAt(group, step) : [];
    const count = counts[step] as number; // as many as steps
    if (list.length > 0) {
      if (count > 0) context.notes.warn("encountered a mix of histograms and floats for aggregation", node.expr);
      else putHistogramSum(work, step, list, isMean ? meanHistogram(list) : addHistograms(list));
      continue;
    }
    if (count === 0) continue;
    const sum = sums[step] as number, compensation = compensations[step] as number; // as many as steps
    if (!isMean) putFloat(out, step, sum + compensation);
    else if (Number.isFinite(sum)) putFloat(out, step, sum / count + compensation / count);
    else { const values = floatsAt(group, step); putFloat(out, step, meanOf(values, 0, values.length)); } // the sum is infinite where the mean need not be
  }
}

function floatsAt(group: Group, step: number): number[] {
  const values: number[] = [];
  for (const column of group.columns) if (column.present[step] === 1) values.push(column.values[step] ?? 0);
  return values;
}

function ignoreHistograms(work: Work): void {
  if (hasHistograms(work.group)) work.context.notes.info(`ignored histogram in ${work.node.op} aggregation`, work.node.expr);
}

function extreme(work: Work, sign: 1 | -1): void {
  ignoreHistograms(work);
  const { out } = work;
  for (const column of work.group.columns) {
    for (let step = 0; step < column.present.length; step++) {
      if (column.present[step] !== 1) continue;
      const value = column.values[step] as number, best = out.values[step] as number; // as many as steps
      if (out.present[step] === 0 || sign * best < sign * value || Number.isNaN(best)) out.values[step] = value;
      out.present[step] = 1;
    }
  }
}

function deviation(work: Work, isRoot: boolean): void {
  ignoreHistograms(work);
  const { grid, out, group } = work;
  const counts = new Float64Array(grid.count), means = new Float64Array(grid.count), squares = new Float64Array(grid.count);
  for (const column of group.columns) {
    for (let step = 0; step < grid.count; step++) {
      if (column.present[step] !== 1) continue;
      const value = column.values[step] as number; // as many as steps
      const count = (counts[step] as number) + 1, mean = means[step] as number; // as many as steps
      counts[step] = count;
      if (count === 1) { means[step] = value; squares[step] = Number.isFinite(value) ? 0 : Number.NaN; continue; }
      const delta = value - mean;
      means[step] = mean + delta / count;
      squares[step] = (squares[step] as number) + delta * (value - (means[step] as number)); // as many as steps
    }
  }
  for (let step = 0; step < grid.count; step++) {
    const count = counts[step] as number; // as many as steps
    if (count === 0) continue;
    const variance = (squares[step] as number) / count; // as many as steps
    putFloat(out, step, isRoot ? Math.sqrt(variance) : variance);
  }
}

function eachPresent(work: Work, put: (count: number) => number): void {
  for (let step = 0; step < work.grid.count; step++) {
    let count = 0;
    for (const column of work.group.columns) if (column.present[step] !== 0) count++;
    if (count > 0) putFloat(work.out, step, put(count));
  }
}

function quantiles(work: Work, param: Float64Array): void {
  ignoreHistograms(work);
  for (let step = 0; step < work.grid.count; step++) {
    const values = Float64Array.from(floatsAt(work.group, step)).sort((left, right) => (Number.isNaN(left) ? -1 : Number.isNaN(right) ? 1 : left - right));
    if (values.length > 0) putFloat(work.out, step, quantileOf(param[step] ?? Number.NaN, values));
  }
}

function evalCountValues(node: AggregateNode, columns: readonly Column[], options: { readonly name: string; readonly grid: Grid }): Column[] {
  const { name, grid } = options;
  if (name === "") throw new QueryError("execution", `invalid label name ${JSON.stringify(name)}`);
  const grouping = node.isWithout ? [...node.grouping, name] : node.grouping.filter((one) => one !== name);
  const outs = new Map<string, Column>();
  for (const { labels, columns: members } of groupColumns(columns, grouping, node.isWithout)) {
    for (const column of members) {
      for (let step = 0; step < grid.count; step++) {
        const state = column.present[step];
        if (state === 0) continue;
        const found = column.histograms?.[step];
        const text = state === 2 && found ? formatHistogram(found) : formatFloat(column.values[step] ?? 0);
        const shown = labels.with(name, text);
        let out = outs.get(shown.key);
        if (out === undefined) { out = makeColumn(shown, grid.count, column.dropName); outs.set(shown.key, out); }
        putFloat(out, step, (out.values[step] ?? 0) + 1);
      }
    }
  }
  return [...outs.values()];
}

function formatHistogram(histogram: NativeHistogram): string {
  const buckets = bucketsOf(histogram).map(
    ({ lower, upper, count, isLowerInclusive, isUpperInclusive }) =>
      `, ${isLowerInclusive ? "[" : "("}${formatG(lower)},${formatG(upper)}${isUpperInclusive ? "]" : ")"}:${formatG(count)}`,
  );
  return `{count:${formatG(histogram.count)}, sum:${formatG(histogram.sum)}${buckets.join("")}}`;
}

function checkParam(node: AggregateNode, param: Float64Array, context: EvalContext): void {
  for (const value of new Set(param)) {
    if (node.op === "quantile") {
      if (Number.isNaN(value) || value < 0 || value > 1) context.notes.warn(`quantile value should be between 0 and 1, got ${formatG(value)}`, node.param);
      continue;
    }
    if (Number.isNaN(value)) throw new QueryError("execution", `${node.op === "limit_ratio" ? "Ratio" : "Parameter"} value is NaN`);
    if (node.op === "limit_ratio") {
      if (Math.abs(value) > 1)
        context.notes.warn(`ratio value should be between -1 and 1, got ${formatG(value)}, capping to ${value > 0 ? 1 : -1}`, node.param);
      continue;
    }
    if (value >= 2 ** 63 || value < -(2 ** 63)) throw new QueryError("execution", `Scalar value ${formatG(value)} ${value > 0 ? "over" : "under"}flows int64`);
  }
}

function fill(work: Work, param: Float64Array): void {
  switch (work.node.op) {
    case "sum": sumOrMean(work, false); break;
    case "avg": sumOrMean(work, true); break;
    case "min": extreme(work, -1); break;
    case "max": extreme(work, 1); break;
    case "count": eachPresent(work, (count) => count); break;
    case "group": eachPresent(work, () => 1); break;
    case "stddev": deviation(work, true); break;
    case "stdvar": deviation(work, false); break;
    case "quantile": quantiles(work, param); break;
    default: throw new Error(`BUG: expected an aggregation, got ${work.node.op}`);
  }
}

export function evalAggregate(node: AggregateNode, value: Value, options: { readonly param: Value | undefined; readonly grid: Grid; readonly context: EvalContext }): Value {
  const { grid, context } = options;
  if (value.kind !== "vector") throw new Error("BUG: expected a vector");
  const { columns } = value;
  if (node.op === "count_values") return { kind: "vector", columns: evalCountValues(node, columns, { name: options.param?.kind === "string" ? options.param.text : "", grid }) };
  const param = options.param?.kind === "scalar" ? options.param.values : new Float64Array(0);
  checkParam(node, param, context);
  if (["topk", "bottomk", "limitk", "limit_ratio"].includes(node.op)) return { kind: "vector", columns: evalRanked(node, columns, { param, grid, context }) };
  const outs: Column[] = [];
  for (const group of groupColumns(columns, node.grouping, node.isWithout)) {
    context.budget.checkTime();
    const out = makeColumn(group.labels, grid.count, group.columns.some((column) => column.dropName));
    fill({ node, group, grid, context, out }, param);
    if (!isEmptyColumn(out)) outs.push(out);
  }
  return { kind: "vector", columns: outs };
}
