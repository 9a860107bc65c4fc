// Binary operations: numbers with numbers, series with numbers, series with series by matching labels.
import { dropLabels, labelSet, pickLabels, type LabelSet } from "../labels.ts";
import { QueryError } from "../query-error.ts";
import { hasPoint, newSeries, setPoint, type MetricValue, type Series } from "./series.ts";
import type { BinaryOperator, MetricExpression, VectorMatching } from "./ast.ts";

type BinaryExpression = Extract<MetricExpression, { kind: "binary" }>;

function compute(op: BinaryOperator, left: number, right: number): number {
  switch (op) {
    case "+": return left + right;
    case "-": return left - right;
    case "*": return left * right;
    case "/": return right === 0 ? NaN : left / right;
    case "%": return right === 0 ? NaN : left % right;
    case "^": return left ** right;
    case "==": return Number(left === right);
    case "!=": return Number(left !== right);
    case ">": return Number(left > right);
    case ">=": return Number(left >= right);
    case "<": return Number(left < right);
    case "<=": return Number(left <= right);
    case "and": case "or": case "unless": throw new Error("BUG: expected an operation on numbers");
  }
}

const comparisons: ReadonlySet<BinaryOperator> = new Set(["==", "!=", ">", ">=", "<", "<="]);

export function evaluateBinary(expression: BinaryExpression, left: MetricValue, right: MetricValue, count: number): MetricValue {
  const { op } = expression;
  if (left.kind === "scalar" && right.kind === "scalar") return { kind: "scalar", value: compute(op, left.value, right.value) };
  const filters = comparisons.has(op) && !expression.isBool;
  if (left.kind === "vector" && right.kind === "scalar")
    return {
      kind: "vector",
      series: mapSeries(left.series, count, filters, (value) => compute(op, value, right.value)),
      ...(left.isOrdered === true ? { isOrdered: true } : {}),
    };
  if (left.kind === "scalar" && right.kind === "vector")
    return {
      kind: "vector",
      series: mapSeries(right.series, count, filters, (value) => compute(op, left.value, value)),
      ...(right.isOrdered === true ? { isOrdered: true } : {}),
    };
  if (left.kind !== "vector" || right.kind !== "vector") throw new Error("BUG: expected two vectors");
  if (op === "and" || op === "or" || op === "unless") return { kind: "vector", series: setOperation(op, left.series, right.series, { matching: expression.matching, count }) };
  return { kind: "vector", series: matchSeries(expression, left.series, right.series, { filters, count }) };
}

function mapSeries(input: readonly Series[], count: number, filters: boolean, work: (value: number) => number): readonly Series[] {
  return input.map((series) => {
    const out = newSeries(series.labels, count);
    for (let step = 0; step < count; step += 1) {
      if (series.present[step] !== 1) continue;
      const value = series.values[step] ?? NaN;
      const result = work(value);
      if (!filters) setPoint(out, step, result);
      else if (result === 1) setPoint(out, step, value);
    }
    return out;
  }).filter(hasPoint);
}

function signature(labels: LabelSet, matching: VectorMatching | undefined): string {
  if (matching === undefined) return labels.key;
  return (matching.isOn ? pickLabels(labels, matching.labels) : dropLabels(labels, matching.labels)).key;
}

function setOperation(
  op: "and" | "or" | "unless",
  left: readonly Series[],
  right: readonly Series[],
  options: { readonly matching: VectorMatching | undefined; readonly count: number },
): readonly Series[] {
  const { matching, count } = options;
  const marks = (input: readonly Series[]) => {
    const out = new Map<string, Uint8Array>();
    for (const series of input) {
      const key = signature(series.labels, matching);
      const mark = out.get(key) ?? new Uint8Array(count);
      for (let step = 0; step < count; step += 1) if (series.present[step] === 1) mark[step] = 1;
      out.set(key, mark);
    }
    return out;
  };
  const keep = (input: readonly Series[], against: ReadonlyMap<string, Uint8Array>, wantsMark: boolean) => input.map((series) => {
    const mark = against.get(signature(series.labels, matching));
    const out = newSeries(series.labels, count);
    for (let step = 0; step < count; step += 1) if (series.present[step] === 1 && (mark?.[step] === 1) === wantsMark) setPoint(out, step, series.values[step] ?? NaN);
    return out;
  }).filter(hasPoint);
  if (op === "and") return keep(left, marks(right), true);
  if (op === "unless") return keep(left, marks(right), false);
  return mergeSame([...left, ...keep(right, marks(left), false)], count);
}

