// An answer step in each wire's own form: the whole document, and the events that stream it. Knows no HTTP server and no script.
import type { AnswerStep, Conversation, StepCall, StepUsage, WireName } from "./conversation.ts";

export interface WireEvent { readonly event?: string; readonly data: unknown }
export interface WireAnswer { readonly document: unknown; readonly events: readonly WireEvent[] }

interface AnswerParts {
  readonly id: string;
  readonly model: string;
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly (StepCall & { readonly callId: string; readonly isFreeform: boolean })[];
  readonly usage: StepUsage;
}

const tokensOf = (words: string): number => Math.ceil(words.length / 4);
const argumentsText = (args: StepCall["arguments"]): string => (typeof args === "string" ? args : JSON.stringify(args));

/** Tokens that follow from the texts: all that came before the last answer of the model counts as cached. */
export function defaultUsage(conversation: Conversation, step: AnswerStep): StepUsage {
  const length = (messages: Conversation["messages"]) => messages.reduce((sum, message) => sum + tokensOf("text" in message ? message.text : message.arguments), 0);
  const lastOwn = conversation.messages.findLastIndex((message) => message.kind === "assistant" || message.kind === "call");
  const systemTokens = tokensOf(conversation.system);
  const reasoningTokens = tokensOf(step.reasoning ?? "");
  const callTokens = step.kind === "calls" ? step.calls.reduce((sum, one) => sum + tokensOf(argumentsText(one.arguments)) + 4, 0) : 0;
  return {
    inputTokens: systemTokens + length(conversation.messages),
    cachedInputTokens: lastOwn === -1 ? 0 : systemTokens + length(conversation.messages.slice(0, lastOwn)),
    outputTokens: reasoningTokens + tokensOf(step.text ?? "") + callTokens,
    reasoningTokens,
  };
}

/** A freeform tool takes the one text of its arguments: `{ patch }` or `{ input }` as the script wrote it. */
function freeformInput(args: StepCall["arguments"]): string {
  if (typeof args === "string") return args;
  const values = Object.values(args);
  return values.length === 1 && typeof values[0] === "string" ? values[0] : JSON.stringify(args);
}

/** Half and half, so that every client has to put deltas together. */
function pieces(words: string): string[] {
  const middle = Math.ceil(words.length / 2);
  return [words.slice(0, middle), words.slice(middle)].filter((piece) => piece !== "");
}

function responsesItems(parts: AnswerParts): { item: Readonly<Record<string, unknown>>; empty: Readonly<Record<string, unknown>>; deltas: WireEvent[] }[] {
  const items: ReturnType<typeof responsesItems> = [];
  const add = (item: Readonly<Record<string, unknown>>, empty: Readonly<Record<string, unknown>>, deltas: (index: number, id: string) => WireEvent[]) => {
    const index = items.length;
    const id = `${parts.id}_i${index}`;
    items.push({ item: { id, status: "completed", ...item }, empty: { id, status: "in_progress", ...item, ...empty }, deltas: deltas(index, id) });
  };
  const event = (type: string, data: Readonly<Record<string, unknown>>): WireEvent => ({ event: type, data: { type, ...data } });
  if (parts.reasoning !== "") {
    add({ type: "reasoning", summary: [{ type: "summary_text", text: parts.reasoning }], encrypted_content: `sealed:${parts.id}` }, { summary: [] }, (output_index, item_id) => [
      event("response.reasoning_summary_part.added", { item_id, output_index, summary_index: 0, part: { type: "summary_text", text: "" } }),
      ...pieces(parts.reasoning).map((delta) => event("response.reasoning_summary_text.delta", { item_id, output_index, summary_index: 0, delta })),
      event("response.reasoning_summary_text.done", { item_id, output_index, summary_index: 0, text: parts.reasoning }),
      event("response.reasoning_summary_part.done", { item_id, output_index, summary_index: 0, part: { type: "summary_text", text: parts.reasoning } }),
    ]);
  }
  if (parts.text !== "" || parts.calls.length === 0) {
    const part = { type: "output_text", text: parts.text, annotations: [] };
    add({ type: "message", role: "assistant", content: [part] }, { content: [] }, (output_index, item_id) => [
      event("response.content_part.added", { item_id, output_index, content_index: 0, part: { ...part, text: "" } }),
      ...pieces(parts.text).map((delta) => event("response.output_text.delta", { item_id, output_index, content_index: 0, delta })),
      event("response.output_text.done", { item_id, output_index, content_index: 0, text: parts.text }),
      event("response.content_part.done", { item_id, output_index, content_index: 0, part }),
    ]);
  }
  for (const one of parts.calls) {
    const [namespace, name] = one.tool.includes("/") ? one.tool.split("/", 2) : [undefined, one.tool];
    const named = { call_id: one.callId, name, ...(namespace === undefined ? {} : { namespace }) };
    const words = one.isFreeform ? freeformInput(one.arguments) : argumentsText(one.arguments);
    const field = one.isFreeform ? "input" : "arguments";
    const stem = one.isFreeform ? "response.custom_tool_call_input" : "response.function_call_arguments";
    add({ type: one.isFreeform ? "custom_tool_call" : "function_call", ...named, [field]: words }, { [field]: "" }, (output_index, item_id) => [
      ...pieces(words).map((delta) => event(`${stem}.delta`, { item_id, output_index, delta })),
      event(`${stem}.done`, { item_id, output_index, [field]: words }),
    ]);
  }
  return items;
}

