// `inspan diff-signals <before> <after>`.
import { z } from "zod";
import { renderTable } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";
import type { SpanFigures } from "../service/diff-signals.ts";

export const diffSignalsOperation = defineOperation({
  name: "telemetry/diff-signals", command: "diff-signals", summary: "Compare two runs: log patterns and spans that are new, gone or changed, and metrics where a PromQL expression is given",
  audience: "both", readOnly: true, positional: ["before", "after"],
  input: z.object({
    before: z.string().min(1).describe("A window (now-20m..now-10m) or a resource attribute (vcs.ref.head.revision=a1)"),
    after: z.string().min(1).describe("The other run, in the same form"),
    beforeUrl: z.string().optional().describe("Engine of the first run, for another worktree"),
    afterUrl: z.string().optional().describe("Engine of the second run"),
    metric: z.string().optional().describe("PromQL whose values at the end of both runs are compared"),
    limit: z.number().int().min(1).max(500).default(30).describe("Differences of each kind at most"),
  }),
  handler: async (input, context) => {
    const { compareRuns } = await import("../runtime/diff-command.ts");
    return compareRuns(input, context);
  },
  render: (diff) => {
    const figures = (value: SpanFigures | undefined) => (value === undefined ? "-" : `${value.count}× p50 ${value.p50Ms} ms p95 ${value.p95Ms} ms`);
    const number = (value: number | undefined) => (value === undefined ? "-" : String(value));
    const parts: string[] = [];
    if (diff.patterns.length > 0) parts.push("Log patterns:", renderTable(diff.patterns.map((one) => [`  ${one.change}`, `${number(one.before)} → ${number(one.after)}`, one.name])));
    if (diff.spans.length > 0) parts.push("Spans:", renderTable(diff.spans.map((one) => [`  ${one.change}`, one.name, `${figures(one.before)} → ${figures(one.after)}`])));
    if (diff.metrics.length > 0) parts.push("Metrics:", renderTable(diff.metrics.map((one) => [`  ${one.change}`, `${number(one.before)} → ${number(one.after)}`, one.name])));
    if (parts.length === 0) parts.push(`No difference that stands out (${diff.counts.before.lines} and ${diff.counts.after.lines} lines, ${diff.counts.before.spanNames} and ${diff.counts.after.spanNames} kinds of spans).`);
    if (diff.isCut) parts.push("… more left out; raise --limit");
    return parts.join("\n");
  },
});
