// What changed between two runs, as text. Pure.
import { renderTable } from "../../../base/text.ts";
import type { SignalsDiff, SpanFigures } from "./diff-signals.ts";

export interface SignalsDiffShown extends SignalsDiff {
  readonly isCut: boolean;
  readonly counts: { readonly before: { readonly lines: number; readonly spanNames: number }; readonly after: { readonly lines: number; readonly spanNames: number } };
}

export function renderSignalsDiff(diff: SignalsDiffShown): string {
  const figures = (value: SpanFigures | undefined) => (value === undefined ? "-" : `${value.count}× p50 ${value.p50Ms} ms p95 ${value.p95Ms} ms`);
  const number = (value: number | undefined) => (value === undefined ? "-" : String(value));
  const parts: string[] = [];
  if (diff.patterns.length > 0) parts.push("Log patterns:", renderTable(diff.patterns.map((one) => [`  ${one.change}`, `${number(one.before)} → ${number(one.after)}`, one.name])));
  if (diff.spans.length > 0) parts.push("Spans:", renderTable(diff.spans.map((one) => [`  ${one.change}`, one.name, `${figures(one.before)} → ${figures(one.after)}`])));
  if (diff.metrics.length > 0) parts.push("Metrics:", renderTable(diff.metrics.map((one) => [`  ${one.change}`, `${number(one.before)} → ${number(one.after)}`, one.name])));
  if (parts.length === 0)
    parts.push(
      `No difference that stands out (${diff.counts.before.lines} and ${diff.counts.after.lines} lines, ${diff.counts.before.spanNames} and ${diff.counts.after.spanNames} kinds of spans).`,
    );
  if (diff.isCut) parts.push("… more left out; raise --limit");
  return parts.join("\n");
}
