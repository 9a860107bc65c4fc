// The small part of Codex's app-server protocol that the driver speaks: requests as types, messages parsed with tolerance.
// Knows no process. test/agents checks both against the types that the pinned Codex generates.
import { z } from "zod";

/** Newest first in neither sense: what the driver was proved with, and the oldest that it accepts. */
export const codexVersion = "0.169.0";

export interface TextInput { readonly type: "text"; readonly text: string; readonly text_elements: [] }
export const textInput = (text: string): TextInput => ({ type: "text", text, text_elements: [] });

/** `on-request`: the agent may ask for more than its walls allow. */
export type CodexApprovalPolicy = "never" | "on-request";

interface ThreadOptions {
  cwd: string;
  approvalPolicy: CodexApprovalPolicy;
  sandbox: "read-only" | "workspace-write" | "danger-full-access";
  developerInstructions: string;
}

/** Requests that the driver sends, by method. */
export interface CodexRequests {
  initialize: { clientInfo: { name: string; title: string; version: string }; capabilities: { experimentalApi: true; requestAttestation: false } };
  "hooks/list": { cwds: string[] };
  "config/batchWrite": { edits: { keyPath: string; value: Record<string, { trusted_hash: string }>; mergeStrategy: "upsert" }[]; reloadUserConfig: true };
  "thread/start": ThreadOptions & { dynamicTools: { type: "function"; name: string; description: string; inputSchema: JsonValue }[] };
  "thread/resume": ThreadOptions & { threadId: string; excludeTurns: true };
  "turn/start": { threadId: string; input: TextInput[]; sandboxPolicy: CodexSandboxPolicy; approvalPolicy: CodexApprovalPolicy; additionalContext: Record<string, { kind: "application"; value: string }> | null };
  "turn/steer": { threadId: string; expectedTurnId: string; input: TextInput[] };
  "turn/interrupt": { threadId: string; turnId: string };
  "thread/backgroundTerminals/clean": { threadId: string };
}

export type CodexSandboxPolicy =
  | { type: "dangerFullAccess" }
  | { type: "readOnly"; networkAccess: boolean }
  | { type: "workspaceWrite"; writableRoots: string[]; networkAccess: boolean; excludeTmpdirEnvVar: boolean; excludeSlashTmp: boolean };

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

export type CodexDecision = "accept" | "acceptForSession" | "decline";

/** Answers of the driver to requests of Codex, by method. Every other request is refused as unknown. */
export interface CodexAnswers {
  "item/tool/call": { success: boolean; contentItems: { type: "inputText"; text: string }[] };
  "item/commandExecution/requestApproval": { decision: CodexDecision };
  "item/fileChange/requestApproval": { decision: CodexDecision };
  "item/permissions/requestApproval": { permissions: Record<string, never>; scope: "turn" };
  "item/tool/requestUserInput": { answers: Record<string, never> };
  "mcpServer/elicitation/request": { action: "decline"; content: null; _meta: null };
}

/** What is asked for a command: as it is, or with more than the walls allow. Older servers do not say which kind. */
export const CommandApprovalParams = z.looseObject({
  itemId: z.string(), kind: z.string().nullish(), command: z.string().nullish(), reason: z.string().nullish(),
  networkApprovalContext: z.unknown().optional(), additionalPermissions: z.unknown().optional(),
});
export type CommandApprovalParams = z.infer<typeof CommandApprovalParams>;
export const FileApprovalParams = z.looseObject({ itemId: z.string(), reason: z.string().nullish(), grantRoot: z.string().nullish() });
export type FileApprovalParams = z.infer<typeof FileApprovalParams>;

const LimitWindow = z.looseObject({ usedPercent: z.number(), windowDurationMins: z.number().nullish(), resetsAt: z.number().nullish() });
export const RateLimitsParams = z.looseObject({
  rateLimits: z.looseObject({ primary: LimitWindow.nullish(), secondary: LimitWindow.nullish(), rateLimitReachedType: z.unknown().optional() }),
});
export type RateLimits = z.infer<typeof RateLimitsParams>["rateLimits"];

export const InitializeResult = z.looseObject({ userAgent: z.string() });
export const HooksListResult = z.looseObject({
  data: z.array(z.looseObject({ hooks: z.array(z.looseObject({ key: z.string(), eventName: z.string(), currentHash: z.string(), trustStatus: z.string(), source: z.string() })) })),
});
export const ThreadResult = z.looseObject({ thread: z.looseObject({ id: z.string() }) });
export const TurnStartResult = z.looseObject({ turn: z.looseObject({ id: z.string() }) });

export const ToolCallParams = z.looseObject({ threadId: z.string(), callId: z.string(), tool: z.string(), arguments: z.unknown() });

