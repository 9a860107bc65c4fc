// The evaluator: a checked tree, a source of samples and a grid of steps to values. Every node is evaluated over all steps at once.
import { scale } from "../metrics/histogram.ts";
import { type MetricSource, SampleBuffer } from "../metrics/source.ts";
import type { Column, Grid } from "../vector/column.ts";
import { compareLabels } from "../vector/labels.ts";
import { Annotations } from "./annotations.ts";
import { evalAggregate } from "./aggregate.ts";
import type { CallNode, Expr, UnaryNode } from "./ast.ts";
import { evalBinary } from "./binary.ts";
import { typeOf } from "./check.ts";
import { Budget, defaultLimits, type EvalContext, type Limits, type RawSeries, type Value } from "./context.ts";
import { evalAbsent, evalSimple, scalarsOf } from "./functions.ts";
import { evalHistogramFunction } from "./histogram-functions.ts";
import { evalLabelFunction, finishColumns } from "./label-functions.ts";
import { makeRangeKernel } from "./over-time.ts";
import { parseQuery } from "./parser.ts";
import { evalSelector } from "./selector.ts";
import { evalRange, openRange } from "./windows.ts";
import { QueryError } from "./errors.ts";

export interface QueryOptions {
  readonly source: MetricSource;
  readonly nowMs: () => number;
  readonly limits?: Limits;
  /** 5 minutes unless told. */
  readonly lookbackMs?: number;
  /** Windows as Prometheus 2 had them. */
  readonly isLeftClosed?: boolean;
  /** End of a range query as it was asked for, where it lies behind the last step: what `@ end()` means. */
  readonly endMs?: number;
}

interface RunOptions extends QueryOptions { readonly isInstant: boolean }

export interface Annotated { readonly warnings: readonly string[]; readonly infos: readonly string[]; readonly samples: number; readonly queryable: number }
export type QueryResult = Annotated & (
  | { readonly kind: "scalar"; readonly grid: Grid; readonly values: Float64Array }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "vector"; readonly grid: Grid; readonly columns: readonly Column[] }
  | { readonly kind: "matrix"; readonly series: readonly RawSeries[] });

const defaultLookbackMs = 300_000;

function unwrap(expr: Expr): Expr { return expr.kind === "paren" ? unwrap(expr.expr) : expr; }

class Evaluator {
  readonly context: EvalContext;
  constructor(context: EvalContext) { this.context = context; }

  evaluate = (expr: Expr, grid: Grid): Value => {
    switch (expr.kind) {
      case "number": return { kind: "scalar", values: new Float64Array(grid.count).fill(expr.value) };
      case "string": return { kind: "string", text: expr.text };
      case "vector": return { kind: "vector", columns: evalSelector(expr, grid, this.context) };
      case "paren": return this.evaluate(expr.expr, grid);
      case "unary": return this.#unary(expr, grid);
      case "binary": return evalBinary(expr, this.evaluate(expr.left, grid), this.evaluate(expr.right, grid), this.context);
      case "aggregate": return evalAggregate(expr, this.evaluate(expr.expr, grid), { param: expr.param && this.evaluate(expr.param, grid), grid, context: this.context });
      case "call": return this.#call(expr, grid);
      case "matrix": case "subquery": throw new QueryError("execution", "range vectors can only be arguments of functions or whole instant queries");
    }
  };

