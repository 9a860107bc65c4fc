import assert from "node:assert/strict";
import { test } from "node:test";
import { makeTask, worktree } from "../../../../test/support/task-state.ts";
import { nextCommands, renderEnd } from "./render.ts";

test("renderEnd() of a task that ends with a patch says where the patch is and how it is read", () => {
  const state = makeTask({ status: "done", until: "patch", worktree });
  const text = renderEnd(state, false);
  assert.match(text, /^The change is on branch inspan\/t\.$/m);
  assert.match(text, /^Next: inspan task diff abc234$/m);
  assert.deepEqual(nextCommands(makeTask({ status: "done", until: "merge" })), ["inspan task show abc234"]);
});
