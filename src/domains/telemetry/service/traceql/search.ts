// Spanset pipelines: rows → spansets by trace → filtered, grouped, counted.
import { QueryError } from "../query-error.ts";
import { arithmetic, compareValues, compileRead, type Value } from "./field.ts";
import { selectRows } from "./select-rows.ts";
import { combine, type Rows } from "./structure.ts";
import { formatDuration } from "../units.ts";
import { typeOf } from "./parse-field.ts";
import { renderField, renderValue } from "./render.ts";
import type { TraceView } from "./trace-view.ts";
import type { FieldExpression, ScalarExpression, SpansetExpression, Stage } from "./ast.ts";

export interface Spanset { readonly trace: number; readonly rows: Rows; readonly attributes: readonly (readonly [string, Value])[] }
export interface SpanRange { readonly startNs: bigint | undefined; readonly endNs: bigint | undefined }
export interface SearchBudget { check(): void; inspected: number }
export interface SearchScene { readonly view: TraceView; readonly range: SpanRange; readonly budget: SearchBudget }

/** Spans of the range whose test is true, in order of intake. */
function filterAll(expression: FieldExpression | undefined, scene: SearchScene): Rows {
  const { view, range, budget } = scene;
  const { startMs: starts, duration, count } = view.store;
  const found = selectRows(expression, view, undefined, () => budget.check());
  budget.inspected += count;
  if (range.startNs === undefined && range.endNs === undefined) return found;
  const startMs = range.startNs === undefined ? -Infinity : Number(range.startNs) / 1e6;
  const endMs = range.endNs === undefined ? Infinity : Number(range.endNs) / 1e6;
  return found.filter((row) => {
    const from = starts[row] ?? 0;
    return from <= endMs && from + (duration[row] ?? 0) / 1e6 + 1 >= startMs;
  });
}

/** `within`: only these rows; undefined for all rows of the range. */
export function evaluateSpanset(expression: SpansetExpression, scene: SearchScene, within: Rows | undefined): Rows {
  switch (expression.kind) {
    case "filter": {
      return within === undefined ? filterAll(expression.expression, scene) : selectRows(expression.expression, scene.view, within, () => {});
    }
    case "operation": return combine(scene.view.store, expression.op, evaluateSpanset(expression.left, scene, within), evaluateSpanset(expression.right, scene, within));
    case "pipeline": {
      const sets = evaluateStages(expression.stages, scene, within);
      const total = sets.reduce((sum, set) => sum + set.rows.length, 0);
      const rows = new Uint32Array(total);
      let at = 0;
      for (const set of sets) { rows.set(set.rows, at); at += set.rows.length; }
      return rows.sort();
    }
  }
}

export function evaluateStages(stages: readonly Stage[], scene: SearchScene, within: Rows | undefined): readonly Spanset[] {
  let sets: readonly Spanset[] | undefined;
  for (const stage of stages) {
    scene.budget.check();
    if (sets === undefined && stage.kind === "spanset") { sets = byTrace(evaluateSpanset(stage.expression, scene, within), scene); continue; }
    sets ??= byTrace(evaluateSpanset({ kind: "filter", expression: undefined }, scene, within), scene);
    sets = applyStage(stage, sets, scene);
  }
  return sets ?? [];
}

const noAttributes: Spanset["attributes"] = [];

/** Traces in the order of their first rows. */
function byTrace(rows: Rows, scene: SearchScene): readonly Spanset[] {
  const { trace, traces } = scene.view.store;
  // Where in `order` a trace stands, counted from 1: an array where many are met, a map where the store is much larger.
  const places = rows.length * 64 > traces.count ? new Uint32Array(traces.count) : new Map<number, number>();
  const order: number[] = [];
  const counts: number[] = [];
  const groups = new Uint32Array(rows.length);
  for (let at = 0; at < rows.length; at += 1) {
    const id = trace[rows[at] ?? 0] ?? 0;
    let place = places instanceof Map ? places.get(id) ?? 0 : places[id] ?? 0;
    if (place === 0) {
      place = order.push(id);
      counts.push(0);
      if (places instanceof Map) places.set(id, place);
      else places[id] = place;
    }
    groups[at] = place - 1;
    counts[place - 1] = (counts[place - 1] ?? 0) + 1;
  }
  const starts = new Uint32Array(order.length);
  for (let group = 1; group < order.length; group += 1) starts[group] = (starts[group - 1] ?? 0) + (counts[group - 1] ?? 0);
  const gathered = new Uint32Array(rows.length);
  for (let at = 0; at < rows.length; at += 1) { const group = groups[at] ?? 0; const to = starts[group] ?? 0; gathered[to] = rows[at] ?? 0; starts[group] = to + 1; }
  return order.map((id, group) => { const end = starts[group] ?? 0; return { trace: id, rows: gathered.subarray(end - (counts[group] ?? 0), end), attributes: noAttributes }; });
}

