// Which tools a session has, and one call from name and input to a bounded answer that never rejects for what the model did.
import { InspanError, isAbort, messageOf } from "../../../../base/errors.ts";
import { boundText } from "../../../../base/text.ts";
import type { SessionSpec } from "../../types.ts";
import { listFilesTool, readFileTool } from "./tool-files.ts";
import { applyPatchTool } from "./tool-patch.ts";
import { runTool } from "./tool-run.ts";
import { searchTool } from "./tool-search.ts";
import { refusal, untilAborted } from "./tool.ts";
import type { BuiltinTool, ToolOutcome, ToolScope } from "./tool.ts";

const answerCharsMax = 64_000; // of any tool, host operations included: about 16,000 tokens

/** The tools of a session by name. Rejects what would make a call ambiguous with AGENT_START_FAILED. */
export function createToolbox(spec: Pick<SessionSpec, "access" | "tools">, more: readonly BuiltinTool[] = []): ReadonlyMap<string, BuiltinTool> {
  const own = spec.access === "write" ? [readFileTool, searchTool, listFilesTool, applyPatchTool, runTool] : [readFileTool, searchTool, listFilesTool, runTool];
  const host: BuiltinTool[] = spec.tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    inputSchema: tool.inputSchema,
    execute: (input, scope) => untilAborted(tool.execute(input, scope.signal), scope.signal),
  }));
  const toolbox = new Map<string, BuiltinTool>();
  for (const tool of [...own, ...host, ...more]) {
    if (toolbox.has(tool.name))
      throw new InspanError("AGENT_START_FAILED", `Cannot start the agent "builtin": two tools are named "${tool.name}", expected names of their own.`, {
        remedy: "Rename the operation's tool.",
      });
    toolbox.set(tool.name, tool);
  }
  return toolbox;
}

/** The same with tools that came later; one whose name is taken is left out. */
export function withTools(toolbox: ReadonlyMap<string, BuiltinTool>, more: readonly BuiltinTool[]): ReadonlyMap<string, BuiltinTool> {
  return new Map([...more.map((tool) => [tool.name, tool] as const), ...toolbox]);
}

export interface ToolCall {
  readonly callId: string;
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** What came instead of a JSON object, where it did. */
  readonly brokenText: string | undefined;
}

/** Runs one call. Rejects only with an AbortError; a broken world becomes an answer and a warning. */
export async function executeCall(toolbox: ReadonlyMap<string, BuiltinTool>, call: ToolCall, scope: ToolScope): Promise<ToolOutcome> {
  const tool = toolbox.get(call.tool);
  if (tool === undefined) return refusal(`There is no tool "${call.tool.slice(0, 100)}"; the tools are: ${[...toolbox.keys()].join(", ")}.`);
  if (call.brokenText !== undefined)
    return refusal(
      `The arguments of ${call.tool} are no JSON object (they begin with ${JSON.stringify(call.brokenText.slice(0, 200))}); send the call again with valid JSON.`,
    );
  try {
    const outcome = await tool.execute(call.input, scope);
    return { text: boundText(outcome.text, answerCharsMax), isError: outcome.isError };
  } catch (error) {
    if (isAbort(error) || scope.signal.aborted) throw error;
    const reason = scope.providers.secrets.redact(messageOf(error));
    scope.emit({ kind: "warning", text: `The tool ${call.tool} failed: ${reason}` });
    return refusal(`The tool failed, not by your fault: ${boundText(reason, 2_000)}`);
  }
}
