import assert from "node:assert/strict";
import { test } from "node:test";
import { failuresOf } from "./failures.ts";

const passes = {
  "node:test": "✔ adds (0.5ms)",
  tap: "ok 3 - adds\n  ---\n  duration_ms: 0.5\n  ...",
  jest: "PASS test/a.test.js\n  ✓ adds (2 ms)",
  pytest: "test/test_a.py::test_adds PASSED  [ 50%]",
  go: "=== RUN   TestAdds\n--- PASS: TestAdds (0.00s)",
  cargo: "test adds ... ok",
};
const fails = {
  "node:test": "✖ subtracts (1ms)\n  AssertionError [ERR_ASSERTION]: 1 !== 2",
  tap: "not ok 4 - subtracts\n  ---\n  error: '1 !== 2'\n  ...",
  jest: "  ● subtracts\n    Expected: 2\n    Received: 1",
  pytest: "E   assert 1 == 2",
  go: "--- FAIL: TestSub (0.00s)\n    a_test.go:3: got 1",
  cargo: "thread 'sub' panicked at src/a.rs:3",
};

test("failuresOf() shows what failed and none of what passed, whatever runner wrote it", () => {
  for (const runner of Object.keys(passes) as (keyof typeof passes)[]) { // the keys of the table above
    const passed = Array.from({ length: 40 }, () => passes[runner]);
    const shown = failuresOf([...passed, fails[runner], ...passed].join("\n"), 1000);
    for (const line of fails[runner].split("\n")) assert.ok(shown.includes(line.trim()), `${runner}: ${line} in\n${shown}`);
    assert.doesNotMatch(shown, /\badds\b|TestAdds|test_adds/, runner);
    assert.match(shown, /^\[\d+ lines of passing tests and counts left out\]/);
    assert.ok(shown.length < 400, `${runner}: ${shown.length}`);
  }
});

test("failuresOf() keeps an output that tells of no failure, bounded, and bounds one that has thousands", () => {
  assert.equal(failuresOf("ok 1 - fine\nsegmentation fault", 1000), "ok 1 - fine\nsegmentation fault");
  assert.equal(failuresOf("", 100), "");
  const huge = failuresOf("not ok 1 - x\n".repeat(100_000), 1000);
  assert.ok(huge.length < 1100, String(huge.length));
});
