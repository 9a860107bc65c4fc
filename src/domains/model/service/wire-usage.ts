// Reads what a model call cost from the provider's own answer, in the four wire forms. Pure: sees documents and events, no connection.
import type { TokenCounts, WireName } from "../types.ts";
import { asCount, asList, asRecord } from "../../../base/json.ts";
import type { JsonRecord } from "../../../base/json.ts";

const bounded = (counts: TokenCounts): TokenCounts => ({
  ...counts,
  cachedInputTokens: Math.min(counts.inputTokens, counts.cachedInputTokens),
  reasoningTokens: Math.min(counts.outputTokens, counts.reasoningTokens),
});

/** `usage` of a Responses answer, or of the event that ends its stream. */
function readResponses(document: JsonRecord): TokenCounts | undefined {
  const usage = asRecord((asRecord(document["response"]) ?? document)["usage"]);
  const inputTokens = asCount(usage?.["input_tokens"]);
  const outputTokens = asCount(usage?.["output_tokens"]);
  if (usage === undefined || inputTokens === undefined || outputTokens === undefined) return undefined;
  return {
    inputTokens, outputTokens,
    cachedInputTokens: asCount(asRecord(usage["input_tokens_details"])?.["cached_tokens"]) ?? 0,
    reasoningTokens: asCount(asRecord(usage["output_tokens_details"])?.["reasoning_tokens"]) ?? 0,
  };
}

function readChat(document: JsonRecord): TokenCounts | undefined {
  const usage = asRecord(document["usage"]);
  const inputTokens = asCount(usage?.["prompt_tokens"]);
  if (usage === undefined || inputTokens === undefined) return undefined;
  return {
    inputTokens, outputTokens: asCount(usage["completion_tokens"]) ?? 0,
    cachedInputTokens: asCount(asRecord(usage["prompt_tokens_details"])?.["cached_tokens"]) ?? asCount(usage["prompt_cache_hit_tokens"]) ?? 0,
    reasoningTokens: asCount(asRecord(usage["completion_tokens_details"])?.["reasoning_tokens"]) ?? 0,
  };
}

/**
 * Messages tells the input in `message_start` and the output in `message_delta`, where newer servers repeat the input. Input read from and
 * written to the cache is counted apart there; both are input for us. Thinking is a part of the output without a count of its own.
 */
function readMessages(document: JsonRecord, before: TokenCounts | undefined): TokenCounts | undefined {
  const usage = asRecord((asRecord(document["message"]) ?? document)["usage"]);
  if (usage === undefined) return before;
  const fresh = asCount(usage["input_tokens"]);
  const cached = asCount(usage["cache_read_input_tokens"]) ?? 0;
  const written = asCount(usage["cache_creation_input_tokens"]) ?? 0;
  const isInputTold = fresh !== undefined && (fresh > 0 || cached > 0 || before === undefined);
  return {
    inputTokens: isInputTold ? fresh + cached + written : before?.inputTokens ?? 0,
    cachedInputTokens: isInputTold ? cached : before?.cachedInputTokens ?? 0,
    outputTokens: asCount(usage["output_tokens"]) ?? before?.outputTokens ?? 0,
    reasoningTokens: 0,
  };
}

function readGemini(document: JsonRecord): TokenCounts | undefined {
  const usage = asRecord(document["usageMetadata"]);
  const prompt = asCount(usage?.["promptTokenCount"]);
  if (usage === undefined || prompt === undefined) return undefined;
  const reasoningTokens = asCount(usage["thoughtsTokenCount"]) ?? 0;
  return {
    inputTokens: prompt + (asCount(usage["toolUsePromptTokenCount"]) ?? 0),
    cachedInputTokens: asCount(usage["cachedContentTokenCount"]) ?? 0,
    outputTokens: (asCount(usage["candidatesTokenCount"]) ?? 0) + reasoningTokens,
    reasoningTokens,
  };
}

/** The counts after one more document or event of the same answer; what says nothing about usage leaves them as they are. The last word of a stream counts. */
export function readWireUsage(wire: WireName, document: unknown, before: TokenCounts | undefined): TokenCounts | undefined {
  // Gemini without `alt=sse` streams one JSON list.
  if (Array.isArray(document)) return asList(document).reduce<TokenCounts | undefined>((counts, one) => readWireUsage(wire, one, counts), before);
  const record = asRecord(document);
  if (record === undefined) return before;
  const counts = wire === "messages" ? readMessages(record, before) : { responses: readResponses, chat: readChat, gemini: readGemini }[wire](record);
  return counts === undefined ? before : bounded(counts);
}

/** Whether a line of an event stream can hold usage: parsing all of them would cost what the proxy may not cost. */
export function mayHoldUsage(line: string): boolean {
  return line.startsWith("data:") && /"usage(?:Metadata)?"/.test(line);
}
