import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptsMax, decideRepeat, decideRetry, titleOfCall } from "./loop.ts";

test("decideRetry() waits longer each time, honours the server up to a cap, and gives up on what will not pass", () => {
  const failure = (status: number | undefined, retryAfterSeconds?: number, isConnection = true) => ({ status, retryAfterSeconds, message: "", isConnection });
  assert.deepEqual([1, 2, 3, 4].map((attempt) => decideRetry(failure(500), attempt, 0.5)), [500, 1_000, 2_000, 4_000]);
  assert.equal(decideRetry(failure(500), attemptsMax, 0.5), undefined);
  assert.equal(decideRetry(failure(429, 3), 1, 0), 3_000);
  assert.equal(decideRetry(failure(429, 900), 1, 0), 20_000);
  assert.equal(decideRetry(failure(undefined), 1, 0), 375);
  assert.equal(decideRetry(failure(200), 1, 0), 375); // an answer that began well and broke
  for (const status of [400, 401, 403, 404, 422]) assert.equal(decideRetry(failure(status), 1, 0), undefined);
  assert.equal(decideRetry(failure(undefined, undefined, false), 1, 0), undefined);
});

test("decideRepeat() warns at the third equal exchange and ends at the sixth", () => {
  assert.deepEqual([1, 2, 3, 5, 6].map(decideRepeat), ["go-on", "go-on", "warn", "warn", "end"]);
});

test("titleOfCall() names what the call works on, in one short line", () => {
  assert.equal(titleOfCall("run", { command: "npm test\nrm x" }), "run npm test");
  assert.equal(titleOfCall("apply_patch", { patch: "*** Begin Patch\n*** Add File: a\n*** Delete File: b\n" }), "apply_patch a, b");
  assert.equal(titleOfCall("anything", {}), "anything");
  assert.equal(titleOfCall("run", { command: "x".repeat(500) }).length, 120);
});
