// Binary operators: scalars, vectors with scalars, vectors with vectors matched by labels, set operators.
import { divide, isSameHistogram, type NativeHistogram, scale } from "../metrics/histogram.ts";
import { trimHistogram } from "../metrics/histogram-trim.ts";
import { addHistograms, subtractHistograms } from "../metrics/histogram-sum.ts";
import { type Column, isEmptyColumn, makeColumn, putFloat, putHistogram } from "../vector/column.ts";
import { Labels, nameLabel } from "../vector/labels.ts";
import { type BinaryNode, type BinaryOp, comparisonOps, trimOps } from "./ast.ts";
import type { EvalContext, Value } from "./context.ts";
import { QueryError } from "./errors.ts";
import { infoReconciled, warnCollision } from "./histogram-notes.ts";

export function arithmetic(op: BinaryOp, left: number, right: number): number {
  switch (op) {
    case "+": return left + right;
    case "-": return left - right;
    case "*": return left * right;
    case "/": return left / right;
    case "%": return left % right;
    case "^": return (left === 1 || (left === -1 && !Number.isFinite(right) && !Number.isNaN(right))) ? 1 : left ** right; // as C's pow()
    case "atan2": return Math.atan2(left, right);
    default: return compare(op, left, right) ? 1 : 0;
  }
}

export function compare(op: BinaryOp, left: number, right: number): boolean {
  switch (op) {
    case "==": return left === right;
    case "!=": return left !== right;
    case ">": return left > right;
    case "<": return left < right;
    case ">=": return left >= right;
    case "<=": return left <= right;
    default: throw new Error(`BUG: expected a comparison, got ${op}`);
  }
}

/** A filter keeps the metric that it filters; arithmetic makes another one. */
const keepsName = (op: BinaryOp): boolean => comparisonOps.has(op) || trimOps.has(op);

const isHistogramAt = (column: Column, step: number): boolean => column.present[step] === 2;

interface Cell { readonly value: number; readonly histogram: NativeHistogram | undefined }

function cellAt(column: Column, step: number): Cell {
  return { value: column.values[step] ?? 0, histogram: isHistogramAt(column, step) ? column.histograms?.[step] : undefined };
}

/** One result where a histogram takes part: written to `out`, or said to be impossible. */
function putMixed(node: BinaryNode, left: Cell, right: Cell, options: { readonly out: Column; readonly step: number; readonly context: EvalContext; readonly kept?: Cell }): void {
  const { out, step, context } = options;
  const { op } = node;
  const refuse = (): void =>
    context.notes.info(
      `incompatible sample types encountered for binary operator "${op}": ${left.histogram ? "histogram" : "float"} ${op} ${right.histogram ? "histogram" : "float"}`,
      node,
    );
  if (left.histogram && right.histogram) {
    if (op === "+" || op === "-") {
      const sum = op === "+" ? addHistograms([left.histogram, right.histogram]) : subtractHistograms(left.histogram, right.histogram);
      const operation = op === "+" ? "addition" as const : "subtraction" as const;
      if (sum.kind === "incompatible") { context.notes.warn(`incompatible bucket layout encountered for binary operator ${op}`, node); return; }
      if (sum.hasCollision) warnCollision(context.notes, node, operation);
      if (sum.isReconciled) infoReconciled(context.notes, node, operation);
      putHistogram(out, step, op === "-" ? { ...sum.histogram, hint: "gauge" } : sum.histogram);
    } else if (op === "==" || op === "!=") {
      const isKept = isSameHistogram(left.histogram, right.histogram) === (op === "==");
      if (node.isBool) putFloat(out, step, isKept ? 1 : 0);
      else if (isKept) putHistogram(out, step, left.histogram);
    } else refuse();
    return;
  }
  if (trimOps.has(op) && left.histogram) putHistogram(out, step, trimHistogram(left.histogram, right.value, op === "</"));
  else if (op === "*" && left.histogram) putHistogram(out, step, scale(left.histogram, right.value));
  else if (op === "*" && right.histogram) putHistogram(out, step, scale(right.histogram, left.value));
  else if (op === "/" && left.histogram) putHistogram(out, step, divide(left.histogram, right.value));
  else refuse();
}

