import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeFailure, refuseCommand } from "./reproduction.ts";

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

test("refuseCommand() lets one plain call of a runner pass, and refuses what could fail without a test", () => {
  for (const command of [
    "node --test test/a.test.ts",
    "npm test -- test/a.test.ts",
    "npx vitest run 'src/a b.test.ts'",
    "CI=1 pytest tests/test_a.py::test_x",
    "cargo test overlap",
    "./gradlew test --tests A",
    'go test ./... -run "TestA|TestB"',
  ])
    assert.equal(refuseCommand(command), undefined, command);
  for (const command of [
    "test -e X || { echo AssertionError; exit 1; }",
    "node -e 'throw 1'",
    "sh -c 'exit 1'",
    "cp a b; node --test",
    "echo AssertionError",
    "node --test $(cat x)",
    "node --test > out",
    "node --test\nfalse",
    "/bin/bash run.sh",
    'node "--test" "$(id)"',
  ])
    assert.notEqual(refuseCommand(command), undefined, command);
});
