// The form of a tool of the built-in agent and what a turn lends to it. Knows no tool.
import { z } from "zod";
import { abortError } from "../../../../base/async.ts";
import type { Providers } from "../../../../providers/index.ts";
import type { AgentEvent, EditGuard, SessionSpec } from "../../types.ts";
import type { Workspace } from "./workspace.ts";

export interface ToolOutcome { readonly text: string; readonly isError: boolean }

/** What one call may use; lives as long as the turn. */
export interface ToolScope {
  readonly providers: Providers;
  readonly spec: SessionSpec;
  readonly workspace: Workspace;
  readonly guard: EditGuard;
  readonly signal: AbortSignal;
  emit(event: AgentEvent): void;
}

export interface BuiltinTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** Answers with isError for whatever the model did wrong; rejects with an AbortError, or where the world is broken. */
  execute(input: unknown, scope: ToolScope): Promise<ToolOutcome>;
}

/** A tool whose input is parsed by its schema first; what does not fit is answered with the fields that are wrong. */
export function defineTool<Input extends z.ZodObject>(tool: {
  readonly name: string;
  readonly description: string;
  readonly input: Input;
  execute(input: z.infer<Input>, scope: ToolScope): Promise<ToolOutcome>;
}): BuiltinTool {
  return {
    name: tool.name,
    description: tool.description,
    inputSchema: z.toJSONSchema(tool.input),
    execute: async (input, scope) => {
      const parsed = tool.input.safeParse(input);
      if (parsed.success) return tool.execute(parsed.data, scope);
      return refusal(`The arguments of ${tool.name} do not fit: ${parsed.error.issues.map((issue) => `${issue.path.join(".") || "(whole)"}: ${issue.message}`).join("; ")}`);
    },
  };
}

export function refusal(text: string): ToolOutcome {
  return { text, isError: true };
}

/** Settles as `work` does, or rejects with an AbortError at once when the signal aborts: for work of others that may not heed it. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(abortError(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try { return await Promise.race([work, aborted]); } finally { signal.removeEventListener("abort", onAbort); }
}