function applyStage(stage: Stage, sets: readonly Spanset[], scene: SearchScene): readonly Spanset[] {
  switch (stage.kind) {
    case "spanset": return sets.flatMap((set) => { const rows = evaluateSpanset(stage.expression, scene, set.rows); return rows.length === 0 ? [] : [{ ...set, rows }]; });
    case "select": return sets;
    case "coalesce": {
      const merged = new Map<number, Rows>();
      for (const set of sets) { const known = merged.get(set.trace); merged.set(set.trace, known === undefined ? set.rows : combine(scene.view.store, "||", known, set.rows)); }
      return [...merged].map(([trace, rows]) => ({ trace, rows, attributes: [] }));
    }
    case "by": return groupBy(stage.expression, sets, scene);
    case "scalar-filter": {
      const left = compileScalar(stage.left, scene.view);
      const right = compileScalar(stage.right, scene.view);
      return sets.flatMap((set) => {
        const attributes: (readonly [string, Value])[] = [...set.attributes];
        const a = left(set.rows, attributes);
        const b = right(set.rows, attributes);
        return a !== undefined && b !== undefined && compareValues(stage.op, a, b) ? [{ ...set, attributes }] : [];
      });
    }
  }
}

function groupBy(expression: FieldExpression, sets: readonly Spanset[], scene: SearchScene): readonly Spanset[] {
  const read = compileRead(expression, scene.view);
  const name = `by(${renderField(expression)})`;
  return sets.flatMap((set) => {
    const groups = new Map<string, { readonly value: Value; readonly rows: number[] }>();
    for (const row of set.rows) {
      const value = read(row);
      const key = `${typeof value}:${String(value)}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { value, rows: [row] });
      else group.rows.push(row);
    }
    return [...groups.values()].map((group) => ({
      trace: set.trace,
      rows: Uint32Array.from(group.rows),
      attributes: [...set.attributes, [name, shown(expression, group.value)] as const],
    }));
  });
}

/** Status, kind and durations by name; other values as they are. */
function shown(expression: FieldExpression, value: Value): Value {
  const type = typeOf(expression);
  return type === "status" || type === "kind" || type === "duration" ? renderValue(expression, value) : value;
}

type Scalar = (rows: Rows, attributes: (readonly [string, Value])[]) => number | undefined;

function compileScalar(expression: ScalarExpression, view: TraceView): Scalar {
  if (expression.kind === "number") return () => expression.value;
  if (expression.kind === "arithmetic") {
    const left = compileScalar(expression.left, view);
    const right = compileScalar(expression.right, view);
    return (rows, attributes) => {
      const a = left(rows, attributes);
      const b = right(rows, attributes);
      return a === undefined || b === undefined ? undefined : arithmetic(expression.op, a, b);
    };
  }
  const { op, of } = expression;
  const read = of === undefined ? undefined : compileRead(of, view);
  const name = `${op}(${of === undefined ? "" : renderField(of)})`;
  return (rows, attributes) => {
    const value = read === undefined ? rows.length : aggregateRows(op, rows, read);
    if (value !== undefined) attributes.push([name, of !== undefined && typeOf(of) === "duration" ? formatDuration(Math.round(value)) : value]);
    return value;
  };
}

function aggregateRows(op: string, rows: Rows, read: (row: number) => Value): number | undefined {
  let count = 0;
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  for (const row of rows) {
    const value = read(row);
    if (typeof value !== "number") continue;
    count += 1;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (count === 0) return undefined;
  switch (op) {
    case "avg": return sum / count;
    case "sum": return sum;
    case "min": return min;
    case "max": return max;
    default: throw new QueryError("execution", `BUG: unknown aggregate ${op}`);
  }
}
