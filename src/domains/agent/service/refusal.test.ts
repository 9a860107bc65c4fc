import assert from "node:assert/strict";
import { test } from "node:test";
import { isFinal, remedyOf } from "./refusal.ts";

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
  check(400, "messages: at least one message is required", undefined);
  check(400, `model ${"x".repeat(100_000)}`, undefined);
  check(500, "unknown model", undefined);
  check(undefined, "refused", undefined);
  assert.deepEqual([401, 403, 404, 400, 429, undefined].map((status) => isFinal({ status, words: "" })), [true, true, true, false, false, false]);
});
