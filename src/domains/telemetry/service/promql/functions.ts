// Functions of instant vectors and scalars, over all steps at once.
import { type Column, type Grid, isEmptyColumn, makeColumn, putFloat } from "../vector/column.ts";
import { Labels } from "../vector/labels.ts";
import type { CallNode, Expr } from "./ast.ts";
import { type EvalContext, stepTime, type Value } from "./context.ts";
import { nativeVariance } from "./quantile.ts";

export interface FunctionCall { readonly node: CallNode; readonly args: readonly Value[]; readonly grid: Grid; readonly context: EvalContext }

const degrees = Math.PI / 180;
/** Halves go up, as Go's math.Floor(x + 0.5) does; -0 stays away from the sign. */
const elementwise: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs, ceil: Math.ceil, floor: Math.floor, exp: Math.exp, sqrt: Math.sqrt, ln: Math.log, log2: Math.log2, log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  rad: (value) => value * degrees, deg: (value) => value / degrees, sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
};

const date = (seconds: number): Date => new Date(Math.trunc(seconds) * 1000);
const dateParts: Readonly<Record<string, (seconds: number) => number>> = {
  minute: (seconds) => date(seconds).getUTCMinutes(), hour: (seconds) => date(seconds).getUTCHours(), day_of_week: (seconds) => date(seconds).getUTCDay(),
  day_of_month: (seconds) => date(seconds).getUTCDate(), month: (seconds) => date(seconds).getUTCMonth() + 1, year: (seconds) => date(seconds).getUTCFullYear(),
  day_of_year: (seconds) => { const at = date(seconds); return Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000) + 1; },
  days_in_month: (seconds) => { const at = date(seconds); return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate(); },
};

const histogramValues: Readonly<Record<string, (column: Column, step: number) => number | undefined>> = Object.fromEntries(([
  ["histogram_count", (one) => one.count], ["histogram_sum", (one) => one.sum], ["histogram_avg", (one) => one.sum / one.count],
  ["histogram_stddev", (one) => Math.sqrt(nativeVariance(one))], ["histogram_stdvar", nativeVariance],
] as readonly (readonly [string, typeof nativeVariance])[]).map(([name, read]) => [name, (column: Column, step: number) => { const found = column.histograms?.[step]; return column.present[step] === 2 && found ? read(found) : undefined; }]));

export function columnsOf(value: Value | undefined): readonly Column[] {
  return value?.kind === "vector" ? value.columns : [];
}
export function scalarsOf(value: Value | undefined): Float64Array {
  return value?.kind === "scalar" ? value.values : new Float64Array(0);
}
export function textOf(value: Value | undefined): string {
  return value?.kind === "string" ? value.text : "";
}

/** Floats through `compute`; histograms fall away; names are dropped. */
export function mapFloats(columns: readonly Column[], compute: (value: number, step: number) => number): Column[] {
  const out: Column[] = [];
  for (const column of columns) {
    const result = makeColumn(column.labels, column.present.length, true);
    for (let step = 0; step < result.present.length; step++) {
      if (column.present[step] !== 1) continue;
      result.present[step] = 1;
      result.values[step] = compute(column.values[step] as number, step); // as many as steps
    }
    if (!isEmptyColumn(result)) out.push(result);
  }
  return out;
}

function mapColumns(columns: readonly Column[], compute: (column: Column, step: number) => number | undefined): Column[] {
  return columns.flatMap((column) => {
    const result = makeColumn(column.labels, column.present.length, true);
    for (let step = 0; step < result.present.length; step++) {
      const value = compute(column, step);
      if (value !== undefined) putFloat(result, step, value);
    }
    return isEmptyColumn(result) ? [] : [result];
  });
}

function clamp({ node, args, grid }: FunctionCall): Column[] {
  const lows = node.name === "clamp_max" ? new Float64Array(grid.count).fill(Number.NEGATIVE_INFINITY) : scalarsOf(args[1]);
  const highs = node.name === "clamp_min" ? new Float64Array(grid.count).fill(Number.POSITIVE_INFINITY) : scalarsOf(args[node.name === "clamp" ? 2 : 1]);
  return columnsOf(args[0]).flatMap((column) => {
    const result = makeColumn(column.labels, grid.count, true);
    for (let step = 0; step < grid.count; step++) {
      const low = lows[step] ?? 0, high = highs[step] ?? 0;
      if (column.present[step] === 1 && !(high < low)) putFloat(result, step, Math.max(low, Math.min(high, column.values[step] ?? 0)));
    }
    return isEmptyColumn(result) ? [] : [result];
  });
}

function round({ args }: FunctionCall): Column[] {
  const nearest = args[1] === undefined ? undefined : scalarsOf(args[1]);
  return mapFloats(columnsOf(args[0]), (value, step) => { const inverse = 1 / (nearest?.[step] ?? 1); return Math.floor(value * inverse + 0.5) / inverse; });
}