function withScalar(
  node: BinaryNode,
  columns: readonly Column[],
  options: { readonly scalar: Float64Array; readonly isSwapped: boolean; readonly context: EvalContext },
): Column[] {
  const { op, isBool } = node;
  const { scalar, isSwapped, context } = options;
  const isComparison = comparisonOps.has(op);
  const out: Column[] = [];
  for (const column of columns) {
    const result = makeColumn(column.labels, column.present.length, column.dropName || !keepsName(op) || isBool);
    const { present, values } = result;
    for (let step = 0; step < present.length; step++) {
      const state = column.present[step];
      if (state === 0) continue;
      const other = scalar[step] as number, own = column.values[step] as number; // as many as steps
      if (state === 2 || trimOps.has(op)) {
        const cell = cellAt(column, step), constant: Cell = { value: other, histogram: undefined };
        putMixed(node, isSwapped ? constant : cell, isSwapped ? cell : constant, { out: result, step, context });
        continue;
      }
      const left = isSwapped ? other : own, right = isSwapped ? own : other;
      if (!isComparison) values[step] = arithmetic(op, left, right);
      else if (isBool) values[step] = compare(op, left, right) ? 1 : 0;
      else if (compare(op, left, right)) values[step] = own;
      else continue;
      present[step] = 1;
    }
    if (!isEmptyColumn(result)) out.push(result);
  }
  return out;
}

type Signature = (labels: Labels) => string;

export function makeSignature(isOn: boolean, names: readonly string[]): Signature {
  const without = [...names, nameLabel];
  return (labels) => (isOn ? labels.keep(names) : labels.without(without)).key;
}

function groupBy(columns: readonly Column[], signature: Signature): Map<string, Column[]> {
  const groups = new Map<string, Column[]>();
  for (const column of columns) {
    const key = signature(column.labels);
    const list = groups.get(key);
    if (list) list.push(column);
    else groups.set(key, [column]);
  }
  return groups;
}

function setOperation(node: BinaryNode, left: readonly Column[], right: readonly Column[]): Column[] {
  const signature = makeSignature(node.matching.isOn, node.matching.labels);
  const keep = (column: Column, others: readonly Column[] | undefined, wants: boolean): Column | undefined => {
    if (others === undefined) return wants ? undefined : column;
    const present = new Uint8Array(column.present);
    for (let step = 0; step < present.length; step++) if (others.some((other) => other.present[step] !== 0) !== wants) present[step] = 0;
    const kept: Column = { ...column, present };
    return isEmptyColumn(kept) ? undefined : kept;
  };
  if (node.op === "or") {
    const groups = groupBy(left, signature);
    const added = right.flatMap((column) => keep(column, groups.get(signature(column.labels)), false) ?? []);
    return [...left, ...added];
  }
  const groups = groupBy(right, signature);
  return left.flatMap((column) => keep(column, groups.get(signature(column.labels)), node.op === "and") ?? []);
}

function resultLabels(node: BinaryNode, left: Labels, right: Labels): Labels {
  const { matching } = node;
  let labels = keepsName(node.op) ? left : left.withoutName();
  if (matching.cardinality === "one-to-one") labels = matching.isOn ? labels.keep(matching.labels) : labels.without(matching.labels);
  for (const name of matching.include) labels = labels.with(name, right.get(name));
  return labels;
}

