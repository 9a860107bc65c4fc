import assert from "node:assert/strict";
import { test } from "node:test";
import { decideLongWait, decideWait, parseRetryAfter, readLimit, waitTotalMsMax } from "./wire-limits.ts";

test("parseRetryAfter() reads seconds and each of HTTP's three forms of a date", () => {
  const check = (value: string | undefined, expected: number | undefined, nowMs = 0) => assert.equal(parseRetryAfter(value, nowMs), expected, value);
  check("7", 7_000);
  check(" 0.5 ", 500);
  check("Thu, 01 Jan 1970 00:00:09 GMT", 5_000, 4_000);
  check("Thu, 01 Jan 1970 00:00:01 GMT", 0, 4_000);
  check("Sunday, 06-Nov-94 08:49:37 GMT", 0, 1e12);
  check("soon", undefined);
  check("-5", undefined);
  check("", undefined);
  check(undefined, undefined);
});

test("readLimit() knows limits of all wires, how long they last, and what waiting does not end", () => {
  const check = (status: number, headers: Record<string, string>, body: string, expected: number | "unnamed" | undefined) => {
    const limit = readLimit({ status, headers, body }, 0);
    assert.equal(limit === undefined ? undefined : limit.retryAfterMs ?? "unnamed", expected, `${status} ${JSON.stringify(headers)} ${body}`);
  };
  check(429, {}, "", "unnamed");
  check(429, { "retry-after": "9" }, "{}", 9_000);
  check(429, { "retry-after-ms": "300", "retry-after": "9" }, "", 300);
  check(429, { "retry-after-ms": "soon", "retry-after": "9" }, "", 9_000);
  check(529, {}, '{"type":"error","error":{"type":"overloaded_error"}}', "unnamed");
  for (const status of [500, 502, 503, 504, 529]) check(status, { "retry-after": "1" }, "", 1_000);
  for (const status of [500, 502, 503, 504]) check(status, {}, "", undefined);
  for (const status of [400, 401, 404, 408, 200]) check(status, { "retry-after": "1" }, "", undefined);
  const google = {
    error: {
      code: 429,
      status: "RESOURCE_EXHAUSTED",
      details: [{ "@type": "type.googleapis.com/google.rpc.QuotaFailure" }, { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7.5s" }],
    },
  };
  check(429, {}, JSON.stringify(google), 7_500);
  check(429, {}, JSON.stringify([google]), 7_500);
  check(429, {}, JSON.stringify({ error: { details: [{ retryDelay: "soon" }, { retryDelay: 7 }, null] } }), "unnamed");
  check(429, { "retry-after": "1" }, '{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}', undefined);
  check(402, {}, "Insufficient Balance", undefined);
});

test("decideWait() waits as long as it is told, more and more where that did not help, and never above its bound", () => {
  const check = (retryAfterMs: number | undefined, attempt: number, waitedMs: number, expected: number | undefined) =>
    assert.equal(decideWait({ status: 429, retryAfterMs }, { attempt, waitedMs }), expected);
  check(9_000, 1, 0, 9_000);
  check(9_000, 2, 239_000, undefined);
  check(undefined, 1, 0, 2_000);
  check(undefined, 9, 0, 30_000);
  check(0, 1, 0, 0);
  check(0, 2, 0, 500);
  check(0, 5, 0, 4_000);
  let waitedMs = 0;
  let attempts = 0;
  for (
    let waitMs = decideWait({ status: 429, retryAfterMs: 0 }, { attempt: 1, waitedMs });
    waitMs !== undefined;
    waitMs = decideWait({ status: 429, retryAfterMs: 0 }, { attempt: ++attempts + 1, waitedMs })
  )
    waitedMs += waitMs;
  assert.ok(attempts < 20 && waitedMs <= waitTotalMsMax, `${attempts} attempts, ${waitedMs} ms`);
  assert.deepEqual([undefined, 0, 900_000].map((retryAfterMs) => decideLongWait({ status: 429, retryAfterMs })), [300_000, 300_000, 900_000]);
});
