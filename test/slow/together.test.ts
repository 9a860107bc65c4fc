// Changes over several repositories merge together or none does: in the order in which they were named, after a kill -9, and recovered where half of them has landed.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { git } from "../support/desk-repository.ts";
import { runInspan, type CliEvent, type CliRun } from "../support/inspan-process.ts";
import { endOf, makeTaskWorld, type TaskWorld } from "../support/task-world.ts";

const worlds: TaskWorld[] = [];
after(async () => { for (const world of worlds) await world.close(); });

const checks = 'checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done" }]\n';

async function makeTwo(options: { readonly secondYaml?: string } = {}) {
  const world = await makeTaskWorld({ names: ["both"], yaml: `${checks}merge: { policy: auto }\n` });
  worlds.push(world);
  const [second, origin] = [join(world.folder, "second"), join(world.folder, "second.git")];
  git(world.folder, "clone", "--quiet", "--bare", world.path, origin);
  git(world.folder, "clone", "--quiet", origin, second);
  if (options.secondYaml !== undefined) {
    writeFileSync(join(second, "inspan.yaml"), `version: 1\n${options.secondYaml}`);
    git(second, "commit", "--quiet", "-am", "policy");
    git(second, "push", "--quiet", "origin", "main");
  }
  const env = { INSPAN_HOME: world.statePath, INSPAN_MODEL_BASE_URL: world.model.url, INSPAN_MODEL: "scripted" };
  const inSecond = (args: readonly string[]): Promise<CliRun> => runInspan(args, { cwd: second, env });
  const subjects = (at: string): readonly string[] => git(at, "log", "--format=%s", "main").split("\n").filter((line) => line === "Mend both");
  const start = (onEvent?: (event: CliEvent, kill: (signal: NodeJS.Signals) => void) => void): Promise<CliRun> => runInspan(["task", "run", "Mend both", "--also", second, "--json"], { cwd: world.path, env, ...(onEvent ? { onEvent } : {}) });
  return { world, second, origin, inSecond, subjects, start };
}

interface GroupEnd { readonly state: string; readonly tasks: readonly { readonly taskId: string; readonly state: string; readonly hold?: { readonly reason: string; readonly question: string } }[]; readonly group: { readonly state: string; readonly order: readonly string[]; readonly missing: readonly string[]; readonly reverts: readonly string[] } }
const groupEnd = (run: CliRun): GroupEnd => run.events.at(-1) as unknown as GroupEnd; // our own result

describe("changes of two repositories", () => {
  test("killed right after the first has merged: resuming lands the second, each once, in the order told", async () => {
    const { world, origin, subjects, start } = await makeTwo();
    const merged: string[] = [];
    const killed = await start((event, kill) => { if (event.type === "merge" && event["outcome"] === "merged") { merged.push(String(event["taskId"])); kill("SIGKILL"); } });
    assert.deepEqual([killed.signal, merged.length], ["SIGKILL", 1], killed.stderr);
    assert.deepEqual([subjects(world.origin).length, subjects(origin).length], [1, 0], "the repository that was named first merges first");
    const [own] = (JSON.parse((await world.inspan(["task", "list", "--json"])).stdout) as { tasks: { taskId: string }[] }).tasks; // our own form
    assert.equal(own?.taskId, merged[0]);
    const resumed = await world.inspan(["task", "resume", own?.taskId ?? "", "--json"]);
    assert.deepEqual([resumed.exitCode, groupEnd(resumed).group.state, groupEnd(resumed).group.order], [0, "landed", ["repo", "second"]], resumed.stderr);
    assert.deepEqual([subjects(world.origin).length, subjects(origin).length], [1, 1]);
    const again = await world.inspan(["task", "resume", own?.taskId ?? "", "--json"]);
    assert.deepEqual([again.exitCode, groupEnd(again).group.state, subjects(world.origin).length, subjects(origin).length], [0, "landed", 1, 1], again.stderr);
    const { pullRequests } = JSON.parse((await world.inspan(["pr", "list", "--all", "--json"])).stdout) as { pullRequests: { id: string }[] }; // our own form
    assert.match((await world.inspan(["pr", "show", pullRequests[0]?.id ?? ""])).stdout, /Belongs together with[\s\S]*second[\s\S]*in this order, or none does: repo, second/);
    await world.nothingLives();
  });

  test("where a person has to look at one, none merges; their word merges both", async () => {
    const { world, origin, inSecond, subjects, start } = await makeTwo({ secondYaml: `${checks}merge: { policy: auto, paths: [{ paths: ["src/**"], policy: person }] }\n` });
    const run = await start();
    const end = groupEnd(run);
    assert.deepEqual([run.exitCode, end.state, end.group.state, end.group.missing], [4, "held", "waiting", ["second: held (policy)"]], run.stderr);
    assert.deepEqual([subjects(world.origin), subjects(origin)], [[], []]);
    assert.match(end.tasks[0]?.hold?.question ?? "", /waits for the others/);
    const looked = await world.inspan(["task", "resume", end.tasks[0]?.taskId ?? "", "--json"]);
    assert.deepEqual([looked.exitCode, groupEnd(looked).group.state], [4, "waiting"], looked.stderr);
    const answered = await inSecond(["task", "answer", end.tasks[1]?.taskId ?? "", "merge", "--json"]);
    assert.deepEqual([answered.exitCode, endOf(answered).state, groupEnd(answered).group.state], [0, "done", "landed"], answered.stderr);
    assert.deepEqual([subjects(world.origin).length, subjects(origin).length], [1, 1]);
  });

  test("half landed: a revert is offered once and said on both; when the rest lands, it is closed", async () => {
    const { world, origin, inSecond, subjects, start } = await makeTwo();
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
});