function responsesAnswer(parts: AnswerParts): WireAnswer {
  const items = responsesItems(parts);
  const usage = {
    input_tokens: parts.usage.inputTokens, input_tokens_details: { cached_tokens: parts.usage.cachedInputTokens },
    output_tokens: parts.usage.outputTokens, output_tokens_details: { reasoning_tokens: parts.usage.reasoningTokens },
    total_tokens: parts.usage.inputTokens + parts.usage.outputTokens,
  };
  const head = { id: parts.id, object: "response", created_at: 0, model: parts.model, error: null, incomplete_details: null };
  const document = { ...head, status: "completed", output: items.map((one) => one.item), usage };
  const events: WireEvent[] = [{ event: "response.created", data: { type: "response.created", response: { ...head, status: "in_progress", output: [], usage: null } } }];
  items.forEach((one, output_index) => {
    events.push({ event: "response.output_item.added", data: { type: "response.output_item.added", output_index, item: one.empty } }, ...one.deltas);
    events.push({ event: "response.output_item.done", data: { type: "response.output_item.done", output_index, item: one.item } });
  });
  events.push({ event: "response.completed", data: { type: "response.completed", response: document } });
  return { document, events: events.map((one, sequence_number) => ({ ...one, data: { sequence_number, ...one.data as object } })) }; // every data above is an object
}

function chatAnswer(parts: AnswerParts): WireAnswer {
  const usage = {
    prompt_tokens: parts.usage.inputTokens, completion_tokens: parts.usage.outputTokens, total_tokens: parts.usage.inputTokens + parts.usage.outputTokens,
    prompt_tokens_details: { cached_tokens: parts.usage.cachedInputTokens }, completion_tokens_details: { reasoning_tokens: parts.usage.reasoningTokens },
  };
  const finish_reason = parts.calls.length > 0 ? "tool_calls" : "stop";
  const toolCalls = parts.calls.map((one) => ({ id: one.callId, type: "function", function: { name: one.tool, arguments: argumentsText(one.arguments) } }));
  const head = { id: parts.id, created: 0, model: parts.model };
  const chunk = (delta: unknown, reason: string | null = null): WireEvent => ({
    data: { ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: reason }] },
  });
  const message = {
    role: "assistant",
    content: parts.text === "" ? null : parts.text,
    ...(parts.reasoning === "" ? {} : { reasoning_content: parts.reasoning }),
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
  };
  const callChunks = toolCalls.flatMap((one, index) => pieces(one.function.arguments).map((piece, at) =>
    chunk({ tool_calls: [at === 0 ? { index, id: one.id, type: "function", function: { name: one.function.name, arguments: piece } } : { index, function: { arguments: piece } }] })));
  return {
    document: { ...head, object: "chat.completion", choices: [{ index: 0, message, finish_reason }], usage },
    events: [
      chunk({ role: "assistant", content: "" }),
      ...pieces(parts.reasoning).map((piece) => chunk({ reasoning_content: piece })),
      ...pieces(parts.text).map((piece) => chunk({ content: piece })),
      ...callChunks,
      chunk({}, finish_reason),
      { data: { ...head, object: "chat.completion.chunk", choices: [], usage } },
      { data: "[DONE]" },
    ],
  };
}

