import assert from "node:assert/strict";
import { test } from "node:test";
import { decideWait, keyHeader, parseRetryAfter, routeOf } from "./wire-routes.ts";

test("routeOf() passes model calls and nothing else of what a key may open", () => {
  assert.equal(routeOf("responses", "POST", "/responses"), "call");
  assert.equal(routeOf("chat", "POST", "/chat/completions"), "call");
  assert.equal(routeOf("messages", "POST", "/messages"), "call");
  assert.equal(routeOf("messages", "POST", "/messages/count_tokens"), "free");
  assert.equal(routeOf("gemini", "POST", "/models/gemini-x:streamGenerateContent"), "call");
  assert.equal(routeOf("gemini", "POST", "/models/gemini-x:countTokens"), "free");
  for (const [method, path] of [["GET", "/responses"], ["POST", "/files"], ["POST", "/messages/batches"], ["DELETE", "/models/x"], ["POST", "/chat/completions/../files"], ["POST", "/models/x:tune"]] as const) {
    for (const wire of ["responses", "chat", "messages", "gemini"] as const) assert.equal(routeOf(wire, method, path), undefined, `${wire} ${method} ${path}`);
  }
  assert.deepEqual(keyHeader("messages", "k"), ["x-api-key", "k"]);
});

test("parseRetryAfter() reads seconds and dates", () => {
  assert.equal(parseRetryAfter("7", 0), 7_000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 1970 00:00:09 GMT", 4_000), 5_000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 1970 00:00:01 GMT", 4_000), 0);
  assert.equal(parseRetryAfter("soon", 0), undefined);
  assert.equal(parseRetryAfter(undefined, 0), undefined);
});

test("decideWait() waits out a limit of rate up to its bound, and leaves other failures to the client", () => {
  const check = (status: number, retryAfterMs: number | undefined, attempt: number, waitedMs: number, expected: number | undefined) => assert.equal(decideWait({ status, retryAfterMs, attempt, waitedMs }), expected);
  check(429, 9_000, 1, 0, 9_000);
  check(429, undefined, 1, 0, 2_000);
  check(429, undefined, 9, 0, 30_000);
  check(503, 1_000, 1, 0, 1_000);
  check(503, undefined, 1, 0, undefined);
  check(500, 1_000, 1, 0, undefined);
  check(429, 9_000, 2, 239_000, undefined);
});
