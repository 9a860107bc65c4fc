// Reads what a model call cost from the provider's own answer, in the four wire forms. Pure: sees documents and events, no connection.
import type { TokenCounts, WireName } from "../types.ts";
import { asCount, asList, asRecord } from "../../../base/json.ts";
import type { JsonRecord } from "../../../base/json.ts";

/** What an answer has said about its cost so far. */
export interface WireReading {
  readonly counts: TokenCounts;
  /** False while the provider has only told how it began: what ends then was cut off. */
  readonly isWhole: boolean;
  /** Messages tells the input in three parts, some of them again at the end. */
  readonly input?: MessagesInput;
}

interface MessagesInput { readonly fresh: number; readonly cached: number; readonly written: number }

// A trillion tokens are no answer of any model; a sum with such a number in it would be one of nonsense.
const countMax = 1e12;

const count = (value: unknown): number | undefined => {
  const said = asCount(value);
  return said !== undefined && said <= countMax ? said : undefined;
};

const bounded = (counts: TokenCounts): TokenCounts => ({
  ...counts,
  cachedInputTokens: Math.min(counts.inputTokens, counts.cachedInputTokens),
  reasoningTokens: Math.min(counts.outputTokens, counts.reasoningTokens),
});

const whole = (counts: TokenCounts | undefined): WireReading | undefined => (counts === undefined ? undefined : { counts: bounded(counts), isWhole: true });

/** `usage` of a Responses answer, or of the event that ends its stream. */
function readResponses(document: JsonRecord): TokenCounts | undefined {
  const usage = asRecord((asRecord(document["response"]) ?? document)["usage"]);
  const inputTokens = count(usage?.["input_tokens"]);
  const outputTokens = count(usage?.["output_tokens"]);
  if (usage === undefined || inputTokens === undefined || outputTokens === undefined) return undefined;
  return {
    inputTokens, outputTokens,
    cachedInputTokens: count(asRecord(usage["input_tokens_details"])?.["cached_tokens"]) ?? 0,
    reasoningTokens: count(asRecord(usage["output_tokens_details"])?.["reasoning_tokens"]) ?? 0,
  };
}

/** Groq tells a stream's usage below a name of its own. Some servers (xAI) do not count reasoning as output; their total says so. */
function readChat(document: JsonRecord): TokenCounts | undefined {
  const usage = asRecord(document["usage"]) ?? asRecord(asRecord(document["x_groq"])?.["usage"]);
  const inputTokens = count(usage?.["prompt_tokens"]);
  if (usage === undefined || inputTokens === undefined) return undefined;
  const said = count(usage["completion_tokens"]) ?? 0;
  const reasoningTokens = count(asRecord(usage["completion_tokens_details"])?.["reasoning_tokens"]) ?? 0;
  const isApart = reasoningTokens > 0 && count(usage["total_tokens"]) === inputTokens + said + reasoningTokens;
  return {
    inputTokens, outputTokens: isApart ? said + reasoningTokens : said, reasoningTokens,
    cachedInputTokens: count(asRecord(usage["prompt_tokens_details"])?.["cached_tokens"]) ?? count(usage["prompt_cache_hit_tokens"]) ?? 0,
  };
}

/**
 * Messages tells the input in `message_start` and the output in `message_delta`, where newer servers repeat the input, all parts or some. Input read
 * from and written to the cache is counted apart there; both are input for us. Thinking is a part of the output without a count of its own.
 */
function readMessages(document: JsonRecord, before: WireReading | undefined): WireReading | undefined {
  if (document["type"] === "message_stop") return before === undefined ? undefined : { ...before, isWhole: true };
  const start = asRecord(document["message"]);
  const usage = asRecord((start ?? document)["usage"]);
  if (usage === undefined) return before;
  const part = (name: string, known: number | undefined): number => { const told = count(usage[name]); return told === undefined || told === 0 ? known ?? 0 : told; };
  const input = {
    fresh: part("input_tokens", before?.input?.fresh),
    cached: part("cache_read_input_tokens", before?.input?.cached),
    written: part("cache_creation_input_tokens", before?.input?.written),
  };
  const counts = {
    inputTokens: input.fresh + input.cached + input.written,
    cachedInputTokens: input.cached,
    outputTokens: count(usage["output_tokens"]) ?? before?.counts.outputTokens ?? 0,
    reasoningTokens: 0,
  };
  return { counts, isWhole: start === undefined || before?.isWhole === true, input };
}

function readGemini(document: JsonRecord, before: WireReading | undefined): TokenCounts | undefined {
  const usage = asRecord(document["usageMetadata"]);
  const prompt = count(usage?.["promptTokenCount"]);
  const inputTokens = prompt === undefined ? before?.counts.inputTokens : prompt + (count(usage?.["toolUsePromptTokenCount"]) ?? 0);
  if (usage === undefined || inputTokens === undefined) return undefined;
  const reasoningTokens = count(usage["thoughtsTokenCount"]) ?? 0;
  return {
    inputTokens,
    cachedInputTokens: count(usage["cachedContentTokenCount"]) ?? 0,
    outputTokens: (count(usage["candidatesTokenCount"]) ?? 0) + reasoningTokens,
    reasoningTokens,
  };
}

/** The reading after one more document or event of the same answer; what says nothing about usage leaves it as it is. The last word of a stream counts. */
export function readWireUsage(wire: WireName, document: unknown, before: WireReading | undefined): WireReading | undefined {
  // Gemini without `alt=sse` streams one JSON list.
  if (Array.isArray(document)) return asList(document).reduce<WireReading | undefined>((reading, one) => readWireUsage(wire, one, reading), before);
  const record = asRecord(document);
  if (record === undefined) return before;
  switch (wire) {
    case "messages": return readMessages(record, before);
    case "responses": return whole(readResponses(record)) ?? before;
    case "chat": return whole(readChat(record)) ?? before;
    case "gemini": return whole(readGemini(record, before)) ?? before;
  }
}

/** Whether an event's data can say something about usage: parsing all of them would cost what the proxy may not cost. */
export function mayHoldUsage(data: string): boolean {
  return /"(?:usage(?:Metadata)?|message_stop)"/.test(data);
}
