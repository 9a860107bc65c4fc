import assert from "node:assert/strict";
import { test } from "node:test";
import { branchNameOf, containedPath, worktreeKeyOf } from "./naming.ts";

test("containedPath() takes paths inside, and refuses what leaves the folder or enters .git", () => {
  for (const [input, expected] of [
    ["src/a.ts", "src/a.ts"], ["./src//a.ts", "src/a.ts"], ["a/../b", "b"], ["a\\b", "a/b"], [".github/x", ".github/x"], ["..a", "..a"],
    ["", undefined],
    [".", undefined],
    ["..", undefined],
    ["../a", undefined],
    ["a/../../b", undefined],
    ["/etc/passwd", undefined],
    ["C:/x", undefined],
    [".git/config", undefined],
    [".GIT/config", undefined],
    ["a\0b", undefined],
  ] as const) assert.equal(containedPath(input), expected, JSON.stringify(input));
});

test("worktreeKeyOf() keeps different texts apart when their safe forms are equal", () => {
  assert.notEqual(worktreeKeyOf("a/b"), worktreeKeyOf("a b"));
  assert.match(worktreeKeyOf("../../etc"), /^etc-[a-f0-9]{8}$/);
  assert.match(worktreeKeyOf("日本"), /^task-[a-f0-9]{8}$/);
  assert.ok(worktreeKeyOf("x".repeat(500)).length < 60);
});

test("branchNameOf() is a valid ref whatever the title is", () => {
  assert.equal(branchNameOf("Fix: back-to-back bookings!", "k3m9"), "inspan/fix-back-to-back-bookings-k3m9");
  assert.equal(branchNameOf("..lock@{", "a"), "inspan/lock-a");
});
