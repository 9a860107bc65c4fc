// `inspan task rework`, killed at every step through the command line: one pull request is closed, one reason is said and kept, one task is begun afresh, nothing is lost.
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";
import { runInspan, type CliEvent, type CliRun } from "../support/inspan-process.ts";

let world: TaskWorld;
let env: Record<string, string>;
before(async () => {
  world = await makeTaskWorld({ names: ["sum"], yaml: 'checks: [{ name: test, run: "node test/start.mjs" }]\n' });
  env = { INSPAN_HOME: world.statePath, INSPAN_MODEL_BASE_URL: world.model.url, INSPAN_MODEL: "scripted" };
});
after(() => world.close());

const why = "Nobody reads a double minus.";
const rework = (taskId: string, onEvent?: (event: CliEvent, kill: (signal: NodeJS.Signals) => void) => void): Promise<CliRun> =>
  runInspan(["task", "rework", taskId, why, "--json"], { cwd: world.path, env, ...(onEvent ? { onEvent } : {}) });

/** The origin kills whoever reworks when this ref has moved there, once. */
function killAtPush(ref: string): string {
  const [hook, mark] = [join(world.origin, "hooks/post-receive"), join(world.folder, "killed-once")];
  rmSync(mark, { force: true });
  mkdirSync(join(world.origin, "hooks"), { recursive: true });
  writeFileSync(
    hook,
    `#!/bin/sh\nwhile read -r old new ref; do if [ "$ref" = ${ref} ] && [ ! -e ${mark} ]; then touch ${mark}; pid=$PPID; while [ "$pid" -gt 1 ]; do parent=$(awk '/^PPid/ {print $2}' /proc/$pid/status); if tr '\\0' ' ' < /proc/$pid/cmdline | grep -q 'inspan.js task rework'; then kill -9 "$pid"; break; fi; pid=$parent; done; fi; done\n`,
  );
  chmodSync(hook, 0o755);
  return mark;
}

let first = "";
let head = "";

for (const [ref, words] of [["refs/notes/devtools/discuss", "the reason was said"], ["refs/notes/devtools/reviews", "the pull request was closed"]] as const) {
  test(`killed right after ${words}`, async () => {
    if (first === "") {
      const run = endOf(await world.inspan(["task", "run", "Mend sum", "--json"]));
      assert.equal(run.state, "done");
      first = run.taskId;
      head = world.atOrigin("for-each-ref", "--format=%(objectname)", "refs/heads/inspan").trim();
    }
    const mark = killAtPush(ref);
    const run = await rework(first);
    assert.deepEqual([run.signal, existsSync(mark)], ["SIGKILL", true], run.stderr);
    rmSync(join(world.origin, "hooks/post-receive"));
  });
}

test("killed when the old work is thrown away, and when the new task has begun", async () => {
  for (const type of ["reworked", "started"]) {
    const run = await rework(first, (event, kill) => { if (event.type === type) kill("SIGKILL"); });
    assert.equal(run.signal, "SIGKILL", `${type}: ${run.stderr}`);
  }
});

test("in the end it is as if nothing had been killed: one task begun afresh, one pull request closed, the reason said and kept once, nothing lost", async () => {
  const end = await rework(first);
  const result = endOf(end);
  assert.deepEqual([result.state, end.events.at(-1)?.["reworkOf"]], ["done", first], end.stderr);
  const { tasks } = JSON.parse((await world.inspan(["task", "list", "--json"])).stdout) as { tasks: { taskId: string }[] }; // our own form
  assert.deepEqual(tasks.map(({ taskId }) => taskId).sort(), [first, result.taskId].sort(), "one task is begun afresh");
  const { pullRequests } = JSON.parse((await world.inspan(["pr", "list", "--all", "--json"])).stdout) as {
    pullRequests: { id: string; state: string; taskId: string }[];
  }; // our own form
  assert.deepEqual(pullRequests.map(({ taskId, state }) => `${taskId} ${state}`).sort(), [`${first} closed`, `${result.taskId} open`].sort());
  const old = pullRequests.find(({ taskId }) => taskId === first);
  assert.equal((await world.inspan(["pr", "show", old?.id ?? ""])).stdout.split("This change is thrown away").length, 2, "said once");
  assert.equal((await world.inspan(["feedback", "list", "--json"])).stdout.split("Reworked: Mend sum").length, 2, "kept once");
  assert.ok(world.git("for-each-ref", "--format=%(objectname)", "refs/inspan/rescue").split("\n").includes(head), "the thrown away commits are kept");
  const other = await world.inspan(["task", "rework", first, "Another reason.", "--json"]);
  assert.deepEqual([other.exitCode, /TASK_REWORKED/.test(other.stdout + other.stderr)], [2, true], other.stderr);
  await world.nothingLives();
});
