// The Model Context Protocol as far as a server of tools needs it: which answer a message gets, as text. Pure; the calls themselves are runtime's.
// Source: modelcontextprotocol.io, revision 2025-11-25; older clients get the revision that they ask for.
import { z } from "zod";

const Message = z.looseObject({ jsonrpc: z.literal("2.0"), id: z.union([z.string(), z.number()]).optional(), method: z.string().optional(), params: z.unknown().optional() });
const InitializeParams = z.looseObject({ protocolVersion: z.string() });
const CallParams = z.looseObject({ name: z.string(), arguments: z.unknown().optional() });

export type McpId = string | number;
export interface McpTool { readonly name: string; readonly description: string; readonly inputSchema: Readonly<Record<string, unknown>> }

export type McpQuestion =
  | { readonly kind: "answer"; readonly text: string }
  /** A notification, or an answer to a question that we never ask. */
  | { readonly kind: "silence" }
  | { readonly kind: "call"; readonly id: McpId; readonly tool: string; readonly input: unknown };

const latestVersion = "2025-11-25";
const answer = (id: McpId, result: unknown): McpQuestion => ({ kind: "answer", text: JSON.stringify({ jsonrpc: "2.0", id, result }) });

function failure(id: McpId | null, code: number, message: string): McpQuestion {
  return { kind: "answer", text: JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } }) };
}

/** What one message asks for. Anything that is no message gets the protocol's own error. */
export function readMcpMessage(text: string, tools: readonly McpTool[], instructions: string): McpQuestion {
  let json: unknown;
  try { json = JSON.parse(text); } catch { return failure(null, -32_700, "Parse error"); } // told to the client
  const parsed = Message.safeParse(json);
  if (!parsed.success) return failure(null, -32_600, "Invalid request");
  const { id, method, params } = parsed.data;
  if (id === undefined || method === undefined) return { kind: "silence" };
  switch (method) {
    case "initialize":
      return answer(id, {
        protocolVersion: InitializeParams.safeParse(params).data?.protocolVersion ?? latestVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "inspan", version: "1" },
        instructions,
      });
    case "ping": return answer(id, {});
    case "tools/list": return answer(id, { tools: tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema: { ...inputSchema, type: "object" } })) });
    case "tools/call": {
      const call = CallParams.safeParse(params);
      return call.success ? { kind: "call", id, tool: call.data.name, input: call.data.arguments ?? {} } : failure(id, -32_602, "expected a name");
    }
    default: return failure(id, -32_601, `no method ${method.slice(0, 100)}`);
  }
}

/** The answer to a call. */
export function renderMcpResult(id: McpId, result: { readonly text: string; readonly isError: boolean }): string {
  return JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: result.text }], isError: result.isError } });
}
