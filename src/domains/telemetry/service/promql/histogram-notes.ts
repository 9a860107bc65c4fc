// The sentences about native histograms that several functions say.
import type { Annotations } from "./annotations.ts";
import type { Expr } from "./ast.ts";
import type { WindowRun } from "./windows.ts";

const quoted = (run: WindowRun): string => JSON.stringify(run.metricName);

export function warnMixedRange(run: WindowRun): void { run.notes.warn(`encountered a mix of histograms and floats for metric name ${quoted(run)}`, run.node); }
export function warnNotCounter(run: WindowRun): void { run.notes.warn(`this native histogram metric is not a counter: ${quoted(run)}`, run.node); }
export function warnNotGauge(run: WindowRun): void { run.notes.warn(`this native histogram metric is not a gauge: ${quoted(run)}`, run.node); }
export function warnMixedHistograms(run: WindowRun): void {
  run.notes.warn(`vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quoted(run)}`, run.node);
}
export function infoIgnored(run: WindowRun): void {
  run.notes.info(`ignored histograms in a range containing both floats and histograms for metric name ${quoted(run)}`, run.node);
}
export function infoReconciled(notes: Annotations, node: Expr, operation: "addition" | "subtraction" | "aggregation"): void {
  notes.info(`mismatched custom buckets were reconciled during ${operation}`, node);
}
export function warnCollision(notes: Annotations, node: Expr, operation: "addition" | "subtraction" | "aggregation"): void {
  notes.warn(`conflicting counter resets during histogram ${operation}`, node);
}