  #unary(node: UnaryNode, grid: Grid): Value {
    const value = this.evaluate(node.expr, grid);
    if (node.op === "+" || value.kind === "string") return value;
    if (value.kind === "scalar") return { kind: "scalar", values: value.values.map((one) => -one) };
    const columns = value.columns.map((column): Column => ({
      ...column,
      dropName: true,
      values: column.values.map((one) => -one),
      histograms: column.histograms?.map((one) => one && scale(one, -1)),
    }));
    return { kind: "vector", columns };
  }

  #call(node: CallNode, grid: Grid): Value {
    const index = node.args.findIndex((arg) => typeOf(arg) === "matrix");
    if (index >= 0) return this.#rangeCall(node, index, grid);
    const [first] = node.args;
    const inner = first && unwrap(first);
    if (node.name === "timestamp" && inner?.kind === "vector") return { kind: "vector", columns: evalSelector(inner, grid, this.context, true) };
    const call = { node, args: node.args.map((arg) => this.evaluate(arg, grid)), grid, context: this.context };
    const value = evalSimple(call) ?? evalHistogramFunction(call) ?? evalLabelFunction(call);
    if (value === undefined) throw new QueryError("execution", `function ${node.name} is not part of this version`);
    return value;
  }

  #rangeCall(node: CallNode, index: number, grid: Grid): Value {
    const arg = node.args[index];
    if (arg === undefined) throw new Error("BUG: expected the range that was found");
    const scalars = node.args.map((one, at) => (at === index ? undefined : scalarsOf(this.evaluate(one, grid))));
    const range = openRange(arg, grid, this.context, this.evaluate);
    const options = { context: this.context, node: arg };
    if (node.name === "absent_over_time") {
      const columns = evalRange(range, makeRangeKernel("present_over_time", () => 0, this.context.isLeftClosed), grid, options);
      return evalAbsent({ ...node, args: [unwrap(arg)] }, columns, grid);
    }
    if (node.name === "quantile_over_time")
      for (const q of new Set(scalars[0]))
        if (Number.isNaN(q) || q < 0 || q > 1) this.context.notes.warn(`quantile value should be between 0 and 1, got ${q}`, node.args[0]);
    const kernel = makeRangeKernel(node.name, (at, step) => scalars[at]?.[step] ?? Number.NaN, this.context.isLeftClosed);
    if (node.name === "rate" || node.name === "increase") this.#noteNonCounters(arg, range.inputs);
    return { kind: "vector", columns: evalRange(range, kernel, grid, options) };
  }

  /** A name that no counter bears: said once for each metric. */
  #noteNonCounters(arg: Expr, inputs: readonly { readonly labels: { get(name: string): string } }[]): void {
    const seen = new Set<string>();
    for (const { labels } of inputs) {
      const name = labels.get("__name__");
      if (name === "" || seen.has(name)) continue;
      seen.add(name);
      if (!/_(total|sum|count|bucket)$/.test(name))
        this.context.notes.info(`metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(name)}`, arg);
    }
  }

  /** The samples themselves, for an instant query of a range. */
  rawSeries(expr: Expr, grid: Grid): readonly RawSeries[] {
    const range = openRange(expr, grid, this.context, this.evaluate);
    const buffer = new SampleBuffer();
    const fromMs = range.times.startMs - range.rangeMs, toMs = range.times.startMs;
    const isIn = (time: number): boolean => (this.context.isLeftClosed ? time >= fromMs : time > fromMs) && time <= toMs;
    const series: RawSeries[] = [];
    for (const input of range.inputs) {
      buffer.reset();
      input.fill(buffer);
      this.context.budget.spend(buffer.count + buffer.histograms.length);
      const kept = [...buffer.times.subarray(0, buffer.count).keys()].filter((index) => isIn(buffer.times[index] ?? 0));
      const keptHistograms = [...buffer.histogramTimes.keys()].filter((index) => isIn(buffer.histogramTimes[index] ?? 0));
      if (kept.length + keptHistograms.length === 0) continue;
      this.context.budget.touch(kept.length + keptHistograms.length);
      series.push({
        labels: input.dropName ? input.labels.withoutName() : input.labels,
        times: kept.map((index) => buffer.times[index] ?? 0),
        values: kept.map((index) => buffer.values[index] ?? 0),
        histogramTimes: keptHistograms.map((index) => buffer.histogramTimes[index] ?? 0), histograms: keptHistograms.flatMap((index) => buffer.histograms[index] ?? []),
      });
    }
    return series.sort((left, right) => compareLabels(left.labels, right.labels));
  }
}

function run(text: string, expr: Expr, grid: Grid, options: RunOptions): QueryResult {
  const notes = new Annotations(text);
  const budget = new Budget(options.limits ?? defaultLimits, options.nowMs);
  const context: EvalContext = {
    source: options.source,
    notes,
    budget,
    queryStartMs: grid.startMs,
    queryEndMs: options.endMs ?? grid.startMs + (grid.count - 1) * grid.stepMs,
    queryStepMs: options.isInstant ? 0 : grid.stepMs,
    lookbackMs: options.lookbackMs ?? defaultLookbackMs, isLeftClosed: options.isLeftClosed ?? false,
  };
  const evaluator = new Evaluator(context);
  const annotated = (): Annotated => ({ warnings: notes.warnings, infos: notes.infos, samples: budget.samples, queryable: budget.queryable });
  if (typeOf(expr) === "matrix") { const series = evaluator.rawSeries(expr, grid); return { kind: "matrix", series, ...annotated() }; }
  const value = evaluator.evaluate(expr, grid);
  if (value.kind === "string") return { ...value, ...annotated() };
  if (value.kind === "scalar") return { ...value, grid, ...annotated() };
  const columns = finishColumns(value.columns, grid);
  return { kind: "vector", grid, columns: grid.count > 1 ? [...columns].sort((left, right) => compareLabels(left.labels, right.labels)) : columns, ...annotated() };
}

/** One evaluation at one time. Throws QueryError. */
export function queryInstant(text: string, timeMs: number, options: QueryOptions): QueryResult {
  return run(text, parseQuery(text), { startMs: timeMs, stepMs: 1, count: 1 }, { ...options, isInstant: true });
}

/** Every step from start to end, both included. Throws QueryError; a query of a string or a range is refused. */
export function queryRange(text: string, grid: Grid, options: QueryOptions): QueryResult {
  const expr = parseQuery(text);
  const type = typeOf(expr);
  if (type === "string" || type === "matrix")
    throw new QueryError(
      "bad_data",
      `invalid expression type "${type === "matrix" ? "range vector" : "string"}" for range query, must be Scalar or instant Vector`,
    );
  return run(text, expr, grid, { ...options, isInstant: false });
}