const CommandItem = z.looseObject({
  type: z.literal("commandExecution"), id: z.string(), command: z.string(), status: z.string(),
  aggregatedOutput: z.string().nullish(), exitCode: z.number().nullish(), durationMs: z.number().nullish(),
});
const FileChangeItem = z.looseObject({
  type: z.literal("fileChange"), id: z.string(), status: z.string(),
  changes: z.array(z.looseObject({ path: z.string() })),
});
const DynamicToolItem = z.looseObject({
  type: z.literal("dynamicToolCall"), id: z.string(), tool: z.string(), status: z.string(), success: z.boolean().nullish(), durationMs: z.number().nullish(),
  contentItems: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })).nullish(),
});
const McpItem = z.looseObject({
  type: z.literal("mcpToolCall"), id: z.string(), server: z.string(), tool: z.string(), status: z.string(), durationMs: z.number().nullish(),
});
const MessageItem = z.looseObject({ type: z.literal("agentMessage"), id: z.string(), text: z.string() });
const ReasoningItem = z.looseObject({ type: z.literal("reasoning"), id: z.string(), summary: z.array(z.string()), content: z.array(z.string()) });

/** Kinds of items that say nothing to us are left out by `parseItem`. */
export const CodexItem = z.discriminatedUnion("type", [CommandItem, FileChangeItem, DynamicToolItem, McpItem, MessageItem, ReasoningItem]);
export type CodexItem = z.infer<typeof CodexItem>;

const times = { startedAtMs: z.number().nullish(), completedAtMs: z.number().nullish() };
export const ItemParams = z.looseObject({ threadId: z.string(), turnId: z.string(), item: z.looseObject({ type: z.string(), ...times }) });

const Breakdown = z.looseObject({ inputTokens: z.number(), cachedInputTokens: z.number(), outputTokens: z.number(), reasoningOutputTokens: z.number() });
export type UsageBreakdown = z.infer<typeof Breakdown>;
export const TokenUsageParams = z.looseObject({ threadId: z.string(), turnId: z.string(), tokenUsage: z.looseObject({ last: Breakdown, total: Breakdown }) });

/** `codexErrorInfo` is a word, or an object of one word whose value may hold an HTTP status. */
const TurnErrorShape = z.looseObject({ message: z.string(), codexErrorInfo: z.unknown(), additionalDetails: z.string().nullish() });
export type CodexTurnError = z.infer<typeof TurnErrorShape>;
export const ErrorParams = z.looseObject({ threadId: z.string(), turnId: z.string(), willRetry: z.boolean(), error: TurnErrorShape });
export const TurnCompletedParams = z.looseObject({
  threadId: z.string(),
  // A newer Codex may know other endings; one that is not understood is a failure, never a turn without an end.
  turn: z.looseObject({ id: z.string(), status: z.string(), error: TurnErrorShape.nullish().catch(undefined) }),
});

export type CodexNotification =
  | { readonly kind: "item-started" | "item-completed"; readonly item: CodexItem; readonly durationMs: number }
  | { readonly kind: "usage"; readonly last: UsageBreakdown }
  | { readonly kind: "error"; readonly willRetry: boolean; readonly error: CodexTurnError }
  | { readonly kind: "turn-completed"; readonly turnId: string; readonly status: string; readonly error: CodexTurnError | undefined }
  | { readonly kind: "rate-limits"; readonly limits: RateLimits };

/** A notification about this thread that the driver acts on; undefined for all others, unknown and malformed ones included. */
export function parseNotification(method: string, params: unknown, threadId: string): CodexNotification | undefined {
  if (method === "account/rateLimits/updated") { // of the login, so of no thread
    const parsed = RateLimitsParams.safeParse(params);
    return parsed.success ? { kind: "rate-limits", limits: parsed.data.rateLimits } : undefined;
  }
  const owner = z.looseObject({ threadId: z.string() }).safeParse(params);
  if (!owner.success || owner.data.threadId !== threadId) return undefined;
  switch (method) {
    case "item/started":
    case "item/completed": {
      const parsed = ItemParams.safeParse(params);
      const item = CodexItem.safeParse(parsed.data?.item);
      if (!parsed.success || !item.success) return undefined;
      const { startedAtMs, completedAtMs } = parsed.data.item;
      return { kind: method === "item/started" ? "item-started" : "item-completed", item: item.data, durationMs: startedAtMs && completedAtMs ? completedAtMs - startedAtMs : 0 };
    }
    case "thread/tokenUsage/updated": {
      const parsed = TokenUsageParams.safeParse(params);
      return parsed.success ? { kind: "usage", last: parsed.data.tokenUsage.last } : undefined;
    }
    case "error": {
      const parsed = ErrorParams.safeParse(params);
      return parsed.success ? { kind: "error", willRetry: parsed.data.willRetry, error: parsed.data.error } : undefined;
    }
    case "turn/completed": {
      const parsed = TurnCompletedParams.safeParse(params);
      if (!parsed.success) return undefined;
      const { id, status, error } = parsed.data.turn;
      return { kind: "turn-completed", turnId: id, status, error: error ?? undefined };
    }
    default: return undefined;
  }
}
