// One request to the model, streamed and collected: an answer, or why there is none. Never retries, never runs a tool, never rejects.
import type { ModelMessage, ToolSet } from "ai";
import { messageOf } from "../../../../base/errors.ts";
import type { Price, Usage } from "../../../model/index.ts";
import { costOfUsage } from "../../../model/index.ts";
import type { BuiltinConfig } from "../../config.ts";
import type { AssistantPart, HistoryEntry } from "../../repo/history-format.ts";
import type { ModelFailure } from "../../service/loop.ts";
import type { PreparedModel } from "./model.ts";

export interface ToolOffer { readonly name: string; readonly description: string; readonly inputSchema: Readonly<Record<string, unknown>> }

export interface ModelRequest {
  readonly prepared: PreparedModel;
  readonly instructions: string;
  readonly entries: readonly HistoryEntry[];
  readonly tools: readonly ToolOffer[];
  readonly effort: BuiltinConfig["effort"];
  readonly outputTokensMax: number | undefined;
  readonly price: Price | undefined;
  readonly signal: AbortSignal;
}

export type ModelAnswer =
  | { readonly kind: "answer"; readonly parts: readonly AssistantPart[]; readonly usage: Usage; readonly isCut: boolean;
    /** Calls whose arguments were no JSON object, with the text that came instead. */
    readonly brokenCalls: ReadonlyMap<string, string> }
  | { readonly kind: "failed"; readonly failure: ModelFailure };

const silenceMsMax = 300_000; // a server that holds the connection without a byte would hold the turn up to its whole time

/** History entries in the form of the `ai` package; neighbouring results become one message. */
function renderMessages(entries: readonly HistoryEntry[], cacheMark: PreparedModel["cacheMark"]): ModelMessage[] {
  const messages: ModelMessage[] = [];
  for (const entry of entries) {
    if (entry.kind === "user") messages.push({ role: "user", content: entry.text });
    if (entry.kind === "assistant") {
      // The provider data was written by the same package; it is plain JSON.
      messages.push({ role: "assistant", content: entry.parts.map((part) => {
        const data = part.providerData === undefined ? {} : { providerOptions: part.providerData as NonNullable<ModelMessage["providerOptions"]> }; // as said above
        return part.kind === "call" ? { type: "tool-call", toolCallId: part.callId, toolName: part.tool, input: part.input, ...data } : { type: part.kind, text: part.text, ...data };
      }) });
    }
    if (entry.kind === "result") {
      const part = { type: "tool-result", toolCallId: entry.callId, toolName: entry.tool, output: { type: entry.isError ? "error-text" : "text", value: entry.text } } as const;
      const last = messages.at(-1);
      if (last?.role === "tool") last.content.push(part);
      else messages.push({ role: "tool", content: [part] });
    }
  }
  const last = messages.at(-1);
  if (last !== undefined && cacheMark !== undefined) last.providerOptions = { ...cacheMark };
  return messages;
}

/** The packages' errors, read by their form: each provider wraps them a little differently. */
function describeFailure(error: unknown): ModelFailure {
  const record: Readonly<Record<string, unknown>> = typeof error === "object" && error !== null ? error as Readonly<Record<string, unknown>> : {}; // any object can be read by key
  const status = typeof record["statusCode"] === "number" ? record["statusCode"] : undefined;
  const headers = typeof record["responseHeaders"] === "object" && record["responseHeaders"] !== null ? record["responseHeaders"] as Readonly<Record<string, unknown>> : {}; // as above
  const retryAfter = Number(headers["retry-after"]);
  const nested = typeof record["message"] === "string" ? record["message"] : typeof record["error"] === "object" ? JSON.stringify(record["error"]) : undefined;
  return {
    status,
    retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter >= 0 && headers["retry-after"] !== undefined ? retryAfter : undefined,
    message: (nested ?? messageOf(error)).slice(0, 1_000),
    isConnection: true,
  };
}

interface StreamUsage { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined; readonly inputTokenDetails: { readonly cacheReadTokens: number | undefined }; readonly outputTokenDetails: { readonly reasoningTokens: number | undefined } }

function readUsage(usage: StreamUsage, price: Price | undefined): Usage {
  const count = (value: number | undefined): number => (value !== undefined && Number.isFinite(value) && value > 0 ? Math.round(value) : 0);
  const isKnown = usage.inputTokens !== undefined && usage.outputTokens !== undefined;
  const tokens = {
    inputTokens: count(usage.inputTokens), cachedInputTokens: Math.min(count(usage.inputTokens), count(usage.inputTokenDetails.cacheReadTokens)),
    outputTokens: count(usage.outputTokens), reasoningTokens: Math.min(count(usage.outputTokens), count(usage.outputTokenDetails.reasoningTokens)),
  };
  return { ...tokens, costUsd: price === undefined || !isKnown ? null : costOfUsage(tokens, price), source: isKnown ? "wire" : "unknown" };
}

type MutablePart = { kind: "text" | "reasoning"; text: string; providerData?: Record<string, Record<string, unknown>> };
type Metadata = Readonly<Record<string, unknown>> | undefined;

/** Puts streamed pieces together in the order in which they began. */
class PartCollector {
  readonly brokenCalls = new Map<string, string>();
  readonly #parts: (MutablePart | Extract<AssistantPart, { kind: "call" }>)[] = [];
  readonly #open = new Map<string, MutablePart>();

