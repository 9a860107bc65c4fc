// A scheduled task is killed in the middle: the next look goes on with that very task, and starts no second one. Two never run at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInspan } from "../support/inspan-process.ts";
import { makeTaskWorld } from "../support/task-world.ts";

const yaml = `checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done", timeoutSeconds: 60 }]
merge: { policy: auto }
schedules:
  - { name: mend, cron: "0 3 * * *", prompt: "Mend alpha", until: merge }
  - { name: look, cron: "0 4 * * *", run: feedback list }
`;

test("a scheduled task that was killed is gone on with, once, and merged", { timeout: 300_000 }, async (t) => {
  const world = await makeTaskWorld({ names: ["alpha"], yaml });
  t.after(() => world.close());
  const env = { INSPAN_HOME: world.statePath, INSPAN_MODEL_BASE_URL: world.model.url, INSPAN_MODEL: "scripted" };
  let beside: Promise<unknown> = Promise.resolve();
  const killed = await runInspan(["schedule", "run", "mend", "--json"], {
    cwd: world.path, env, timeoutMs: 120_000,
    onEvent: (event, kill) => {
      if (event.type !== "task") return;
      beside = world.inspan(["schedule", "run", "look", "--json"]).then((run) => { kill("SIGKILL"); return run.events.at(-1)?.["ran"]; });
    },
  });
  assert.equal(killed.signal, "SIGKILL", killed.stderr);
  assert.match(JSON.stringify(await beside), /"state":"waits".*two never run at once/);
  const again = await world.inspan(["schedule", "run", "--json"]);
  assert.equal(again.exitCode, 0, again.stderr);
  assert.match(JSON.stringify(again.events.at(-1)), /"name":"mend".*"state":"done".*merged/);
  const tasks = JSON.parse((await world.inspan(["task", "list", "--json"])).stdout) as { tasks: readonly unknown[] };
  assert.deepEqual([tasks.tasks.length, world.atOrigin("rev-list", "--count", "main")], [1, "2"]);
  assert.deepEqual((await world.inspan(["schedule", "run", "--json"])).events.at(-1)?.["ran"], []);
});
