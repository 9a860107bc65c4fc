// Every form in which an event stream may come, cut at every place: the counts are the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerMeter } from "./answer-meter.ts";

const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const start = event("message_start", { type: "message_start", message: { usage: { input_tokens: 60, cache_read_input_tokens: 40, output_tokens: 1 } } });
const words = event("content_block_delta", { type: "content_block_delta", delta: { text: "h\u00e9 \"usage\": {} \u{1f600}" } });
const delta = event("message_delta", { type: "message_delta", usage: { output_tokens: 20 } });
const whole = start + words + delta;

function read(text: string, options: { readonly contentType?: string; readonly stepBytes?: number } = {}): AnswerMeter {
  const meter = new AnswerMeter({ wire: "messages", contentType: options.contentType ?? "text/event-stream", isCopied: false });
  const bytes = Buffer.from(text);
  const step = options.stepBytes ?? bytes.length;
  for (let at = 0; at < bytes.length; at += step) meter.take(bytes.subarray(at, at + step));
  meter.end();
  return meter;
}
const check = (text: string, options?: Parameters<typeof read>[1]) => {
  const { counts, isWhole } = read(text, options);
  assert.deepEqual([counts?.inputTokens, counts?.cachedInputTokens, counts?.outputTokens, isWhole], [100, 40, 20, true], JSON.stringify([text.slice(0, 60), options]));
};

test("a stream is read with every end of line, comment and cut", () => {
  for (const text of [whole, whole.replaceAll("\n", "\r\n"), whole.replaceAll("\n", "\r"), `\ufeff${whole}`, `: ping\n\n${whole.replaceAll("data: ", "data:")}`, whole.trimEnd(), `${start}event: message_delta\ndata: {"type":"message_delta",\ndata: "usage":{"output_tokens":20}}\n\n`]) {
    for (const stepBytes of [1, 7, 64, 100_000]) check(text, { stepBytes });
  }
});

test("a stream is known by its type in any case, and by its beginning where a server names another type or none", () => {
  for (const contentType of ["Text/Event-Stream; charset=utf-8", "application/json", "text/plain", ""]) check(whole, { contentType, stepBytes: 64 });
});

test("a document is read whole, and text that is neither says nothing", () => {
  check(JSON.stringify({ usage: { input_tokens: 60, cache_read_input_tokens: 40, output_tokens: 20 } }), { contentType: "application/json", stepBytes: 5 });
  for (const text of ["", "<html>data: {\"usage\":{}}</html>", "data: nothing", "{"]) assert.equal(read(text, { contentType: "text/html" }).counts, undefined, text);
});

test("what ends after its beginning is not whole, and its events are counted", () => {
  const { counts, isWhole, seen } = read(start + words + words);
  assert.deepEqual([counts?.inputTokens, isWhole, seen.eventCount], [100, false, 3]);
});