  start(kind: "text" | "reasoning", id: string, metadata: Metadata): void {
    const part: MutablePart = { kind, text: "" };
    this.#open.set(`${kind}:${id}`, part);
    this.#parts.push(part);
    this.#note(part, metadata);
  }

  delta(kind: "text" | "reasoning", id: string, text: string, metadata: Metadata): void {
    const part = this.#open.get(`${kind}:${id}`);
    if (part === undefined) return;
    part.text += text;
    this.#note(part, metadata);
  }

  call(callId: string, tool: string, input: unknown, metadata: Metadata): void {
    const isRecord = typeof input === "object" && input !== null && !Array.isArray(input);
    if (!isRecord) this.brokenCalls.set(callId, typeof input === "string" ? input : JSON.stringify(input) ?? "");
    const part = { kind: "call", callId, tool, input: isRecord ? input as Record<string, unknown> : {} } as const; // checked in isRecord
    this.#parts.push(metadata === undefined ? part : { ...part, providerData: metadata as Record<string, Record<string, unknown>> }); // metadata is keyed by provider
  }

  #note(part: MutablePart, metadata: Metadata): void {
    if (metadata !== undefined) part.providerData = metadata as Record<string, Record<string, unknown>>; // as above
  }

  /** Without empty texts; an empty reasoning part stays where it carries sealed data. */
  parts(): readonly AssistantPart[] {
    return this.#parts.filter((part) => part.kind === "call" || part.text !== "" || (part.kind === "reasoning" && part.providerData !== undefined));
  }
}

async function collect(request: ModelRequest, signal: AbortSignal, onPart: () => void): Promise<ModelAnswer> {
  const { jsonSchema, streamText } = await import("ai");
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false }); // the package's one switch; it would print to our standard error
  const tools: ToolSet = Object.fromEntries(request.tools.map((tool) => [tool.name, { description: tool.description, inputSchema: jsonSchema(tool.inputSchema) }]));
  const mark = request.prepared.cacheMark;
  const result = streamText({
    model: request.prepared.model,
    instructions: { role: "system", content: request.instructions, ...(mark === undefined ? {} : { providerOptions: { ...mark } }) },
    messages: renderMessages(request.entries, mark),
    tools,
    maxRetries: 0,
    abortSignal: signal,
    ...(request.effort === undefined ? {} : { reasoning: request.effort }),
    ...(request.outputTokensMax === undefined ? {} : { maxOutputTokens: request.outputTokensMax }),
    providerOptions: { ...request.prepared.providerOptions },
    onError: () => {}, // the default prints to the console; the error comes as a part of the stream, too
  });
  const collector = new PartCollector();
  let failure: ModelFailure | undefined;
  let end: { usage: Usage; reason: string; hasRawReason: boolean } | undefined;
  for await (const part of result.fullStream) {
    onPart();
    switch (part.type) {
      case "text-start": collector.start("text", part.id, part.providerMetadata); break;
      case "text-delta": collector.delta("text", part.id, part.text, part.providerMetadata); break;
      case "text-end": collector.delta("text", part.id, "", part.providerMetadata); break;
      case "reasoning-start": collector.start("reasoning", part.id, part.providerMetadata); break;
      case "reasoning-delta": collector.delta("reasoning", part.id, part.text, part.providerMetadata); break;
      case "reasoning-end": collector.delta("reasoning", part.id, "", part.providerMetadata); break;
      case "tool-call": collector.call(part.toolCallId, part.toolName, part.input, part.providerMetadata); break;
      case "finish-step": end = { usage: readUsage(part.usage, request.price), reason: part.finishReason, hasRawReason: part.rawFinishReason !== undefined }; break;
      case "error": failure ??= describeFailure(part.error); break;
      default: // progress of inputs, sources and the like say nothing that the parts above do not
    }
  }
  if (failure !== undefined) return { kind: "failed", failure };
  const ended = (message: string, isConnection: boolean): ModelAnswer => ({ kind: "failed", failure: { status: undefined, retryAfterSeconds: undefined, message, isConnection } });
  if (end === undefined) return ended("the answer of the model ended early", true);
  if (end.reason === "content-filter") return ended("the provider's content filter stopped the answer", false);
  // "other" with a reason of the provider's own is a whole answer; "other" without one, "interrupted" and "error" are torn streams.
  if (!["stop", "tool-calls", "length"].includes(end.reason) && !(end.reason === "other" && end.hasRawReason)) return ended("the answer of the model ended early", true);
  return { kind: "answer", parts: collector.parts(), usage: end.usage, isCut: end.reason === "length", brokenCalls: collector.brokenCalls };
}

/** Sends one request and collects its stream. Aborting closes the connection; the answer is then a failure that the caller tells by its signal. */
export async function callModel(request: ModelRequest): Promise<ModelAnswer> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const restart = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), silenceMsMax);
  };
  restart();
  try {
    const answer = await collect(request, AbortSignal.any([request.signal, silence.signal]), restart);
    if (!silence.signal.aborted) return answer;
    return { kind: "failed", failure: { status: undefined, retryAfterSeconds: undefined, message: `the model was silent for ${silenceMsMax / 1_000} s`, isConnection: true } };
  } catch (error) {
    return { kind: "failed", failure: describeFailure(error) };
  } finally { clearTimeout(timer); }
}
