// `inspan pr watch`, killed between acknowledgement, answer and revert: nothing is said, merged or opened twice, and what it had set going is taken up again.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startFakeGitHub, type FakeForge } from "../programs/forge/github.ts";
import { ForgeWorld, people } from "../programs/forge/world.ts";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";
import { runInspan, type CliEvent, type CliRun } from "../support/inspan-process.ts";

const state = new ForgeWorld("");
let forge: FakeForge;
let world: TaskWorld;
let env: Record<string, string>;
before(async () => {
  forge = await startFakeGitHub(state);
  world = await makeTaskWorld({
    names: ["held"], env: { INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" },
    yaml: `checks: [{ name: test, run: "node test/start.mjs" }]\nmerge: { policy: auto, paths: [{ paths: ["src/held.mjs"], policy: person }] }\nforge: { kind: github, url: "${forge.url}", repository: team/desk, checks: [build], pollSeconds: 5 }\n`,
  });
  state.originPath = world.origin;
  state.ci.set("build", (sha) =>
    state.git("rev-parse", "main") === sha && state.git("show", `${sha}:src/held.mjs`).includes("a + b")
      ? { conclusion: "failure", log: "main is broken" }
      : { conclusion: "success" },
  );
  env = { INSPAN_HOME: world.statePath, INSPAN_MODEL_BASE_URL: world.model.url, INSPAN_MODEL: "scripted", INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" };
});
after(async () => { await world.close(); await forge.close(); });

const watch = (onEvent?: (event: CliEvent, kill: (signal: NodeJS.Signals) => void) => void): Promise<CliRun> =>
  runInspan(["pr", "watch", "--once", "--json"], { cwd: world.path, env, ...(onEvent ? { onEvent } : {}) });
const killedAt = async (fits: (event: CliEvent) => boolean): Promise<void> => {
  const run = await watch((event, kill) => { if (fits(event)) kill("SIGKILL"); });
  assert.equal(run.signal, "SIGKILL", run.stderr);
};
const said = (number: number): readonly string[] => state.wordsOf(number, people.agent.login);

/** The origin kills the watch that pushes a revert, once: between that push and its pull request. */
function killAtRevert(): string {
  const [hook, mark] = [join(world.origin, "hooks/post-receive"), join(world.folder, "killed-once")];
  mkdirSync(join(world.origin, "hooks"), { recursive: true });
  writeFileSync(
    hook,
    `#!/bin/sh\nwhile read -r old new ref; do case "$ref" in refs/heads/inspan/revert-*) if [ ! -e ${mark} ]; then touch ${mark}; pid=$PPID; while [ "$pid" -gt 1 ]; do parent=$(awk '/^PPid/ {print $2}' /proc/$pid/status); if tr '\\0' ' ' < /proc/$pid/cmdline | grep -q 'inspan.js pr watch'; then kill -9 "$pid"; break; fi; pid=$parent; done; fi;; esac; done\n`,
  );
  chmodSync(hook, 0o755);
  return mark;
}

// The merge may come in the same look as the revert, or in the one before.
const looksMax = 8;

test("a watch that is killed after an acknowledgement, in the middle of a task and before a revert is opened: said, merged and opened once each", async () => {
  const run = await world.inspan(["task", "run", "Mend held", "--json"]);
  assert.deepEqual([endOf(run).state, endOf(run).reason], ["held", "policy"], run.stderr);
  state.say(1, people.ada, "/inspan answer merge");
  await killedAt(({ type }) => type === "answered");
  assert.equal(state.pulls.get(1)?.merged, false);
  await killedAt(({ type, effect }) => type === "effect" && effect === "merge");
  const mark = killAtRevert();
  let kills = 0;
  let end: CliRun | undefined;
  for (let looks = 0; looks < looksMax && (end?.exitCode !== 1 || !existsSync(mark)); looks++) {
    end = await watch();
    if (end.signal === "SIGKILL") kills++;
  }
  assert.deepEqual([end?.exitCode, kills], [1, 1], end?.stderr);
  assert.equal((await watch()).exitCode, 1, "the base is still red");
  assert.equal(state.pulls.get(1)?.merged, true);
  const { tasks } = JSON.parse((await world.inspan(["task", "list", "--json"])).stdout) as { tasks: { state: string }[] }; // our own form
  assert.deepEqual(tasks.map((task) => task.state), ["done"]);
  assert.equal(world.atOrigin("log", "--format=%s", "main").split("\n").filter((line) => line.startsWith("Mend held")).length, 1);
  assert.deepEqual([state.pulls.size, state.pulls.get(2)?.state], [2, "open"]);
  assert.match(state.pulls.get(2)?.title ?? "", /^Revert "Mend held/);
  for (const words of ["Heard, @ada", "The base is red since this landed"]) assert.equal(said(1).filter((body) => body.includes(words)).length, 1, said(1).join("\n---\n"));
  await world.nothingLives();
});