/** One series a set of labels: `or` may give the same set from both sides at different steps. */
function mergeSame(input: readonly Series[], count: number): readonly Series[] {
  const byKey = new Map<string, Series>();
  for (const series of input) {
    const known = byKey.get(series.labels.key);
    if (known === undefined) { byKey.set(series.labels.key, series); continue; }
    const merged = newSeries(series.labels, count);
    for (let step = 0; step < count; step += 1) {
      const from = known.present[step] === 1 ? known : series;
      if (from.present[step] === 1) setPoint(merged, step, from.values[step] ?? NaN);
    }
    byKey.set(series.labels.key, merged);
  }
  return [...byKey.values()];
}

function resultLabels(many: LabelSet, one: LabelSet, matching: VectorMatching | undefined): LabelSet {
  if (matching === undefined) return many;
  const base = matching.group !== undefined ? new Map(many.map) : new Map((matching.isOn ? pickLabels(many, matching.labels) : dropLabels(many, matching.labels)).map);
  for (const name of matching.include) {
    const value = one.map.get(name);
    if (value === undefined || value === "") base.delete(name);
    else base.set(name, value);
  }
  return labelSet(base);
}

function matchSeries(
  expression: BinaryExpression,
  left: readonly Series[],
  right: readonly Series[],
  options: { readonly filters: boolean; readonly count: number },
): readonly Series[] {
  const { op, matching } = expression;
  const { count, filters } = options;
  const isSwapped = matching?.group === "right";
  const many = isSwapped ? right : left;
  const one = isSwapped ? left : right;
  const ones = new Map<string, Series[]>();
  for (const series of one) { const key = signature(series.labels, matching); const list = ones.get(key); if (list === undefined) ones.set(key, [series]); else list.push(series); }
  for (const list of ones.values()) checkUnique(list, count, isSwapped ? "left" : "right");
  const results = new Map<string, Series>();
  for (const series of many) {
    for (const partner of ones.get(signature(series.labels, matching)) ?? []) {
      const labels = filters && matching?.group === undefined && matching === undefined ? series.labels : resultLabels(series.labels, partner.labels, matching);
      const out = results.get(labels.key) ?? newSeries(labels, count);
      results.set(labels.key, out);
      for (let step = 0; step < count; step += 1) {
        if (series.present[step] !== 1 || partner.present[step] !== 1) continue;
        if (out.present[step] === 1) throw duplicate(matching, labels);
        const [a, b] = isSwapped ? [partner.values[step] ?? NaN, series.values[step] ?? NaN] : [series.values[step] ?? NaN, partner.values[step] ?? NaN];
        const value = compute(op, a, b);
        if (!filters) setPoint(out, step, value);
        else if (value === 1) setPoint(out, step, a);
      }
    }
  }
  return [...results.values()].filter(hasPoint);
}

/** Where two series of the side that may have one have a value at the same step, no match is right. */
function checkUnique(series: readonly Series[], count: number, side: "left" | "right"): void {
  if (series.length < 2) return;
  for (let step = 0; step < count; step += 1) {
    const [first, second] = series.filter((one) => one.present[step] === 1);
    if (first !== undefined && second !== undefined)
      throw new QueryError(
        "execution",
        `found duplicate series on the ${side} hand-side; many-to-many matching not allowed: matching labels must be unique on one side, found ${shown(first.labels)} and ${shown(second.labels)}`,
      );
  }
}

function shown(labels: LabelSet): string {
  return `{${[...labels.map].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ")}}`;
}

function duplicate(matching: VectorMatching | undefined, labels: LabelSet): QueryError {
  return new QueryError("execution", matching?.group === undefined
    ? `multiple matches for labels: many-to-one matching must be explicit (group_left/group_right), found for ${shown(labels)}`
    : `multiple matches for labels: grouping labels must ensure unique matches, found for ${shown(labels)}`);
}
