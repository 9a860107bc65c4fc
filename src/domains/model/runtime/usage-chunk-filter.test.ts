import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageChunkFilter } from "./usage-chunk-filter.ts";

const check = (text: string, expected: string) => {
  for (const step of [1, 9, 100_000_000]) {
    const filter = new UsageChunkFilter();
    const bytes = Buffer.from(text);
    const out: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += step) out.push(filter.take(bytes.subarray(at, at + step)));
    assert.equal(Buffer.concat([...out, filter.end()]).toString("utf8"), expected);
  }
};
const words = 'data: {"choices":[{"delta":{"content":"h\u00e9"}}],"usage":null}\n\n';
const usage = 'data: {"choices": [], "usage": {"prompt_tokens":1}}\n\n';

test("the event that tells usage alone is taken out, and nothing else changes", () => {
  check(`${words}${usage}data: [DONE]\n\n`, `${words}\ndata: [DONE]\n\n`);
  check(`${words}${usage.trimEnd()}`, words);
  for (const text of [
    words,
    'data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":1}}\r\n\r\n',
    'data: {"choices":[],"prompt_filter_results":[],"usage":null}\n\n',
    'data: {"error":{"message":"\\"usage\\""}}\n\n',
    ": ping\n\n",
    "data: half of a line",
    "usage",
  ])
    check(text, text);
});

test("a line that never ends is not held", () => {
  const filter = new UsageChunkFilter();
  const long = `data: ${"x".repeat(100_000)}`;
  assert.equal(filter.take(Buffer.from(long)).length, long.length);
  assert.equal(filter.take(Buffer.from('{"choices":[],"usage":{}}\n')).length, 26);
  assert.equal(filter.take(Buffer.from('data: {"choices":[],"usage":{}}\n')).length, 0);
});
