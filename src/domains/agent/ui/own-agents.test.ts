// What `inspan doctor` says of the agents of a repository's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeOwnAgents } from "./index.ts";

test("judgeOwnAgents() warns of an agent that is not there, and fails where tasks use it", () => {
  const [good, bad] = [
    { name: "good", status: "ok", found: "the command: x" },
    { name: "bad", status: "missing", found: "the variable K is not set", remedy: "export K=…" },
  ] as const;
  assert.deepEqual(judgeOwnAgents([good], "good"), { status: "ok", found: "good: the command: x" });
  const found = "good: the command: x; bad: the variable K is not set";
  assert.deepEqual(judgeOwnAgents([good, bad], "builtin"), { status: "warning", found, remedy: "export K=…" });
  assert.deepEqual(judgeOwnAgents([good, bad], "bad"), { status: "missing", found, remedy: "export K=…" });
});
