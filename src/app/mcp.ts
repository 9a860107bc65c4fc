// The MCP server: what agents may call, as tools over standard input and output. Loaded late, because the SDK comes with it.
import { z } from "zod";
import { boundText } from "../base/text.ts";
import { InspanError, messageOf } from "../base/errors.ts";
import type { AnyOperation, OperationContext } from "../providers/index.ts";

/** Each schema is paid for by every session of an agent; more tools than this also make it choose worse. */
export const toolsMax = 12;
// An answer above this fills a model's window; the text says how much was left out.
const answerCharsMax = 40_000;
// More at once than an agent has reasons for; each may parse a whole repository.
const callsMax = 8;

export interface McpTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: { readonly type: "object" } & Readonly<Record<string, unknown>>;
  readonly annotations: { readonly readOnlyHint: boolean; readonly destructiveHint: boolean; readonly openWorldHint: boolean };
}

/** Operations that an agent may call, in the table's order. */
export function agentTable(operations: readonly AnyOperation[]): readonly AnyOperation[] {
  const table = operations.filter((operation) => operation.audience !== "person" && !operation.isCommandLineOnly);
  if (table.length > toolsMax) throw new Error(`BUG: expected at most ${toolsMax} operations for agents, got ${table.length}`);
  return table;
}

/** "worktree/list" becomes "worktree_list": clients take letters, digits, _ and - only. */
export function describeTool(operation: AnyOperation): McpTool {
  const { $schema: _, ...schema } = z.toJSONSchema(operation.input, { io: "input" });
  return {
    name: operation.name.replaceAll("/", "_"), description: `${operation.summary}.`, inputSchema: { ...schema, type: "object" },
    annotations: { readOnlyHint: operation.readOnly, destructiveHint: !operation.readOnly, openWorldHint: false },
  };
}

type Answer = { readonly content: { readonly type: "text"; readonly text: string }[]; readonly isError: boolean };
const answer = (text: string, isError: boolean): Answer => ({ content: [{ type: "text", text: boundText(text, answerCharsMax) }], isError });

/** Runs one tool; a failure is an answer with its remedy, so that the model can act on it. */
async function runTool(operation: AnyOperation, raw: unknown, context: OperationContext): Promise<Answer> {
  try {
    const parsed = operation.input.safeParse(raw ?? {});
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new InspanError("USAGE", `Cannot call "${operation.name.replaceAll("/", "_")}": ${issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : ""}${issue?.message ?? "wrong input"}.`, { kind: "usage", remedy: "call it with the input that its schema describes" });
    }
    const input = parsed.data as never; // parsed by this operation's own schema; see defineOperation()
    const output = await context.providers.telemetry.span(`operation ${operation.name}`, { operation: operation.name, caller: "mcp" }, () => operation.handler(input, context));
    return answer(operation.render(output as never, input), false); // rendered by the operation that made it
  } catch (error) {
    const remedy = error instanceof InspanError ? error.remedy : "inspan doctor";
    return answer(`${messageOf(error)}${remedy ? `\nNext: ${remedy}` : ""}`, true);
  }
}

/** Serves the operations on standard input and output until the input ends or the context's signal aborts. */
export async function runMcp(context: OperationContext, operations: readonly AnyOperation[]): Promise<{ readonly calls: number }> {
  const [{ Server }, { StdioServerTransport }, { CallToolRequestSchema, ListToolsRequestSchema }] = await Promise.all([
    import("@modelcontextprotocol/sdk/server/index.js"), import("@modelcontextprotocol/sdk/server/stdio.js"), import("@modelcontextprotocol/sdk/types.js"),
  ]);
  const table = new Map(agentTable(operations).map((operation) => [operation.name.replaceAll("/", "_"), operation]));
  const server = new Server({ name: "inspan", version: context.version }, { capabilities: { tools: {} } });
  const living = new Set<Promise<Answer>>();
  let calls = 0;
  server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: [...table.values()].map(describeTool) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const operation = table.get(params.name);
    if (!operation) return { ...answer(`Cannot call "${params.name}": no such tool, expected one of ${[...table.keys()].join(", ")}.`, true) };
    if (living.size >= callsMax) return { ...answer(`Cannot call "${params.name}": ${living.size} calls are running.\nNext: wait for one of them to end`, true) };
    calls += 1;
    const call = runTool(operation, params.arguments, { ...context, signal: AbortSignal.any([context.signal, extra.signal]), emit: () => undefined, progress: () => undefined, readStdin: async () => undefined });
    living.add(call);
    try { return { ...(await call) }; } finally { living.delete(call); }
  });
  const ended = new Promise<void>((done) => {
    process.stdin.once("end", done).once("close", done);
    context.signal.addEventListener("abort", () => done(), { once: true });
    server.onclose = () => done();
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await Promise.allSettled(living);
  await new Promise<void>((done) => setImmediate(done)); // the answers of those calls are written in the turn after
  await server.close();
  return { calls };
}
