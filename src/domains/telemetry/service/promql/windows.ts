// Ranges of samples behind each step: of a range selector or a subquery, series by series, as windows over one buffer.
import { SampleBuffer } from "../metrics/source.ts";
import type { NativeHistogram } from "../metrics/histogram.ts";
import { type Column, type Grid, histogram, isEmptyColumn, makeColumn, putFloat, putHistogram } from "../vector/column.ts";
import type { Labels } from "../vector/labels.ts";
import { nameLabel } from "../vector/labels.ts";
import type { Annotations } from "./annotations.ts";
import type { Expr, MatrixNode, SubqueryNode } from "./ast.ts";
import { checkGrid, type EvalContext, stepTime, type Value } from "./context.ts";
import { lastTime, selectSeries, shiftGrid } from "./selector.ts";

/** The window of one step, and where its result goes. Reused from step to step and from series to series. */
export class WindowRun {
  readonly buffer: SampleBuffer;
  /** Floats of the window: [from, to) of the buffer. */
  from = 0;
  to = 0;
  histogramFrom = 0;
  histogramTo = 0;
  /** Ends of the window: what lies at startMs is outside. */
  startMs = 0;
  endMs = 0;
  /** The step's own time, without offset. */
  timeMs = 0;
  step = 0;
  labels: Labels;
  column: Column;
  readonly rangeMs: number;
  readonly notes: Annotations;
  /** What annotations are about. */
  readonly node: Expr;

  constructor(buffer: SampleBuffer, options: { readonly rangeMs: number; readonly notes: Annotations; readonly node: Expr; readonly column: Column }) {
    this.buffer = buffer;
    this.rangeMs = options.rangeMs;
    this.notes = options.notes;
    this.node = options.node;
    this.column = options.column;
    this.labels = options.column.labels;
  }

  get count(): number { return this.to - this.from; }
  get histogramCount(): number { return this.histogramTo - this.histogramFrom; }
  get metricName(): string { return this.labels.get(nameLabel); }
  value(index: number): number { return this.buffer.values[this.from + index] ?? Number.NaN; }
  histogram(index: number): NativeHistogram | undefined { return this.buffer.histograms[this.histogramFrom + index]; }
  put(value: number): void { putFloat(this.column, this.step, value); }
  putHistogram(value: NativeHistogram): void { putHistogram(this.column, this.step, value); }
}

/** A function over windows. `begin` is told of each new series before its first window. */
export interface RangeKernel {
  begin?(run: WindowRun): void;
  step(run: WindowRun): void;
  /** Keeps the metric's name. */
  readonly keepsName?: boolean;
}

interface RangeInput { readonly labels: Labels; readonly dropName: boolean; fill(buffer: SampleBuffer): void }
export interface Range { readonly inputs: readonly RangeInput[]; readonly times: Grid; readonly rangeMs: number }

function rangeOfSelector(node: MatrixNode, grid: Grid, context: EvalContext): Range {
  const times = shiftGrid(node.selector, grid, context);
  const fromMs = times.startMs - node.rangeMs + (context.isLeftClosed ? 0 : 1), toMs = lastTime(times);
  const inputs = selectSeries(node.selector, fromMs, toMs, context).map((series): RangeInput => ({
    labels: series.labels, dropName: false,
    fill: (buffer) => { series.read(fromMs, toMs, buffer); buffer.dropStale(); },
  }));
  return { inputs, times, rangeMs: node.rangeMs };
}

// The step of a subquery that names none; the default evaluation interval of Prometheus.
const subqueryStepMs = 60_000;

