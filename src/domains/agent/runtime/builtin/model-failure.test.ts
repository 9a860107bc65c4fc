import assert from "node:assert/strict";
import { test } from "node:test";
import { describeFailure } from "./model-failure.ts";

test("describeFailure() finds status, message and wait in every form in which providers tell an error", () => {
  const check = (error: unknown, status: number | undefined, message: string, retryAfterSeconds?: number): void => {
    assert.deepEqual(describeFailure(error), { status, retryAfterSeconds, message, isConnection: true });
  };
  check(Object.assign(new Error("slow down"), { statusCode: 429, responseHeaders: { "retry-after": "7" } }), 429, "slow down", 7);
  check(Object.assign(new Error("no"), { statusCode: 503, responseHeaders: { "retry-after": "tomorrow" } }), 503, "no");
  check(Object.assign(new Error("reset"), { code: "ECONNRESET" }), undefined, "reset");
  check({ message: "too many", type: "rate_limit_error", code: 429 }, 429, "too many");
  check({ type: "error", error: { message: "bad request", code: "400" } }, 400, "bad request");
  check({ response: { error: { message: "no such model", status: 404 } } }, 404, "no such model");
  check({ error: { message: "overloaded", code: "overloaded" } }, undefined, "overloaded");
  check({ message: "fine", status: 200 }, undefined, "fine");
  check({ error: { kind: "odd" } }, undefined, '{"kind":"odd"}');
  check("torn", undefined, "torn");
  assert.equal(describeFailure(new Error("x".repeat(5_000))).message.length, 1_000);
});
