// `inspan logs <LogQL>`.
import { z } from "zod";
import { renderTable } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";
import { renderKnown, windowFields } from "./window-fields.ts";

export const logsOperation = defineOperation({
  name: "telemetry/logs", command: "logs", summary: "Query the worktree's logs in LogQL: lines or numbers, bounded; what exists where nothing matches",
  audience: "both", readOnly: true, personFields: ["url"], positional: ["query"],
  input: z.object({
    query: z
      .string()
      .min(1)
      .default('{service_name=~".+"}')
      .describe('LogQL, for example \'{service_name="shop"} |= "error" | json\', or a service\'s name; every service unless told'),
    limit: z.number().int().min(1).max(1000).default(50).describe("Lines at most"),
    step: z.string().optional().describe("Step of a metric query, for example 30s"),
    forward: z.boolean().default(false).describe("Oldest first"),
    ...windowFields,
  }),
  handler: async (input, context) => {
    const { queryLogs } = await import("../runtime/logs/logs-command.ts");
    // No query is a bare word; who writes one means what that service says.
    return queryLogs(/^[A-Za-z][\w.-]*$/.test(input.query) ? { ...input, query: `{service_name="${input.query}"}` } : input, context);
  },
  render: ({ lines, series, isCut, warnings, known }) => {
    const labels = (all: Readonly<Record<string, string>>) => `{${Object.entries(all).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ")}}`;
    const parts: string[] = [];
    if (lines.length > 0) parts.push(lines.map((line) => `${line.at} ${labels(line.labels)} ${line.line}`).join("\n"));
    if (series.length > 0)
      parts.push(
        renderTable(
          series.map((one) => [
            labels(one.labels),
            one.values
              .slice(-20)
              .map(([time, value]) => `${new Date(time * 1000).toISOString().slice(11, 19)}=${value}`)
              .join("  "),
          ]),
        ),
      );
    if (lines.length === 0 && series.length === 0) parts.push("No line matches.", renderKnown(known, "Labels that exist"));
    if (isCut) parts.push("… more left out; raise --limit or narrow the query");
    return [...parts, ...warnings.map((warning) => `warning: ${warning}`)].filter((part) => part !== "").join("\n");
  },
});