function rangeOfSubquery(node: SubqueryNode, grid: Grid, context: EvalContext, evaluate: (expr: Expr, grid: Grid) => Value): Range {
  const times = shiftGrid(node, grid, context);
  const stepMs = node.stepMs ?? subqueryStepMs;
  const leftMs = times.startMs - node.rangeMs;
  let startMs = stepMs * Math.trunc(leftMs / stepMs);
  if (context.isLeftClosed ? startMs < leftMs : startMs <= leftMs) startMs += stepMs;
  const count = Math.max(0, Math.floor((lastTime(times) - startMs) / stepMs) + 1);
  if (count === 0) return { inputs: [], times, rangeMs: node.rangeMs };
  const inner: Grid = { startMs, stepMs, count };
  checkGrid(inner, context.budget);
  const value = evaluate(node.expr, inner);
  const columns = value.kind === "vector" ? value.columns : [];
  return {
    times, rangeMs: node.rangeMs,
    inputs: columns.map((column) => ({
      labels: column.labels, dropName: column.dropName,
      fill: (buffer) => {
        buffer.reserve(count);
        for (let step = 0; step < count; step++) {
          const found = column.histograms?.[step];
          if (column.present[step] === 1) buffer.push(stepTime(inner, step), column.values[step] ?? 0);
          else if (column.present[step] === histogram && found) { buffer.histogramTimes.push(stepTime(inner, step)); buffer.histograms.push(found.hint === "gauge" ? found : { ...found, hint: "unknown" }); } // what lies between is not seen
        }
      },
    })),
  };
}

export function openRange(node: Expr, grid: Grid, context: EvalContext, evaluate: (expr: Expr, grid: Grid) => Value): Range {
  if (node.kind === "matrix") return rangeOfSelector(node, grid, context);
  if (node.kind === "subquery") return rangeOfSubquery(node, grid, context, evaluate);
  if (node.kind === "paren") return openRange(node.expr, grid, context, evaluate);
  throw new Error("BUG: expected a range selector or a subquery");
}

/** First index at or after `from` whose time lies beyond `timeMs`. */
function advance(times: ArrayLike<number>, from: number, count: number, timeMs: number): number {
  let index = from;
  while (index < count && (times[index] ?? 0) <= timeMs) index++;
  return index;
}

/** One column for each series with a result. */
export function evalRange(range: Range, kernel: RangeKernel, grid: Grid, options: { readonly context: EvalContext; readonly node: Expr }): Column[] {
  const { context } = options;
  const buffer = new SampleBuffer();
  const columns: Column[] = [];
  const leftMs = context.isLeftClosed ? 1 : 0;
  for (const [number, input] of range.inputs.entries()) {
    buffer.reset();
    input.fill(buffer);
    context.budget.spend(buffer.count + buffer.histograms.length);
    if ((number & 31) === 0) context.budget.checkTime();
    if (buffer.count === 0 && buffer.histograms.length === 0) continue;
    const column = makeColumn(input.labels, grid.count, kernel.keepsName === true ? input.dropName : true);
    const run = new WindowRun(buffer, { rangeMs: range.rangeMs, notes: context.notes, node: options.node, column });
    kernel.begin?.(run);
    let touched = 0;
    for (let step = 0; step < grid.count; step++) {
      run.step = step;
      run.timeMs = stepTime(grid, step);
      run.endMs = stepTime(range.times, step);
      run.startMs = run.endMs - range.rangeMs;
      run.to = advance(buffer.times, run.to, buffer.count, run.endMs);
      run.from = advance(buffer.times, run.from, buffer.count, run.startMs - leftMs);
      if (buffer.histograms.length > 0) {
        run.histogramTo = advance(buffer.histogramTimes, run.histogramTo, buffer.histograms.length, run.endMs);
        run.histogramFrom = advance(buffer.histogramTimes, run.histogramFrom, buffer.histograms.length, run.startMs - leftMs);
      }
      touched += run.to - run.from + run.histogramTo - run.histogramFrom;
      if (run.to > run.from || run.histogramTo > run.histogramFrom) kernel.step(run);
      if ((step & 1023) === 1023) context.budget.checkTime();
    }
    context.budget.touch(touched);
    if (!isEmptyColumn(column)) { columns.push(column); context.budget.spend(grid.count); }
  }
  return columns;
}
