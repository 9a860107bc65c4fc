// Operations of Inspan as tools for a model: one projection for an agent's session and for the MCP server. Executed in our process.
import { z } from "zod";
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { AnyOperation, OperationContext } from "../../../providers/index.ts";
import type { AgentTool } from "../types.ts";

/** Each schema is paid for by every session of an agent; more tools than this also make it choose worse. */
export const operationToolsMax = 12;
// An answer above this fills a model's window; the text says how much was left out.
const answerCharsMax = 40_000;

/** Operations that an agent may call, in the table's order. One too many costs tokens and fails a test; it must not hold every task. */
export function agentTable(operations: readonly AnyOperation[]): readonly AnyOperation[] {
  return operations.filter((operation) => operation.audience !== "person" && !operation.isCommandLineOnly);
}

/** "worktree/list" becomes "worktree_list": clients take letters, digits, _ and - only. */
export function toolNameOf(operation: AnyOperation): string {
  return operation.name.replaceAll(/[/-]/g, "_");
}

/** The operation's input without what is a person's to decide; what an agent sets all the same is dropped. */
function agentInput(operation: AnyOperation): z.ZodObject {
  const { personFields = [], input } = operation;
  return personFields.length === 0 ? input : z.object(Object.fromEntries(Object.entries(input.shape).filter(([field]) => !personFields.includes(field))));
}

export function toolSchemaOf(operation: AnyOperation): { readonly type: "object" } & Readonly<Record<string, unknown>> {
  const { $schema: _, ...schema } = z.toJSONSchema(agentInput(operation), { io: "input" });
  return { ...schema, type: "object" };
}

/** Runs one operation for a model; a failure is an answer with its remedy, so that the model can act on it. Rejects only with an AbortError. */
export async function callOperation(operation: AnyOperation, raw: unknown, context: OperationContext): Promise<{ readonly text: string; readonly isError: boolean }> {
  const quiet: OperationContext = { ...context, emit: () => undefined, progress: () => undefined, readStdin: async () => undefined };
  try {
    const parsed = agentInput(operation).safeParse(raw ?? {});
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new InspanError(
        "USAGE",
        `Cannot call "${toolNameOf(operation)}": ${issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : ""}${issue?.message ?? "wrong input"}.`,
        { kind: "usage", remedy: "call it with the input that its schema describes" },
      );
    }
    const input = parsed.data as never; // parsed by this operation's own schema; see defineOperation()
    const output = await context.providers.telemetry.span(`operation ${operation.name}`, { operation: operation.name, caller: "agent" }, () => operation.handler(input, quiet));
    return { text: boundText(operation.render(output as never, input), answerCharsMax), isError: false }; // rendered by the operation that made it
  } catch (error) {
    if (isAbort(error)) throw error;
    const remedy = error instanceof InspanError ? error.remedy : "inspan doctor";
    return { text: boundText(`${messageOf(error)}${remedy ? `\nNext: ${remedy}` : ""}`, answerCharsMax), isError: true };
  }
}

/** The read-only ones as tools of a session, standing in `cwd`. */
export function operationTools(operations: readonly AnyOperation[], context: OperationContext, cwd: string): readonly AgentTool[] {
  return agentTable(operations).filter((operation) => operation.readOnly).map((operation) => ({
    name: toolNameOf(operation), description: `${operation.summary}.`, inputSchema: toolSchemaOf(operation),
    execute: (input, signal) => callOperation(operation, input, { ...context, cwd, signal: AbortSignal.any([context.signal, signal]) }),
  }));
}
