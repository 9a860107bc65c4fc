import assert from "node:assert/strict";
import { test } from "node:test";
import { makeTask, worktree } from "../../../../test/support/task-state.ts";
import { nextCommands, renderEnd, renderList } from "./render.ts";

test("renderEnd() of a task that ends with a patch says where the patch is and how it is read", () => {
  const state = makeTask({ status: "done", until: "patch", worktree });
  const text = renderEnd(state, false);
  assert.match(text, /^The change is on branch inspan\/t\.$/m);
  assert.match(text, /^Next: inspan task diff abc234$/m);
  assert.deepEqual(nextCommands(makeTask({ status: "done", until: "merge" })), ["inspan task show abc234"]);
});

test("renderList() says how far a long job is, and that nobody works on it", () => {
  const feature = (id: string, passes: boolean) => ({ id, description: id, steps: [], check: `node ${id}.mjs`, passes, notes: [] });
  const state = makeTask({
    status: "implementing",
    phase: "implementing",
    features: { path: "f.json", list: { version: 1, goal: "", features: [feature("one", true), feature("two", false)] }, current: "two" },
  });
  assert.match(renderList([{ state, isRunning: true }]), /^abc234 +implementing 1\/2 +builtin/m);
  assert.match(renderList([{ state, isRunning: false }]), /^abc234 +implementing \(stopped\) 1\/2 +builtin/m);
  assert.match(renderList([{ state: makeTask({ status: "implementing" }), isRunning: true }]), /^abc234 +implementing +builtin/m);
});
