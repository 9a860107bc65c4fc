import assert from "node:assert/strict";
import { test } from "node:test";
import { isFinal, isWayLost, remedyOf } from "./refusal.ts";

test("remedyOf() names the key or the model, and nothing where neither is the cause", () => {
  const setting = { client: "pi", keyVariable: "PI_KEY", model: "m-1" };
  const check = (status: number | undefined, words: string, expected: RegExp | undefined, more: Partial<typeof setting> = {}) => {
    const remedy = remedyOf({ status, words }, { ...setting, ...more });
    if (expected === undefined) assert.equal(remedy, undefined, words);
    else assert.match(remedy ?? "", expected, words);
  };
  check(401, "invalid x-api-key", /^export PI_KEY=/);
  check(403, "forbidden", /^export PI_KEY=/);
  assert.equal(remedyOf({ status: 401, words: "expired" }, { client: "codex", keyVariable: undefined, model: undefined }), "log in with codex again");
  check(404, "", /agents\.pi\.model \(now "m-1"\)/);
  check(400, "The model `m-1` does not exist or you do not have access", /agents\.pi\.model/);
  check(400, '{"error":{"code":"model_not_found"}}', /agents\.pi\.model/);
  check(429, '{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}', /pay the provider's account, or set agents\.pi\.baseUrl/);
  check(402, "Insufficient Balance", /pay the provider's account/);
  check(429, "Rate limit reached for requests", undefined);
  check(400, "messages: at least one message is required", undefined);
  check(400, `model ${"x".repeat(100_000)}`, undefined);
  check(500, "unknown model", undefined);
  check(undefined, "refused", undefined);
  assert.deepEqual([401, 402, 403, 404, 400, 429, undefined].map((status) => isFinal({ status, words: "" })), [true, true, true, true, false, false, false]);
  assert.deepEqual([429, 400].map((status) => isFinal({ status, words: "insufficient_quota" })), [true, false]);
});

test("isWayLost() knows how clients say that nobody answered, and nothing that a model or a person says", () => {
  for (const words of [
    "fetch failed",
    "API Error: Connection error.",
    "connect ECONNREFUSED 127.0.0.1:4711",
    "stream disconnected before completion: error sending request for url (http://127.0.0.1:1/v1/responses)",
    "Unable to connect. Is the computer able to access the url?",
  ])
    assert.ok(isWayLost(words), words);
  for (const words of [
    "The model refused to go on.",
    "invalid x-api-key",
    "The turn has made its 3 model calls, which is its bound.",
    `${"x".repeat(5_000)} fetch failed`,
  ])
    assert.ok(!isWayLost(words), words.slice(0, 80));
});
