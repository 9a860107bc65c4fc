// Two runs side by side: what is new, gone and changed, and what is noise.
import assert from "node:assert/strict";
import { test } from "node:test";
import { diffSignals, type RunSignals } from "./diff-signals.ts";

const run = (patterns: Record<string, number>, spans: Record<string, [number, number, number]> = {}, metrics: Record<string, number> = {}): RunSignals => ({
  patterns: new Map(Object.entries(patterns)),
  metrics: new Map(Object.entries(metrics)),
  spans: new Map(Object.entries(spans).map(([name, [count, p50Ms, p95Ms]]) => [name, { count, p50Ms, p95Ms }])),
});

test("diffSignals() names new, gone and changed, and leaves noise out", () => {
  const diff = diffSignals(
    run({ same: 100, gone: 5, less: 100 }, { slow: [10, 20, 50], steady: [10, 1, 2] }, { up: 1 }),
    run({ same: 110, less: 10, "new <_>": 3 }, { slow: [10, 21, 200], steady: [10, 2, 4] }, { up: 1, extra: 4 }),
  );
  assert.deepEqual(diff.patterns.map(({ name, change }) => `${change} ${name}`), ["new new <_>", "gone gone", "changed less"]);
  assert.deepEqual(diff.spans, [{ name: "slow", change: "changed", before: { count: 10, p50Ms: 20, p95Ms: 50 }, after: { count: 10, p50Ms: 21, p95Ms: 200 } }]);
  assert.deepEqual(diff.metrics, [{ name: "extra", change: "new", before: undefined, after: 4 }]);
});
