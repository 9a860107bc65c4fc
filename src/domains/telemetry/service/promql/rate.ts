// rate, increase, delta, irate, idelta: slopes between samples, extrapolated to the window's ends as Prometheus 3 does it.
// Source: prometheus.io/docs/prometheus/latest/querying/functions, and its engine's order of clamps.
import { align, detectReset, divide, isCustom, type NativeHistogram, scale } from "../metrics/histogram.ts";
import { addHistograms, subtractHistograms } from "../metrics/histogram-sum.ts";
import { warnMixedHistograms, warnMixedRange, warnNotCounter, warnNotGauge, infoReconciled } from "./histogram-notes.ts";
import type { RangeKernel, WindowRun } from "./windows.ts";

interface Slope { readonly isCounter: boolean; readonly isRate: boolean; readonly isLeftClosed: boolean }

/** Factor by which the difference of first and last sample grows when it is extrapolated to the window's ends. */
function extrapolation(
  run: WindowRun,
  slope: Slope,
  ends: { readonly firstMs: number; readonly lastMs: number; readonly gaps: number; readonly first: number; readonly change: number },
): number {
  const sampled = (ends.lastMs - ends.firstMs) / 1000;
  const average = sampled / ends.gaps;
  const threshold = average * 1.1;
  let toStart = (ends.firstMs - run.startMs) / 1000;
  let toEnd = (run.endMs - ends.lastMs) / 1000;
  // A counter cannot have been below zero: its zero point bounds how far back it may reach.
  const toZero = slope.isCounter && ends.change > 0 && ends.first >= 0 ? sampled * (ends.first / ends.change) : Number.POSITIVE_INFINITY;
  if (slope.isLeftClosed) toStart = Math.min(toStart, toZero);
  if (toStart >= threshold) toStart = average / 2;
  if (!slope.isLeftClosed) toStart = Math.min(toStart, toZero);
  if (toEnd >= threshold) toEnd = average / 2;
  const factor = sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
  return slope.isRate ? factor / (run.rangeMs / 1000) : factor;
}

/** Indexes where a counter fell; `begin` finds them once for all windows. */
function findResets(run: WindowRun): number[] {
  const { values, count } = run.buffer;
  const resets: number[] = [];
  for (let index = 1; index < count; index++) if ((values[index] as number) < (values[index - 1] as number)) resets.push(index); // within count
  return resets;
}

function histogramChange(run: WindowRun, isCounter: boolean): NativeHistogram | undefined {
  const points = run.buffer.histograms.slice(run.histogramFrom, run.histogramTo);
  const [first, second] = points;
  const last = points.at(-1);
  if (first === undefined || second === undefined || last === undefined) return undefined;
  if (isCounter && points.some((point) => point.hint === "gauge")) warnNotCounter(run);
  if (!isCounter && (first.hint !== "gauge" || last.hint !== "gauge")) warnNotGauge(run);
  // What stands before a reset does not count, and neither does its layout.
  const isFirstGone = isCounter && detectReset(second, first);
  const start: NativeHistogram = isFirstGone
    ? {
        ...second,
        count: 0,
        sum: 0,
        zeroCount: 0,
        zeroThreshold: 0,
        positive: { indexes: [], counts: [] },
        negative: { indexes: [], counts: [] },
        hint: "unknown",
      }
    : first;
  if (isCustom(start) !== isCustom(last) || (isCounter && points.slice(1).some((point) => isCustom(point) !== isCustom(start)))) { warnMixedHistograms(run); return undefined; }
  const relevant = isCounter ? [start, ...points.slice(1)] : [start, last];
  const aligned = align(relevant);
  if (aligned.kind === "incompatible") { warnMixedHistograms(run); return undefined; }
  const [alignedStart] = aligned.histograms;
  const alignedLast = aligned.histograms.at(-1);
  if (alignedStart === undefined || alignedLast === undefined) return undefined;
  const difference = subtractHistograms(alignedLast, alignedStart);
  if (difference.kind === "incompatible") return undefined;
  if (subtractHistograms(last, start).kind === "sum" && aligned.isReconciled) infoReconciled(run.notes, run.node, "subtraction");
  let change = difference.histogram;
  if (isCounter) {
    for (let index = 1; index < points.length; index++) {
      const before = index === 1 ? start : points[index - 1], now = points[index], toAdd = aligned.histograms[index - 1];
      if (before === undefined || now === undefined || toAdd === undefined || !detectReset(now, before)) continue;
      const sum = addHistograms([change, toAdd]);
      if (sum.kind === "sum") change = sum.histogram;
    }
  }
  return { ...change, hint: "gauge" };
}

