import assert from "node:assert/strict";
import { test } from "node:test";
import { containPath } from "./paths.ts";

test("containPath() takes paths inside and refuses those that lead out or into .git", () => {
  const root = "/w/tree";
  for (const [raw, path] of [
    ["a/b", "a/b"],
    ["./a//b/", "a/b"],
    ["/w/tree/a", "a"],
    ["/w/tree", ""],
    ["", ""],
    ["a\\b", "a/b"],
    [".github/x", ".github/x"],
    ["a..b", "a..b"],
    [".gitignore", ".gitignore"],
  ] as const) {
    assert.deepEqual(containPath(raw, root), { kind: "inside", path }, raw);
  }
  for (const raw of ["..", "a/../../b", "/etc/passwd", "/w/tree2/a", "/w/tree/../x", ".git", ".git/config", "sub/.GIT/hooks", "~/x", "C:/x", "a\0b", "a\nb", "x".repeat(2_000)]) {
    assert.equal(containPath(raw, root).kind, "outside", JSON.stringify(raw));
  }
});