function duplicateError(node: BinaryNode, columns: readonly Column[], step: number): QueryError {
  const { matching } = node;
  const [first, second] = columns.filter((column) => column.present[step] !== 0);
  const matched = first === undefined ? Labels.empty : matching.isOn ? first.labels.keep(matching.labels) : first.labels.without([...matching.labels, nameLabel]);
  const shown = [first, second].map((column) => `{${[...column?.labels.entries() ?? []].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ")}}`).sort();
  const side = matching.cardinality === "one-to-many" ? "left" : "right";
  return new QueryError(
    "execution",
    `found duplicate series for the match group ${matched.names.length === 0 ? "{}" : String(matched)} on the ${side} hand-side of the operation: [${shown.join(", ")}];many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}

function combine(node: BinaryNode, pair: { readonly many: Column; readonly one: Column; readonly out: Column; readonly claimed: Uint8Array }, context: EvalContext): void {
  const { many, one, out, claimed } = pair;
  const { op, isBool } = node;
  const isSwapped = node.matching.cardinality === "one-to-many";
  const left = isSwapped ? one : many, right = isSwapped ? many : one;
  const isComparison = comparisonOps.has(op);
  for (let step = 0; step < out.present.length; step++) {
    const leftState = left.present[step], rightState = right.present[step];
    if (leftState === 0 || rightState === 0) continue;
    if (claimed[step] === 1)
      throw new QueryError(
        "execution",
        node.matching.cardinality === "one-to-one"
          ? "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
          : "multiple matches for labels: grouping labels must ensure unique matches",
      );
    claimed[step] = 1;
    if (leftState === 2 || rightState === 2 || trimOps.has(op)) { putMixed(node, cellAt(left, step), cellAt(right, step), { out, step, context }); continue; }
    const a = left.values[step] as number, b = right.values[step] as number; // as many as steps
    if (!isComparison) out.values[step] = arithmetic(op, a, b);
    else if (isBool) out.values[step] = compare(op, a, b) ? 1 : 0;
    else if (compare(op, a, b)) out.values[step] = a;
    else continue;
    out.present[step] = 1;
  }
}

function vectorOperation(node: BinaryNode, left: readonly Column[], right: readonly Column[], context: EvalContext): Column[] {
  const { matching } = node;
  const signature = makeSignature(matching.isOn, matching.labels);
  const isSwapped = matching.cardinality === "one-to-many";
  const [many, ones] = isSwapped ? [right, left] : [left, right];
  const groups = groupBy(ones, signature);
  const outs = new Map<string, { column: Column; claimed: Uint8Array }>();
  const claimedBySignature = new Map<string, Uint8Array>();
  for (const group of many.length === 0 ? [] : groups.values()) {
    if (group.length < 2) continue;
    const steps = group[0]?.present.length ?? 0;
    for (let step = 0; step < steps; step++) if (group.filter((column) => column.present[step] !== 0).length > 1) throw duplicateError(node, group, step);
  }
  for (const column of many) {
    const key = signature(column.labels);
    for (const one of groups.get(key) ?? []) {
      const labels = resultLabels(node, column.labels, one.labels);
      const dropName = node.isBool || column.dropName || one.dropName && !keepsName(node.op);
      const outKey = `${key}\u0002${labels.key}`;
      let out = outs.get(outKey);
      if (out === undefined) { out = { column: makeColumn(labels, column.present.length, dropName), claimed: new Uint8Array(column.present.length) }; outs.set(outKey, out); }
      let { claimed } = out;
      if (matching.cardinality === "one-to-one") {
        claimed = claimedBySignature.get(key) ?? claimed;
        claimedBySignature.set(key, claimed);
      }
      combine(node, { many: column, one, out: out.column, claimed }, context);
    }
  }
  return [...outs.values()].map(({ column }) => column).filter((column) => !isEmptyColumn(column));
}

export function evalBinary(node: BinaryNode, left: Value, right: Value, context: EvalContext): Value {
  if (left.kind === "string" || right.kind === "string") throw new Error("BUG: expected scalars and vectors");
  context.budget.checkTime();
  if (left.kind === "scalar" && right.kind === "scalar")
    return { kind: "scalar", values: left.values.map((value, step) => arithmetic(node.op, value, right.values[step] ?? Number.NaN)) };
  if (left.kind === "scalar") return { kind: "vector", columns: right.kind === "vector" ? withScalar(node, right.columns, { scalar: left.values, isSwapped: true, context }) : [] };
  if (right.kind === "scalar") return { kind: "vector", columns: withScalar(node, left.columns, { scalar: right.values, isSwapped: false, context }) };
  const isSet = node.op === "and" || node.op === "or" || node.op === "unless";
  return { kind: "vector", columns: isSet ? setOperation(node, left.columns, right.columns) : vectorOperation(node, left.columns, right.columns, context) };
}
