// One request to the model, streamed and collected: an answer, or why there is none. What it costs, the relay counts. Never retries, never runs a tool, never rejects.
import type { BuiltinConfig } from "../../config.ts";
import type { AssistantPart, HistoryEntry } from "../../repo/history-format.ts";
import type { ModelFailure } from "../../service/loop.ts";
import { describeFailure } from "./model-failure.ts";
import { renderPrompt, renderTools } from "./model-prompt.ts";
import type { ToolOffer } from "./model-prompt.ts";
import type { ModelCallOptions, ModelStreamPart, PreparedModel } from "./model.ts";

export interface ModelRequest {
  readonly prepared: PreparedModel;
  readonly instructions: string;
  readonly entries: readonly HistoryEntry[];
  readonly tools: readonly ToolOffer[];
  readonly effort: BuiltinConfig["effort"];
  readonly outputTokensMax: number | undefined;
  readonly signal: AbortSignal;
}

export type ModelAnswer =
  | { readonly kind: "answer"; readonly parts: readonly AssistantPart[]; readonly isCut: boolean;
    /** Calls whose arguments were no JSON object, with the text that came instead. */
    readonly brokenCalls: ReadonlyMap<string, string> }
  | { readonly kind: "failed"; readonly failure: ModelFailure };

const silenceMsMax = 300_000; // a server that holds the connection without a byte would hold the turn up to its whole time

type StreamEnd = Extract<ModelStreamPart, { type: "finish" }>;

/** The arguments of a call, or undefined where they are no JSON object. Models send an empty text for a call without arguments. */
function parseInput(text: string): Record<string, unknown> | undefined {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text, (key, inner: unknown) => {
      if (key === "__proto__") throw new SyntaxError("a key that would change the prototype of whatever the input is copied into");
      return inner;
    });
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined; // just checked
  } catch { return undefined; } // broken text: the caller shows it to the model
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

  call(callId: string, tool: string, text: string, metadata: Metadata): void {
    const input = parseInput(text);
    if (input === undefined) this.brokenCalls.set(callId, text);
    const part = { kind: "call", callId, tool, input: input ?? {} } as const;
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

function renderRequest(request: ModelRequest, signal: AbortSignal): ModelCallOptions {
  const { prepared, tools, effort, outputTokensMax } = request;
  return {
    prompt: renderPrompt(request.instructions, request.entries, prepared.cacheMark),
    ...(tools.length === 0 ? {} : { tools: renderTools(tools), toolChoice: { type: "auto" } }),
    ...(effort === undefined ? {} : { reasoning: effort }),
    ...(outputTokensMax === undefined ? {} : { maxOutputTokens: outputTokensMax }),
    providerOptions: { ...prepared.providerOptions },
    abortSignal: signal,
  };
}

async function collect(request: ModelRequest, signal: AbortSignal, onPart: () => void): Promise<ModelAnswer> {
  const { stream } = await request.prepared.model.doStream(renderRequest(request, signal));
  const collector = new PartCollector();
  let failure: ModelFailure | undefined;
  let end: StreamEnd | undefined;
  for await (const part of stream) {
    onPart();
    switch (part.type) {
      case "text-start": collector.start("text", part.id, part.providerMetadata); break;
      case "text-delta": collector.delta("text", part.id, part.delta, part.providerMetadata); break;
      case "text-end": collector.delta("text", part.id, "", part.providerMetadata); break;
      case "reasoning-start": collector.start("reasoning", part.id, part.providerMetadata); break;
      case "reasoning-delta": collector.delta("reasoning", part.id, part.delta, part.providerMetadata); break;
      case "reasoning-end": collector.delta("reasoning", part.id, "", part.providerMetadata); break;
      case "tool-call": collector.call(part.toolCallId, part.toolName, part.input, part.providerMetadata); break;
      case "finish": end = part; break;
      case "error": failure ??= describeFailure(part.error); break;
      default: // progress of inputs, sources and the like say nothing that the parts above do not
    }
  }
  if (failure !== undefined) return { kind: "failed", failure };
  const ended = (message: string, isConnection: boolean): ModelAnswer => ({ kind: "failed", failure: { status: undefined, retryAfterSeconds: undefined, message, isConnection } });
  if (end === undefined) return ended("the answer of the model ended early", true);
  const { unified: reason, raw } = end.finishReason;
  if (reason === "content-filter") return ended("the provider's content filter stopped the answer", false);
  // "other" with a reason of the provider's own is a whole answer; "other" without one, "interrupted" and "error" are torn streams.
  if (!["stop", "tool-calls", "length"].includes(reason) && !(reason === "other" && raw !== undefined)) return ended("the answer of the model ended early", true);
  return { kind: "answer", parts: collector.parts(), isCut: reason === "length", brokenCalls: collector.brokenCalls };
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
  let answer: ModelAnswer;
  try {
    answer = await collect(request, AbortSignal.any([request.signal, silence.signal]), restart);
  } catch (error) {
    answer = { kind: "failed", failure: describeFailure(error) };
  } finally { clearTimeout(timer); }
  if (!silence.signal.aborted) return answer;
  return { kind: "failed", failure: { status: undefined, retryAfterSeconds: undefined, message: `the model was silent for ${silenceMsMax / 1_000} s`, isConnection: true } };
}
