// `inspan traces <TraceQL>` and `inspan trace <id>`.
import { z } from "zod";
import { renderTable } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";
import type { TraceNode } from "../service/traces/trace-tree.ts";
import { renderKnown, windowFields } from "./window-fields.ts";

const ms = (value: number) => `${value >= 100 ? Math.round(value) : Math.round(value * 100) / 100} ms`;

export const tracesOperation = defineOperation({
  name: "telemetry/traces", command: "traces", summary: "Query the worktree's spans in TraceQL: traces with their matching spans, or numbers; what exists where nothing matches",
  audience: "both", readOnly: true, personFields: ["url"], positional: ["query"],
  input: z.object({
    query: z.string().min(1).describe("TraceQL, for example '{ span.http.route = \"/checkout\" && duration > 2s }'"),
    limit: z.number().int().min(1).max(500).default(20).describe("Traces at most, the newest first"),
    spans: z.number().int().min(1).max(100).default(5).describe("Matching spans at most of each trace"),
    step: z.string().optional().describe("Step of a metrics query, for example 30s"),
    ...windowFields,
  }),
  handler: async (input, context) => {
    const { queryTraces } = await import("../runtime/traces/traces-command.ts");
    return queryTraces(input, context);
  },
  render: ({ traces, series, isCut, warnings, known }) => {
    const parts: string[] = [];
    for (const trace of traces) {
      parts.push(`${trace.traceId} ${trace.startedAt} ${trace.service} ${trace.root} ${ms(trace.durationMs)}, ${trace.matched} matching`);
      parts.push(
        renderTable(
          trace.spans.map((span) => [
            `  ${span.spanId}`,
            span.name,
            ms(span.durationMs),
            Object.entries(span.attributes)
              .map(([name, value]) => `${name}=${value}`)
              .join(" "),
          ]),
        ),
      );
    }
    if (series.length > 0)
      parts.push(
        renderTable(
          series.map((one) => [
            one.labels,
            one.samples
              .slice(-20)
              .map(([time, value]) => `${new Date(time).toISOString().slice(11, 19)}=${value}`)
              .join("  "),
          ]),
        ),
      );
    if (traces.length === 0 && series.length === 0) parts.push("No span matches.", renderKnown(known, "What exists"));
    if (isCut) parts.push("… more left out; raise --limit or narrow the query");
    const [first] = traces;
    if (first !== undefined) parts.push(`Next: inspan trace ${first.traceId}`);
    return [...parts, ...warnings.map((warning) => `warning: ${warning}`)].filter((part) => part !== "").join("\n");
  },
});

function renderNode(node: TraceNode, indent: string, isDetailed: boolean): string {
  const attributes = Object.entries(node.attributes).slice(0, isDetailed ? 50 : 6).map(([name, value]) => `${name}=${value.slice(0, 120)}`).join(" ");
  const head = `${indent}${node.isError ? "✗ " : ""}${node.name} [${node.service}${node.kind === "" || node.kind === "internal" || node.kind === "unspecified" ? "" : ` ${node.kind}`}] ${ms(node.durationMs)} (self ${ms(node.selfMs)}, +${ms(node.startMs)}) ${node.spanId}${node.message === "" ? "" : ` error: ${node.message}`}`;
  const events = node.events.map((event) =>
    `${indent}  • +${ms(event.atMs)} ${event.name} ${Object.entries(event.attributes)
      .map(([name, value]) => `${name}=${value.slice(0, 200)}`)
      .join(" ")}`.trimEnd(),
  );
  return [head + (attributes === "" ? "" : `\n${indent}  ${attributes}`), ...events, ...node.children.map((child) => renderNode(child, `${indent}  `, isDetailed))].join("\n");
}

export const traceOperation = defineOperation({
  name: "telemetry/trace", command: "trace", summary: "Show one trace as a tree with durations, time of its own and errors, and what was logged and measured in it",
  audience: "both", readOnly: true, personFields: ["url"], positional: ["id"],
  input: z.object({
    id: z.string().regex(/^[0-9a-fA-F]{1,32}$/, "expected a trace id: up to 32 hex digits").describe("Trace id"),
    span: z.string().regex(/^[0-9a-fA-F]{1,16}$/, "expected a span id: up to 16 hex digits").optional().describe("Only the tree below this span"),
    limit: z.number().int().min(1).max(2000).default(200).describe("Spans at most"),
    url: windowFields.url,
  }),
  handler: async (input, context) => {
    const { showTrace } = await import("../runtime/traces/traces-command.ts");
    return showTrace(input, context);
  },
  render: (trace, input) => {
    const parts = [
      `trace ${trace.traceId}: ${trace.spanCount} spans, ${ms(trace.durationMs)}, ${trace.errorCount} with errors`,
      ...trace.roots.map((root) => renderNode(root, "", input.span !== undefined)),
    ];
    if (trace.isCut) parts.push("… more spans left out; raise --limit or pass --span");
    if (trace.logs.length > 0)
      parts.push(
        "",
        "Logs of this trace:",
        ...trace.logs.map((line) => `${line.at} ${line.labels["detected_level"] ?? line.labels["level"] ?? ""} ${line.line}`),
      );
    if (trace.exemplars.length > 0) parts.push("", "Metrics that name this trace:", ...trace.exemplars.map((one) => `${one.series} ${one.value}`));
    return parts.join("\n");
  },
});
