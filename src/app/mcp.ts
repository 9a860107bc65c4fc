// The MCP server: what agents may call, as tools over standard input and output. Loaded late, because the SDK comes with it.
import { messageOf } from "../base/errors.ts";
import { agentTable, callOperation, toolNameOf, toolSchemaOf } from "../domains/agent/runtime/index.ts";
import type { AnyOperation, OperationContext } from "../providers/index.ts";

// More at once than an agent has reasons for; each may parse a whole repository.
const callsMax = 8;

export interface McpTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: { readonly type: "object" } & Readonly<Record<string, unknown>>;
  /** What is not read-only counts as destructive where nothing else is said. */
  readonly annotations: { readonly readOnlyHint: boolean; readonly openWorldHint: boolean };
}

export function describeTool(operation: AnyOperation): McpTool {
  return {
    name: toolNameOf(operation), description: `${operation.summary}.`, inputSchema: toolSchemaOf(operation),
    annotations: { readOnlyHint: operation.readOnly, openWorldHint: false },
  };
}

type Answer = { readonly content: { readonly type: "text"; readonly text: string }[]; readonly isError: boolean };
const answer = (text: string, isError: boolean): Answer => ({ content: [{ type: "text", text }], isError });

/** Runs one tool; a cancelled call is an answer too, which nobody reads. */
async function runTool(operation: AnyOperation, raw: unknown, context: OperationContext): Promise<Answer> {
  try {
    const { text, isError } = await callOperation(operation, raw, context);
    return answer(text, isError);
  } catch (error) { return answer(messageOf(error), true); }
}

/** Serves the operations on standard input and output until the input ends or the context's signal aborts. */
export async function runMcp(context: OperationContext, operations: readonly AnyOperation[]): Promise<{ readonly calls: number }> {
  const [{ Server }, { StdioServerTransport }, { CallToolRequestSchema, ListToolsRequestSchema }] = await Promise.all([
    import("@modelcontextprotocol/sdk/server/index.js"), import("@modelcontextprotocol/sdk/server/stdio.js"), import("@modelcontextprotocol/sdk/types.js"),
  ]);
  const table = new Map(agentTable(operations).map((operation) => [toolNameOf(operation), operation]));
  const server = new Server({ name: "inspan", version: context.version }, { capabilities: { tools: {} } });
  const living = new Set<Promise<Answer>>();
  let calls = 0;
  server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: [...table.values()].map(describeTool) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const operation = table.get(params.name);
    if (!operation) return { ...answer(`Cannot call "${params.name}": no such tool, expected one of ${[...table.keys()].join(", ")}.`, true) };
    if (living.size >= callsMax) return { ...answer(`Cannot call "${params.name}": ${living.size} calls are running.\nNext: wait for one of them to end`, true) };
    calls += 1;
    const call = runTool(operation, params.arguments, { ...context, signal: AbortSignal.any([context.signal, extra.signal])});
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
