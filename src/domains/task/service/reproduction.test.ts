import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeFailure } from "./reproduction.ts";

function check(run: { exitCode: number | null; output: string }, expected: string) {
  assert.equal(judgeFailure(run).kind, expected, run.output);
}

test("judgeFailure() accepts an assertion's failure only", () => {
  check({ exitCode: 1, output: "✖ touching\n  AssertionError [ERR_ASSERTION]: Expected values to be strictly equal" }, "reproduced");
  check({ exitCode: 1, output: "E       assert 3 == 4" }, "reproduced");
  check({ exitCode: 1, output: "--- FAIL: TestTouching (0.00s)" }, "reproduced");
  check({ exitCode: 101, output: "thread 'a' panicked at src/lib.rs:3:\nassertion `left == right` failed" }, "reproduced");
  check({ exitCode: 0, output: "AssertionError in a comment" }, "passes");
  check({ exitCode: 1, output: "SyntaxError: Unexpected token\nAssertionError" }, "does-not-load");
  check({ exitCode: 1, output: "Error [ERR_MODULE_NOT_FOUND]: Cannot find module './x.ts'" }, "does-not-load");
  check({ exitCode: 127, output: "sh: 1: vitest: not found" }, "does-not-load");
  check({ exitCode: 1, output: "TypeError: x is not a function" }, "no-assertion");
  check({ exitCode: null, output: "" }, "hangs");
});
