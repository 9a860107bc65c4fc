// The client side of the Agent Client Protocol, version 1, as far as the driver speaks it: requests as types, messages parsed with tolerance.
// Source: agentclientprotocol.com. Knows no process. test/agents checks it against the protocol's own schema.
import { z } from "zod";

export const acpVersion = 1;

export interface AcpServer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}
interface SessionOptions { readonly cwd: string; readonly mcpServers: readonly AcpServer[]; readonly _meta?: Readonly<Record<string, unknown>> }

/** Requests that the driver sends, by method. */
export interface AcpRequests {
  initialize: {
    protocolVersion: typeof acpVersion;
    clientCapabilities: {
      fs: {
        readTextFile: false;
        writeTextFile: false;
      }
      terminal: false;
    }
    clientInfo: {
      name: string;
      title: string;
      version: string;
    }
  }
  authenticate: { methodId: string };
  "session/new": SessionOptions;
  "session/load": SessionOptions & { sessionId: string };
  "session/resume": SessionOptions & { sessionId: string };
  "session/set_mode": { sessionId: string; modeId: string };
  "session/prompt": { sessionId: string; prompt: { type: "text"; text: string }[] };
}

export const InitializeResult = z.looseObject({
  protocolVersion: z.number(),
  agentCapabilities: z
    .looseObject({ loadSession: z.boolean().catch(false), sessionCapabilities: z.looseObject({ resume: z.unknown().optional() }).catch({}) })
    .catch({ loadSession: false, sessionCapabilities: {} }),
  agentInfo: z.looseObject({ name: z.string(), version: z.string() }).nullish().catch(null),
});
export const SessionResult = z.looseObject({ sessionId: z.string().min(1) });
export const PromptResult = z.looseObject({ stopReason: z.enum(["end_turn", "max_tokens", "max_turn_requests", "refusal", "cancelled"]) });

const Location = z.looseObject({ path: z.string() });
const Content = z.looseObject({ type: z.string(), path: z.string().optional(), content: z.looseObject({ type: z.string(), text: z.string().optional() }).optional() });
/** A call as it is told first, and what is told of it later; later fields are laid over. */
export const ToolCall = z.looseObject({
  toolCallId: z.string(),
  title: z.string().nullish(), name: z.string().nullish(), kind: z.string().nullish(), status: z.string().nullish(),
  content: z.array(Content).nullish().catch(undefined), locations: z.array(Location).nullish().catch(undefined),
  rawInput: z.unknown().optional(), rawOutput: z.unknown().optional(),
  _meta: z.record(z.string(), z.unknown()).nullish().catch(undefined),
});
export type ToolCall = z.infer<typeof ToolCall>;

export const PermissionParams = z.looseObject({
  sessionId: z.string(), toolCall: ToolCall,
  options: z.array(z.looseObject({ optionId: z.string(), kind: z.string() })),
});
export type PermissionParams = z.infer<typeof PermissionParams>;

const Chunk = z.looseObject({ content: z.looseObject({ type: z.string(), text: z.string().optional() }) });
const UpdateParams = z.looseObject({ sessionId: z.string(), update: z.looseObject({ sessionUpdate: z.string() }) });

export type AcpUpdate =
  | { readonly kind: "message" | "thought"; readonly text: string }
  | { readonly kind: "tool"; readonly call: ToolCall };

/** An update of this session that the driver acts on; undefined for all others, unknown and malformed ones included. */
export function parseUpdate(method: string, params: unknown, sessionId: string): AcpUpdate | undefined {
  const parsed = method === "session/update" ? UpdateParams.safeParse(params) : undefined;
  if (parsed?.data === undefined || parsed.data.sessionId !== sessionId) return undefined;
  const { update } = parsed.data;
  switch (update.sessionUpdate) {
    case "agent_message_chunk":
    case "agent_thought_chunk": {
      const text = Chunk.safeParse(update).data?.content.text;
      return text === undefined ? undefined : { kind: update.sessionUpdate === "agent_message_chunk" ? "message" : "thought", text };
    }
    case "tool_call":
    case "tool_call_update": {
      const call = ToolCall.safeParse(update);
      return call.success ? { kind: "tool", call: call.data } : undefined;
    }
    default: return undefined;
  }
}
