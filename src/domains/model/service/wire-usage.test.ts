import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenCounts, WireName } from "../types.ts";
import { mayHoldUsage, readWireUsage } from "./wire-usage.ts";
import type { WireReading } from "./wire-usage.ts";

const counts = (inputTokens: number, cachedInputTokens: number, outputTokens: number, reasoningTokens: number): TokenCounts => ({
  inputTokens,
  cachedInputTokens,
  outputTokens,
  reasoningTokens,
});
const read = (wire: WireName, documents: readonly unknown[]): WireReading | undefined =>
  documents.reduce<WireReading | undefined>((before, one) => readWireUsage(wire, one, before), undefined);
const check = (wire: WireName, documents: readonly unknown[], expected: TokenCounts | undefined) => assert.deepEqual(read(wire, documents)?.counts, expected);

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
  check("messages", [start, { type: "message_delta", usage: { input_tokens: 7, cache_read_input_tokens: 3, output_tokens: 6 } }], counts(11, 3, 6, 0));
  check("messages", [start, { type: "message_delta", usage: { input_tokens: 6, output_tokens: 6 } }], counts(10, 3, 6, 0));
  check("messages", [start, { type: "message_delta", usage: { input_tokens: null, cache_read_input_tokens: null, output_tokens: 6 } }], counts(10, 3, 6, 0));
  check(
    "messages",
    [
      { type: "message_start", message: { usage: { input_tokens: 0, output_tokens: 0 } } },
      { type: "message_delta", usage: { cache_creation_input_tokens: 300, output_tokens: 6 } },
    ],
    counts(300, 0, 6, 0),
  );
  const gemini = { promptTokenCount: 10, cachedContentTokenCount: 4, candidatesTokenCount: 4, thoughtsTokenCount: 2 };
  check("gemini", [{ usageMetadata: { promptTokenCount: 10 } }, { usageMetadata: gemini }], counts(10, 4, 6, 2));
  check("gemini", [[{ candidates: [] }, { usageMetadata: gemini }]], counts(10, 4, 6, 2));
  check("gemini", [{ usageMetadata: { promptTokenCount: 10 } }, { usageMetadata: { candidatesTokenCount: 4 } }], counts(10, 0, 4, 0));
  check("chat", [{ x_groq: { usage: { prompt_tokens: 10, completion_tokens: 6 } } }], counts(10, 0, 6, 0));
});

test("readWireUsage() counts reasoning as output where a server's total says that it comes on top", () => {
  const usage = { prompt_tokens: 10, completion_tokens: 6, completion_tokens_details: { reasoning_tokens: 30 } };
  check("chat", [{ usage: { ...usage, total_tokens: 46 } }], counts(10, 0, 36, 30));
  check("chat", [{ usage: { ...usage, completion_tokens: 36, total_tokens: 46 } }], counts(10, 0, 36, 30));
});

test("readWireUsage() knows an answer of Messages that was cut off after its beginning", () => {
  const start = { type: "message_start", message: { usage: { input_tokens: 6, output_tokens: 1 } } };
  const isWhole = (...documents: readonly unknown[]) => read("messages", documents)?.isWhole;
  assert.equal(isWhole(start), false);
  assert.equal(isWhole(start, { type: "error", error: { type: "overloaded_error" } }), false);
  assert.equal(isWhole(start, { type: "message_delta", usage: { output_tokens: 6 } }), true);
  assert.equal(isWhole(start, { type: "message_stop" }), true);
  assert.equal(isWhole({ type: "message_stop" }), undefined);
  assert.equal(isWhole({ type: "message", usage: { input_tokens: 6, output_tokens: 1 } }), true);
});

test("readWireUsage() takes no odd value for a count, and keeps what it knew", () => {
  check("responses", [{ usage: { input_tokens: "10", output_tokens: 1 } }], undefined);
  check("chat", [{ usage: { prompt_tokens: -1 } }, "text", null, 7, []], undefined);
  check("gemini", [{ usageMetadata: { promptTokenCount: Number.NaN } }], undefined);
  check("chat", [{ usage: { prompt_tokens: 1e300, completion_tokens: 1 } }], undefined);
  check("chat", [{ usage: { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 99 } } }, { choices: [] }], counts(5, 5, 1, 0));
});

test("mayHoldUsage() passes data that names usage or an end only", () => {
  assert.deepEqual(['{"usage":{}}', '{"usageMetadata":{}}', '{"type": "message_stop"}', '{"text":"x"}', '{"usages":1}'].map(mayHoldUsage), [true, true, true, false, false]);
});
