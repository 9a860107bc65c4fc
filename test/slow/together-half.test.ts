// Half of what belongs together has landed and the rest does not: a revert is offered, and closed when the rest lands.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { TaskWorld } from "../support/task-world.ts";
import { groupEnd, makeTwo } from "../support/two-repositories.ts";

const worlds: TaskWorld[] = [];
after(async () => { for (const world of worlds) await world.close(); });

test("half landed: a revert is offered once and said on both; when the rest lands, it is closed", async () => {
  const { world, origin, inSecond, subjects, start } = await makeTwo();
  worlds.push(world);
  const hook = join(origin, "hooks/update");
  mkdirSync(join(origin, "hooks"), { recursive: true });
  writeFileSync(hook, "#!/bin/sh\n[ \"$1\" != refs/heads/main ] || { echo 'main is frozen' >&2; exit 1; }\n");
  chmodSync(hook, 0o755);
  const run = await start();
  const end = groupEnd(run);
  assert.deepEqual([run.exitCode, end.group.state, end.tasks.map(({ state }) => state), end.group.reverts.length], [4, "half", ["done", "held"], 1], run.stderr);
  const [revert = ""] = end.group.reverts;
  const shown = await world.inspan(["pr", "show", revert]);
  assert.match(shown.stdout, /Revert "Mend both"[\s\S]*open[\s\S]*belongs together with changes that have not landed: second/);
  const again = await inSecond(["task", "resume", end.tasks[1]?.taskId ?? "", "--json"]);
  assert.deepEqual([again.exitCode, groupEnd(again).group.state, groupEnd(again).group.reverts], [4, "half", [revert]], again.stderr);
  rmSync(hook);
  const landed = await inSecond(["task", "resume", end.tasks[1]?.taskId ?? "", "--json"]);
  assert.deepEqual([landed.exitCode, groupEnd(landed).group.state], [0, "landed"], landed.stderr);
  assert.deepEqual([subjects(world.origin).length, subjects(origin).length], [1, 1]);
  assert.match((await world.inspan(["pr", "show", revert])).stdout, /^closed/m);
});
