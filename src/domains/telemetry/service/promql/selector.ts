// Instant selectors over all steps at once: the latest sample within the lookback, unless a stale marker ended the series.
import type { SampleBuffer } from "../metrics/source.ts";
import { SampleBuffer as Buffer } from "../metrics/source.ts";
import { type Column, type Grid, presentIn, makeColumn, putFloat, putHistogram } from "../vector/column.ts";
import type { AtModifier, VectorNode } from "./ast.ts";
import { type EvalContext, stepTime } from "./context.ts";
import { QueryError } from "./errors.ts";
import { compileMatcher } from "./matcher.ts";

/** The fixed time of an @ modifier; undefined where the step's own time counts. */
export function fixedTime(at: AtModifier | undefined, context: EvalContext): number | undefined {
  switch (at?.kind) {
    case undefined: return undefined;
    case "time": return at.ms;
    case "start": return context.queryStartMs;
    case "end": return context.queryEndMs;
  }
}

/** The grid whose times are those that the node looks at, for each of the query's steps. */
export function shiftGrid(node: { readonly offsetMs: number; readonly at: AtModifier | undefined }, grid: Grid, context: EvalContext): Grid {
  const fixed = fixedTime(node.at, context);
  return fixed === undefined ? { ...grid, startMs: grid.startMs - node.offsetMs } : { startMs: fixed - node.offsetMs, stepMs: 0, count: grid.count };
}

export const lastTime = (grid: Grid): number => stepTime(grid, grid.count - 1);

export function selectSeries(node: VectorNode, fromMs: number, toMs: number, context: EvalContext) {
  const series = context.source.select(node.matchers.map(compileMatcher), fromMs, toMs);
  context.budget.checkSeries(series.length);
  return series;
}

function fillFloats(buffer: SampleBuffer, column: Column, times: Grid, options: { readonly lookbackMs: number; readonly isTimestamp: boolean }): void {
  const { times: at, values, count } = buffer;
  const { present, values: out } = column;
  const steps = present.length;
  let next = 0, staleAt = 0;
  for (let step = 0; step < steps; step++) {
    const time = times.startMs + step * times.stepMs;
    while (next < count && (at[next] ?? 0) <= time) next++;
    const index = next - 1;
    if (index < 0 || (at[index] ?? 0) <= time - options.lookbackMs) continue;
    if (buffer.stale.length > 0) {
      while (staleAt < buffer.stale.length && (buffer.stale[staleAt] ?? 0) < index) staleAt++;
      if (buffer.stale[staleAt] === index) continue;
    }
    out[step] = options.isTimestamp ? (at[index] ?? 0) / 1000 : values[index] ?? 0;
    present[step] = 1;
  }
}

function fillMixed(buffer: SampleBuffer, column: Column, times: Grid, options: { readonly lookbackMs: number; readonly isTimestamp: boolean }): void {
  const stale = new Set(buffer.stale);
  let nextFloat = 0, nextHistogram = 0;
  for (let step = 0; step < column.present.length; step++) {
    const time = stepTime(times, step);
    while (nextFloat < buffer.count && (buffer.times[nextFloat] ?? 0) <= time) nextFloat++;
    while (nextHistogram < buffer.histograms.length && (buffer.histogramTimes[nextHistogram] ?? 0) <= time) nextHistogram++;
    const floatTime = nextFloat > 0 ? buffer.times[nextFloat - 1] ?? 0 : Number.NEGATIVE_INFINITY;
    const histogramTime = nextHistogram > 0 ? buffer.histogramTimes[nextHistogram - 1] ?? 0 : Number.NEGATIVE_INFINITY;
    const latest = Math.max(floatTime, histogramTime);
    if (latest <= time - options.lookbackMs || latest === Number.NEGATIVE_INFINITY) continue;
    const found = buffer.histograms[nextHistogram - 1];
    if (histogramTime >= floatTime && found) { if (options.isTimestamp) putFloat(column, step, histogramTime / 1000); else putHistogram(column, step, found); }
    else if (!stale.has(nextFloat - 1)) putFloat(column, step, options.isTimestamp ? floatTime / 1000 : buffer.values[nextFloat - 1] ?? 0);
  }
}

/** One column for each series that has a value at any step. `isTimestamp`: the samples' times in seconds instead of their values. */
export function evalSelector(node: VectorNode, grid: Grid, context: EvalContext, isTimestamp = false): Column[] {
  const times = shiftGrid(node, grid, context);
  // Closed on the left means that a sample exactly lookback old still counts.
  const lookbackMs = context.isLeftClosed ? context.lookbackMs + 1 : context.lookbackMs;
  const fromMs = times.startMs - lookbackMs + 1, toMs = lastTime(times);
  const series = selectSeries(node, fromMs, toMs, context);
  const buffer = new Buffer();
  const columns: Column[] = [];
  for (const one of series) {
    buffer.reset();
    one.read(fromMs, toMs, buffer);
    context.budget.spend(buffer.count + buffer.histograms.length);
    if (buffer.count === 0 && buffer.histograms.length === 0) continue;
    const column = makeColumn(one.labels, grid.count, isTimestamp);
    if (buffer.histograms.length === 0) fillFloats(buffer, column, times, { lookbackMs, isTimestamp });
    else fillMixed(buffer, column, times, { lookbackMs, isTimestamp });
    const count = presentIn(column);
    if (count > 0) { columns.push(column); context.budget.spend(grid.count); context.budget.touch(count); }
    if ((columns.length & 63) === 0) context.budget.checkTime();
  }
  return columns;
}
