import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenCounts, WireName } from "../types.ts";
import { mayHoldUsage, readWireUsage } from "./wire-usage.ts";

const counts = (inputTokens: number, cachedInputTokens: number, outputTokens: number, reasoningTokens: number): TokenCounts => ({ inputTokens, cachedInputTokens, outputTokens, reasoningTokens });
const check = (wire: WireName, documents: readonly unknown[], expected: TokenCounts | undefined) =>
  assert.deepEqual(documents.reduce<TokenCounts | undefined>((before, one) => readWireUsage(wire, one, before), undefined), expected);

test("readWireUsage() reads each wire's own form, whole and streamed", () => {
  const responses = { input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, output_tokens: 6, output_tokens_details: { reasoning_tokens: 2 } };
  check("responses", [{ usage: responses }], counts(10, 4, 6, 2));
  check("responses", [{ type: "response.created", response: { usage: null } }, { type: "response.completed", response: { usage: responses } }], counts(10, 4, 6, 2));
  const chat = { prompt_tokens: 10, completion_tokens: 6, prompt_tokens_details: { cached_tokens: 4 }, completion_tokens_details: { reasoning_tokens: 2 } };
  check("chat", [{ choices: [{}], usage: null }, { choices: [], usage: chat }], counts(10, 4, 6, 2));
  check("chat", [{ usage: { prompt_tokens: 3 } }], counts(3, 0, 0, 0));
  const start = { type: "message_start", message: { usage: { input_tokens: 6, cache_read_input_tokens: 3, cache_creation_input_tokens: 1, output_tokens: 1 } } };
  check("messages", [start, { type: "message_delta", usage: { output_tokens: 6 } }], counts(10, 3, 6, 0));
  check("messages", [start, { type: "message_delta", usage: { input_tokens: 0, output_tokens: 6 } }], counts(10, 3, 6, 0));
  check("messages", [start, { type: "message_delta", usage: { input_tokens: 7, cache_read_input_tokens: 3, output_tokens: 6 } }], counts(10, 3, 6, 0));
  const gemini = { promptTokenCount: 10, cachedContentTokenCount: 4, candidatesTokenCount: 4, thoughtsTokenCount: 2 };
  check("gemini", [{ usageMetadata: { promptTokenCount: 10 } }, { usageMetadata: gemini }], counts(10, 4, 6, 2));
  check("gemini", [[{ candidates: [] }, { usageMetadata: gemini }]], counts(10, 4, 6, 2));
});

test("readWireUsage() takes no odd value for a count, and keeps what it knew", () => {
  check("responses", [{ usage: { input_tokens: "10", output_tokens: 1 } }], undefined);
  check("chat", [{ usage: { prompt_tokens: -1 } }, "text", null, 7, []], undefined);
  check("gemini", [{ usageMetadata: { promptTokenCount: Number.NaN } }], undefined);
  check("chat", [{ usage: { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 99 } } }, { choices: [] }], counts(5, 5, 1, 0));
});

test("mayHoldUsage() passes lines of data that name usage only", () => {
  assert.deepEqual(['data: {"usage":{}}', 'data:{"usageMetadata":{}}', 'data: {"text":"x"}', 'event: "usage"', 'data: {"usages":1}'].map(mayHoldUsage), [true, true, false, false, false]);
});
