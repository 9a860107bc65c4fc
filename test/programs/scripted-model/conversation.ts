// What a script sees and says: one form for all three wires. Knows no HTTP and no wire.

export type WireName = "responses" | "chat" | "messages" | "gemini";

export type ConversationMessage =
  | { readonly kind: "user" | "developer" | "assistant"; readonly text: string }
  | { readonly kind: "call"; readonly callId: string; readonly tool: string; readonly arguments: string }
  | { readonly kind: "result"; readonly callId: string; readonly tool: string; readonly text: string };

export interface ToolResult {
  readonly callId: string;
  readonly tool: string;
  /** The arguments of the call that it answers, as sent. */
  readonly arguments: string;
  readonly text: string;
}

/** One request as a script sees it; the same for every wire. */
export interface Conversation {
  readonly wire: WireName;
  /** Tells conversations apart: a session header where the client sends one, else a hash of system and first user text. */
  readonly key: string;
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ConversationMessage[];
  /** Names; a tool of a namespace is "namespace/name". */
  readonly toolsOffered: readonly string[];
  /** Tools that take free text instead of JSON (Codex's apply_patch). */
  readonly freeformTools: readonly string[];
  readonly lastUserText: string;
  /** All of the conversation, oldest first. */
  readonly toolResults: readonly ToolResult[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Tokens as a script may set them; by default they follow from the lengths of the texts. */
export interface StepUsage {
  readonly inputTokens: number;
  /** Part of inputTokens. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** Part of outputTokens. */
  readonly reasoningTokens: number;
}

export interface StepCall {
  readonly tool: string;
  /** An object is sent as JSON; a string as it is, so that a script can send broken JSON. */
  readonly arguments: Readonly<Record<string, unknown>> | string;
}

export type AnswerStep =
  | { readonly kind: "text"; readonly text: string; readonly reasoning?: string; readonly usage?: StepUsage }
  | { readonly kind: "calls"; readonly calls: readonly StepCall[]; readonly text?: string; readonly reasoning?: string; readonly usage?: StepUsage };

export type FaultStep =
  | { readonly kind: "httpError"; readonly status: number; readonly message: string; readonly retryAfterSeconds?: number }
  /** Never answers; "headers" opens the stream first. */
  | { readonly kind: "hang"; readonly after: "nothing" | "headers" }
  /** "not-json": a data line that is no JSON. "cut": the stream ends in the middle. "reset": the connection breaks. */
  | { readonly kind: "malformed"; readonly how: "not-json" | "cut" | "reset" };

export type ModelStep =
  | AnswerStep
  | FaultStep
  | { readonly kind: "delay"; readonly ms: number; readonly then: ModelStep }
  /** A fault that passes: the same content gets `fault` `times` times, then `then`. The one step that counts, by content and not by request. */
  | { readonly kind: "flaky"; readonly times: number; readonly fault: FaultStep; readonly then: ModelStep };

/** Chooses the next step by content alone: two equal conversations get equal steps. */
export type Script = (conversation: Conversation) => ModelStep;

export function text(words: string, extra: { readonly reasoning?: string; readonly usage?: StepUsage } = {}): ModelStep {
  return { kind: "text", text: words, ...extra };
}

export function call(tool: string, args: StepCall["arguments"], extra: { readonly text?: string; readonly reasoning?: string; readonly usage?: StepUsage } = {}): ModelStep {
  return { kind: "calls", calls: [{ tool, arguments: args }], ...extra };
}

/** Messages from the last user message on: what happened in this turn. Steered text counts as a user message. */
export function sinceText(conversation: Conversation, userText: string): readonly ConversationMessage[] {
  const at = conversation.messages.findLastIndex((message) => message.kind === "user" && message.text.includes(userText));
  return at === -1 ? [] : conversation.messages.slice(at + 1);
}

/** Answers of the tool in this conversation, oldest first. */
export function resultsOf(conversation: Conversation, tool: string): readonly string[] {
  return conversation.toolResults.filter((result) => result.tool === tool).map((result) => result.text);
}

/** The text without `<untrusted source="CHANNEL…">…</untrusted>` blocks of these channels, also where the quotes are escaped. */
export function muteText(words: string, channels: readonly string[]): string {
  return words.replaceAll(/<untrusted source=\\?"([^"\\]*)\\?">[\s\S]*?<\/untrusted>/g, (block: string, source: string) =>
    (channels.some((channel) => source.startsWith(channel)) ? "" : block));
}

/** The conversation as a script sees it that is deaf on these channels. */
export function muteConversation(conversation: Conversation, channels: readonly string[]): Conversation {
  if (channels.length === 0) return conversation;
  return {
    ...conversation,
    system: muteText(conversation.system, channels),
    messages: conversation.messages.map((message) => ("text" in message ? { ...message, text: muteText(message.text, channels) } : message)),
    lastUserText: muteText(conversation.lastUserText, channels),
    toolResults: conversation.toolResults.map((result) => ({ ...result, text: muteText(result.text, channels) })),
  };
}
