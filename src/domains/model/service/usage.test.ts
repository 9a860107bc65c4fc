import assert from "node:assert/strict";
import { test } from "node:test";
import { addUsage, costOfUsage, noUsage } from "./usage.ts";

const usage = { inputTokens: 1_000_000, cachedInputTokens: 400_000, outputTokens: 100_000, reasoningTokens: 0, costUsd: 1, source: "wire" } as const;

test("addUsage() keeps the weaker source and loses the cost when one part has none", () => {
  assert.deepEqual(addUsage(usage, { ...noUsage, costUsd: null, source: "reported" }), { ...usage, costUsd: null, source: "reported" });
  assert.deepEqual(addUsage(noUsage, usage), usage);
});

test("costOfUsage() prices cached input apart and falls back to the full price", () => {
  assert.equal(costOfUsage(usage, { inputUsd: 2, cachedInputUsd: 0.5, outputUsd: 10 }), 0.6 * 2 + 0.4 * 0.5 + 0.1 * 10);
  assert.equal(costOfUsage(usage, { inputUsd: 2, outputUsd: 10 }), 3);
});