function parseInput(words: string): unknown {
  try { return JSON.parse(words); } catch { return words; } // broken on purpose: the document form carries it as text
}

function messagesAnswer(parts: AnswerParts): WireAnswer {
  // This wire counts cached input apart and has no field for reasoning: thinking is a part of output_tokens.
  const input = { input_tokens: parts.usage.inputTokens - parts.usage.cachedInputTokens, cache_read_input_tokens: parts.usage.cachedInputTokens, cache_creation_input_tokens: 0 };
  const blocks = [
    ...(parts.reasoning === "" ? [] : [{ empty: { type: "thinking", thinking: "", signature: "" }, whole: { type: "thinking", thinking: parts.reasoning, signature: `sealed:${parts.id}` },
      deltas: [...pieces(parts.reasoning).map((thinking) => ({ type: "thinking_delta", thinking })), { type: "signature_delta", signature: `sealed:${parts.id}` }] }]),
    ...(parts.text === ""
      ? []
      : [
          {
            empty: { type: "text", text: "" },
            whole: { type: "text", text: parts.text },
            deltas: pieces(parts.text).map((text) => ({ type: "text_delta", text })),
          },
        ]),
    ...parts.calls.map((one) => ({
      empty: { type: "tool_use", id: one.callId, name: one.tool, input: {} },
      whole: { type: "tool_use", id: one.callId, name: one.tool, input: parseInput(argumentsText(one.arguments)) },
      deltas: pieces(argumentsText(one.arguments)).map((partial_json) => ({ type: "input_json_delta", partial_json })),
    })),
  ];
  const stop_reason = parts.calls.length > 0 ? "tool_use" : "end_turn";
  const head = { id: parts.id, type: "message", role: "assistant", model: parts.model, stop_sequence: null };
  const event = (type: string, data: Readonly<Record<string, unknown>>): WireEvent => ({ event: type, data: { type, ...data } });
  return {
    document: { ...head, content: blocks.map((block) => block.whole), stop_reason, usage: { ...input, output_tokens: parts.usage.outputTokens } },
    events: [
      event("message_start", { message: { ...head, content: [], stop_reason: null, usage: { ...input, output_tokens: 1 } } }),
      ...blocks.flatMap((block, index) => [
        event("content_block_start", { index, content_block: block.empty }),
        ...block.deltas.map((delta) => event("content_block_delta", { index, delta })),
        event("content_block_stop", { index }),
      ]),
      event("message_delta", { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: parts.usage.outputTokens } }),
      event("message_stop", {}),
    ],
  };
}

function geminiAnswer(parts: AnswerParts): WireAnswer {
  const { usage } = parts;
  // This wire counts thoughts apart from the visible answer.
  const usageMetadata = {
    promptTokenCount: usage.inputTokens, cachedContentTokenCount: usage.cachedInputTokens, candidatesTokenCount: usage.outputTokens - usage.reasoningTokens,
    thoughtsTokenCount: usage.reasoningTokens, totalTokenCount: usage.inputTokens + usage.outputTokens,
  };
  const content = [
    ...(parts.reasoning === "" ? [] : [{ text: parts.reasoning, thought: true }]),
    ...(parts.text === "" ? [] : [{ text: parts.text }]),
    ...parts.calls.map((one) => ({ functionCall: { id: one.callId, name: one.tool, args: parseInput(argumentsText(one.arguments)) } })),
  ];
  const document = { candidates: [{ index: 0, content: { role: "model", parts: content }, finishReason: "STOP" }], usageMetadata, modelVersion: parts.model, responseId: parts.id };
  return { document, events: [{ data: document }] };
}

const answers: Readonly<Record<WireName, (parts: AnswerParts) => WireAnswer>> = { responses: responsesAnswer, chat: chatAnswer, messages: messagesAnswer, gemini: geminiAnswer };

/** The step in the wire's form; `id` makes the ids of answer and calls, so equal conversations get equal bytes. */
export function renderAnswer(conversation: Conversation, step: AnswerStep, usage: StepUsage, id: string): WireAnswer {
  const calls = step.kind === "calls" ? step.calls : [];
  return answers[conversation.wire]({
    id, usage, model: conversation.model, reasoning: step.reasoning ?? "", text: step.text ?? "",
    calls: calls.map((one, index) => ({ ...one, callId: `call_${id}_${index}`, isFreeform: conversation.freeformTools.includes(one.tool) })),
  });
}