function toScalar({ args, grid }: FunctionCall): Value {
  const values = new Float64Array(grid.count).fill(Number.NaN);
  const counts = new Uint32Array(grid.count);
  for (const column of columnsOf(args[0])) {
    for (let step = 0; step < grid.count; step++) {
      if (column.present[step] !== 1) continue;
      counts[step] = (counts[step] ?? 0) + 1;
      values[step] = counts[step] === 1 ? column.values[step] ?? 0 : Number.NaN;
    }
  }
  return { kind: "scalar", values };
}

function constantColumn(values: Float64Array): Value {
  return {
    kind: "vector",
    columns:
      values.length === 0 ? [] : [{ labels: Labels.empty, dropName: false, values, present: new Uint8Array(values.length).fill(1), histograms: undefined }],
  };
}

/** Labels that equal matchers of the selector give to what is absent. */
function absentLabels(expr: Expr | undefined): Labels {
  if (expr?.kind === "matrix") return absentLabels(expr.selector);
  if (expr?.kind !== "vector") return Labels.empty;
  const values = new Map<string, string>();
  for (const { name, op, value } of expr.matchers) {
    if (name === "__name__") continue;
    if (op === "=" && !values.has(name)) values.set(name, value);
    else values.set(name, "");
  }
  return Labels.from(values);
}

export function evalAbsent(node: CallNode, columns: readonly Column[], grid: Grid): Value {
  const out = makeColumn(absentLabels(node.args[0]), grid.count);
  for (let step = 0; step < grid.count; step++) if (columns.every((column) => column.present[step] === 0)) putFloat(out, step, 1);
  return { kind: "vector", columns: isEmptyColumn(out) ? [] : [out] };
}

const isFloatColumn = (column: Column): boolean => column.present[0] === 1;

function sortColumns({ node, args, grid, context }: FunctionCall): readonly Column[] {
  const columns = columnsOf(args[0]);
  if (grid.count > 1) { context.notes.warn("sort is ineffective for range queries since results are always ordered by labels", node); return columns; }
  const sign = node.name === "sort" ? 1 : -1;
  const order = (left: Column, right: Column): number => {
    const a = left.values[0] ?? 0, b = right.values[0] ?? 0;
    if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
    return Number.isNaN(b) ? -1 : sign * (a - b);
  };
  return columns.filter(isFloatColumn).sort(order);
}

function times(grid: Grid): Float64Array {
  return Float64Array.from({ length: grid.count }, (_, step) => stepTime(grid, step) / 1000);
}

function evalDate({ node, args, grid }: FunctionCall): Value {
  const part = dateParts[node.name];
  if (part === undefined) throw new Error("BUG: expected a date function");
  if (args.length === 0) return constantColumn(times(grid).map(part));
  return { kind: "vector", columns: mapFloats(columnsOf(args[0]), part) };
}

/** Undefined where the function is none of these. */
export function evalSimple(call: FunctionCall): Value | undefined {
  const { node, args, grid, context } = call;
  const constant = (value: number): Value => ({ kind: "scalar", values: new Float64Array(grid.count).fill(value) });
  const vector = (columns: readonly Column[]): Value => ({ kind: "vector", columns });
  const each = elementwise[node.name];
  if (each) return vector(mapFloats(columnsOf(args[0]), each));
  if (dateParts[node.name]) return evalDate(call);
  const ofHistogram = histogramValues[node.name];
  if (ofHistogram) return vector(mapColumns(columnsOf(args[0]), ofHistogram));
  switch (node.name) {
    case "time": return { kind: "scalar", values: times(grid) };
    // Of the whole query, in seconds, also within a subquery.
    case "step": return constant(context.queryStepMs / 1000);
    case "range": return constant((context.queryEndMs - context.queryStartMs) / 1000);
    case "start": return constant(context.queryStartMs / 1000);
    case "end": return constant(context.queryEndMs / 1000);
    case "pi": return constant(Math.PI);
    case "max_of":
    case "min_of": {
      const right = scalarsOf(args[1]);
      const pick = node.name === "max_of" ? Math.max : Math.min;
      return { kind: "scalar", values: scalarsOf(args[0]).map((value, step) => pick(value, right[step] ?? Number.NaN)) };
    }
    case "vector": return constantColumn(scalarsOf(args[0]));
    case "scalar": return toScalar(call);
    case "clamp": case "clamp_min": case "clamp_max": return vector(clamp(call));
    case "round": return vector(round(call));
    case "absent": return evalAbsent(node, columnsOf(args[0]), grid);
    case "sort": case "sort_desc": return vector(sortColumns(call));
    case "timestamp": return vector(mapColumns(columnsOf(args[0]), (column, step) => (column.present[step] === 0 ? undefined : stepTime(grid, step) / 1000)));
    default: return undefined;
  }
}

