// What telemetry holds now, kept as evidence: lines of logs, or one trace as text.
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { loadCommands } from "../../telemetry/runtime/index.ts";

const linesMax = 200;

/** Lines in the order of time. Rejects with EVIDENCE_EMPTY where nothing matches: nothing proves nothing. */
export async function excerptLogs(context: OperationContext, query: string): Promise<string> {
  const { queryLogs } = await loadCommands();
  const answer = await queryLogs({ query, limit: linesMax, forward: true, since: "1h" }, context);
  if (answer.lines.length === 0)
    throw new InspanError("EVIDENCE_EMPTY", `Cannot keep the log lines of ${query}: no line of the last hour matches, expected at least one.`, {
      kind: "usage",
      remedy: `inspan logs '${query}'`,
    });
  return `${[`# ${query}`, ...answer.lines.map(({ at, line, labels }) => `${at} ${labels["service_name"] ?? ""} ${line}`), ...(answer.isCut ? ["… more left out"] : [])].join("\n")}\n`;
}

const spansMax = 300;

/** The tree of spans with what was logged in it. Rejects with what `inspan trace` rejects with. */
export async function excerptTrace(context: OperationContext, id: string): Promise<string> {
  const { showTrace } = await loadCommands();
  const trace = await showTrace({ id, limit: spansMax }, context);
  type Node = (typeof trace.roots)[number];
  const show = (node: Node, depth: number): string[] => [
    `${"  ".repeat(depth)}${node.isError ? "✗ " : ""}${node.name} [${node.service}] ${node.durationMs.toFixed(1)} ms${node.message === "" ? "" : `: ${node.message}`}`,
    ...node.children.flatMap((child) => show(child, depth + 1)),
  ];
  const logs = trace.logs.length === 0 ? [] : ["", "# logged in it", ...trace.logs.map(({ at, line }) => `${at} ${line}`)];
  return `${[`# trace ${trace.traceId}: ${trace.spanCount} spans, ${trace.durationMs.toFixed(1)} ms, ${trace.errorCount} with errors`, ...trace.roots.flatMap((root) => show(root, 0)), ...(trace.isCut ? ["… more spans left out"] : []), ...logs].join("\n")}\n`;
}