function stepHistograms(run: WindowRun, slope: Slope): void {
  const count = run.histogramCount;
  if (count < 2) return;
  const change = histogramChange(run, slope.isCounter);
  const first = run.histogram(0);
  if (change === undefined || first === undefined) return;
  const { histogramTimes } = run.buffer;
  const factor = extrapolation(run, slope, {
    firstMs: histogramTimes[run.histogramFrom] ?? 0, lastMs: histogramTimes[run.histogramTo - 1] ?? 0, gaps: count - 1,
    first: first.count, change: change.count,
  });
  run.putHistogram(scale(change, factor));
}

/** rate, increase (counters) and delta (gauges). */
export function slopeKernel(slope: Slope): RangeKernel {
  let resets: number[] = [];
  let nextReset = 0;
  return {
    begin: (run) => { resets = slope.isCounter ? findResets(run) : []; nextReset = 0; },
    step: (run) => {
      if (run.histogramCount > 0) {
        if (run.count > 0) warnMixedRange(run);
        else stepHistograms(run, slope);
        return;
      }
      const { from, to } = run;
      if (to - from < 2) return;
      const { times, values } = run.buffer;
      const first = values[from] as number; // within the window
      let change = (values[to - 1] as number) - first; // within the window
      while (nextReset < resets.length && (resets[nextReset] as number) <= from) nextReset++; // within the list
      for (let at = nextReset; at < resets.length && (resets[at] as number) < to; at++) change += values[(resets[at] as number) - 1] as number; // within the list
      run.put(change * extrapolation(run, slope, { firstMs: times[from] as number, lastMs: times[to - 1] as number, gaps: to - from - 1, first, change })); // within the window
    },
  };
}

interface Point { readonly timeMs: number; readonly value: number; readonly histogram: NativeHistogram | undefined }

function lastPoints(run: WindowRun): readonly Point[] {
  const points: Point[] = [];
  for (let index = Math.max(run.from, run.to - 2); index < run.to; index++)
    points.push({ timeMs: run.buffer.times[index] ?? 0, value: run.buffer.values[index] ?? 0, histogram: undefined });
  for (let index = Math.max(run.histogramFrom, run.histogramTo - 2); index < run.histogramTo; index++)
    points.push({ timeMs: run.buffer.histogramTimes[index] ?? 0, value: 0, histogram: run.buffer.histograms[index] });
  return points.sort((left, right) => left.timeMs - right.timeMs).slice(-2);
}

/** irate and idelta: the last two samples. */
export function instantSlopeKernel(isRate: boolean): RangeKernel {
  return {
    step: (run) => {
      const [before, last] = lastPoints(run);
      if (before === undefined || last === undefined) return;
      const seconds = (last.timeMs - before.timeMs) / 1000;
      if (seconds === 0) return;
      if (before.histogram === undefined && last.histogram === undefined) {
        const change = isRate && last.value < before.value ? last.value : last.value - before.value;
        run.put(isRate ? change / seconds : change);
        return;
      }
      if (before.histogram === undefined || last.histogram === undefined) { warnMixedRange(run); return; }
      if (isRate && (before.histogram.hint === "gauge" || last.histogram.hint === "gauge")) warnNotCounter(run);
      if (!isRate && (before.histogram.hint !== "gauge" || last.histogram.hint !== "gauge")) warnNotGauge(run);
      let change = last.histogram;
      if (!isRate || !detectReset(last.histogram, before.histogram)) {
        const difference = subtractHistograms(last.histogram, before.histogram);
        if (difference.kind === "incompatible") { warnMixedHistograms(run); return; }
        if (difference.isReconciled) infoReconciled(run.notes, run.node, "subtraction");
        change = difference.histogram;
      }
      run.putHistogram({ ...(isRate ? divide(change, seconds) : change), hint: "gauge" });
    },
  };
}
