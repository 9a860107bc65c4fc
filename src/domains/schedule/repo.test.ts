// A time of a schedule is taken once, whoever saw it to be due.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodeDatabases } from "../../providers/node/database.ts";
import { openScheduleStore } from "./repo.ts";

test("take() gives a time to one process, also to none that saw it due before it was done; a killed run is taken again", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "inspan-schedule-"));
  const [one, other] = [openScheduleStore(nodeDatabases, folder), openScheduleStore(nodeDatabases, folder)];
  t.after(async () => { await one.close(); await other.close(); rmSync(folder, { recursive: true, force: true }); });
  const lease = { pid: 1, startTime: "1" };
  const take = (store: typeof one, slotMs: number, isAlive: boolean, isManual = false) =>
    store.take({ name: "night", slotMs, missed: 0, lease, at: "2026-11-16T03:00:00Z", isManual }, () => isAlive).then(({ kind }) => kind);
  await one.cursor("night", 1);
  assert.deepEqual([await take(one, 10, true), await take(other, 10, true)], ["taken", "busy"]);
  assert.equal(await take(other, 10, false), "again");
  await other.end("night", 10, { state: "done", at: "2026-11-16T03:01:00Z", summary: "" });
  assert.deepEqual([await take(one, 10, false), await take(one, 9, false), await take(one, 10, false, true)], ["gone", "gone", "taken"]);
  await one.end("night", 10, { state: "done", at: "2026-11-16T03:02:00Z", summary: "" });
  assert.equal(await take(one, 11, false), "taken");
});
