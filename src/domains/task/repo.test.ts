// The runner's lease: one loop a task, also inside one process that runs many (the server).
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodeDatabases } from "../../providers/node/database.ts";
import { openTaskStore } from "./repo.ts";
import { nothingSpent } from "./service/budget.ts";
import { TaskState, type TaskId } from "./types/index.ts";

test("acquire() refuses a second loop of the same process, and gives the lease again after release() or the holder's death", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "inspan-tasks-"));
  const store = openTaskStore(nodeDatabases, folder);
  t.after(async () => { await store.close(); rmSync(folder, { recursive: true, force: true }); });
  const state = TaskState.parse({
    version: 1,
    id: "aaaaaa",
    title: "t",
    prompt: "p",
    source: "person",
    agent: { driver: "builtin" },
    until: "merge",
    isUnsandboxedAllowed: false,
    status: "prepared",
    phase: "prepared",
    tries: { plan: 0, reproduce: 0, validate: 0, checks: 0, merge: 0 }, review: { round: 0, findings: [], rounds: [] }, checks: { results: [] }, messages: [],
    budget: { turns: 1, attempts: 1, tokens: 1, minutes: 1 },
    spent: nothingSpent,
    spentBefore: nothingSpent,
    timeline: [],
    createdAt: "2026-01-02T03:04:05.000Z",
    updatedAt: "2026-01-02T03:04:05.000Z",
  });
  await store.create(state);
  const lease = { pid: 7, startTime: "one" };
  assert.deepEqual(await store.acquire(state.id, lease, () => true), { kind: "acquired" });
  assert.deepEqual(await store.acquire(state.id, lease, () => true), { kind: "held", by: lease });
  await store.release(state.id, lease);
  assert.deepEqual(await store.acquire(state.id, lease, () => true), { kind: "acquired" });
  assert.deepEqual(await store.acquire(state.id, { pid: 8, startTime: "two" }, () => false), { kind: "acquired" });
});

test("isFirstToLand() lets one task merge at a time, in the order in which they came, and passes the dead over", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "inspan-landing-"));
  const store = openTaskStore(nodeDatabases, folder);
  t.after(async () => { await store.close(); rmSync(folder, { recursive: true, force: true }); });
  const [one, two, three] = ["one", "two", "three"].map((id) => id as TaskId); // ids of no stored task
  if (!one || !two || !three) throw new Error("three ids");
  const lease = { pid: 7, startTime: "a" };
  const living = () => true;
  assert.deepEqual(
    [
      await store.isFirstToLand(one, lease, living),
      await store.isFirstToLand(two, lease, living),
      await store.isFirstToLand(three, lease, living),
      await store.isFirstToLand(one, lease, living),
    ],
    [true, false, false, true],
  );
  await store.leaveLanding(one);
  assert.deepEqual(
    [await store.isFirstToLand(three, lease, living), await store.isFirstToLand(two, lease, living), await store.isFirstToLand(one, lease, living)],
    [false, true, false],
  );
  const other = { pid: 8, startTime: "b" };
  assert.equal(await store.isFirstToLand(three, other, (holder) => holder.pid === 8), true, "the runner of two was killed");
  assert.equal(await store.isFirstToLand(two, other, living), false, "who comes back stands at the end");
});
