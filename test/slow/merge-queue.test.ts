// The merge queue on a real bare remote with real checks: what lands is what was tested, in few runs, also after a kill between push and note.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { createBareRemote } from "../support/bare-remote.ts";
import { runInspan } from "../support/inspan-process.ts";
import { createPullRequests } from "../../src/domains/pull-request/runtime/index.ts";

const closing: (() => Promise<void>)[] = [];
after(async () => { for (const close of closing) await close(); });

const check = "checks: [{ name: sum, run: \"sh check.sh\" }]\n";
// Red where any file says bad.
const script = "#!/bin/sh\n! grep -rl '^bad' parts\n";

/** One pull request for each entry of `parts`: the files that it changes. */
async function setUpParts(parts: readonly Readonly<Record<string, string>>[], more: { readonly script?: string; readonly start?: string } = {}) {
  const remote = await createBareRemote({ "inspan.yaml": `version: 1\n${check}`, "check.sh": more.script ?? script, "parts/start.txt": more.start ?? "good\n" });
  closing.push(() => remote.dispose());
  const clone = await remote.clone("user");
  const requests = createPullRequests(remote.providers, clone.repository);
  const base = clone.git("rev-parse", "origin/main");
  const ids: string[] = [];
  for (const [index, files] of parts.entries()) {
    const branch = `inspan/t${index}`;
    const head = clone.commitOn(branch, files, base);
    await requests.pushBranch({ worktreePath: clone.path, branch, commit: head, expectedRemote: undefined });
    ids.push(
      (
        await requests.openPullRequest({
          taskId: `t${index}`,
          branch,
          baseBranch: "main",
          baseCommit: base,
          headCommit: head,
          title: `Part ${index}`,
          body: "",
          reviewers: [],
        })
      ).id,
    );
  }
  const run = async (args: readonly string[]) => {
    const answer = await runInspan(["pr", "queue", ...args, "--json"], { cwd: clone.path, env: { INSPAN_HOME: join(remote.path, "state-cli") } });
    return { exitCode: answer.exitCode, report: JSON.parse(answer.stdout) as { landed: string[]; rejected: { id: string; reason: string }[]; runs: number } }; // our own result
  };
  const subjects = (): readonly string[] => remote.origin("log", "--format=%s", "main").split("\n");
  return { remote, clone, ids, base, run, subjects };
}

const setUp = (count: number, bad: ReadonlySet<number>) =>
  setUpParts(Array.from({ length: count }, (_, index) => ({ [`parts/p${index}.txt`]: bad.has(index) ? "bad\n" : "good\n" })));

/** The checks of main as it is now, run by hand. */
function isMainGreen({ clone }: Awaited<ReturnType<typeof setUpParts>>): boolean {
  clone.git("fetch", "--quiet", "origin");
  clone.git("checkout", "--quiet", "--detach", "origin/main");
  const run = spawnSync("sh", ["check.sh"], { cwd: clone.path });
  clone.git("checkout", "--quiet", "main");
  return run.status === 0;
}

test("twenty changes with one bad among them: nineteen land in at most six runs of real checks", async () => {
  const world = await setUp(20, new Set([0]));
  const { exitCode, report } = await world.run(world.ids);
  assert.deepEqual([exitCode, report.rejected.map(({ id }) => id), report.landed.length], [1, [world.ids[0]], 19]);
  assert.ok(report.runs <= 6, `${report.runs} runs`);
  assert.match(report.rejected[0]?.reason ?? "", /sum failed|pass without it/);
  assert.deepEqual([[...world.subjects()].sort(), isMainGreen(world)], [["start", ...Array.from({ length: 19 }, (_, index) => `Part ${index + 1}`)].sort(), true]);
  assert.equal(world.remote.origin("for-each-ref", "--format=%(refname:short)", "refs/heads/inspan").trim(), "inspan/t0");
  assert.deepEqual((await world.run([])).report, { version: 1, landed: [], rejected: [], runs: 0 });
});

test("two that are green alone and red together, and one that conflicts: the others land, one of the pair and the conflicting one are named with their reasons", async () => {
  const pairScript = "#!/bin/sh\n! { test -e parts/left && test -e parts/right; }\n";
  const world = await setUpParts(
    [
      { "parts/a": "1\n" },
      { "parts/left": "1\n" },
      { "parts/b": "1\n" },
      { "parts/start.txt": "mine\n" },
      { "parts/right": "1\n" },
      { "parts/start.txt": "theirs\n" },
    ],
    { script: pairScript },
  );
  const { exitCode, report } = await world.run(world.ids);
  assert.deepEqual([exitCode, [...report.landed, ...report.rejected.map(({ id }) => id)].sort()], [1, [...world.ids].sort()], "each has one end");
  const reasonOf = (index: number): string => report.rejected.find(({ id }) => id === world.ids[index])?.reason ?? "";
  assert.match(reasonOf(5), /conflicts in parts\/start\.txt/);
  assert.match(reasonOf(1) + reasonOf(4), /sum failed|pass without it/);
  assert.deepEqual([report.rejected.length, report.landed.length, isMainGreen(world)], [2, 4, true]);
});

test("somebody else pushes main while the queue tests: what lands was tested upon it", async () => {
  const world = await setUp(3, new Set());
  const pushed = world.clone.commitOn("other", { "other.txt": "theirs\n" }, world.base);
  world.clone.git("push", "--quiet", "origin", "other");
  // In the middle: the first push of the queue meets a main that moved between its test and its push.
  world.remote.hook(
    world.remote.originPath,
    "pre-receive",
    `read -r old new ref; if [ "$ref" = refs/heads/main ] && [ ! -e ${world.remote.path}/moved ]; then touch ${world.remote.path}/moved; unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES; git update-ref refs/heads/main ${pushed} ${world.base}; fi`,
  );
  const { exitCode, report } = await world.run(world.ids);
  assert.deepEqual([exitCode, report.landed, report.rejected, report.runs], [0, world.ids, [], 2]);
  assert.deepEqual([...world.subjects()].sort(), ["Part 0", "Part 1", "Part 2", "change other", "start"]);
});

test("somebody else pushes main while a person merges: it is looked at again, and merged upon it", async () => {
  const world = await setUp(1, new Set());
  const pushed = world.clone.commitOn("other", { "other.txt": "theirs\n" }, world.base);
  world.clone.git("push", "--quiet", "origin", "other");
  world.remote.hook(
    world.remote.originPath,
    "pre-receive",
    `read -r old new ref; if [ "$ref" = refs/heads/main ] && [ ! -e ${world.remote.path}/moved ]; then touch ${world.remote.path}/moved; unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES; git update-ref refs/heads/main ${pushed} ${world.base}; fi`,
  );
  const merged = await runInspan(["pr", "merge", world.ids[0] ?? "", "--json"], { cwd: world.clone.path, env: { INSPAN_HOME: join(world.remote.path, "state-cli") } });
  assert.equal(merged.exitCode, 0, merged.stdout + merged.stderr);
  assert.deepEqual([...world.subjects()].sort(), ["Part 0", "change other", "start"]);
});

test("where main itself is red, no change is blamed: that is told, and all go on when it is mended", async () => {
  const world = await setUpParts([{ "parts/a.txt": "good\n" }, { "parts/b.txt": "good\n" }, { "parts/c.txt": "good\n" }], { start: "bad\n" });
  const answer = await runInspan(["pr", "queue", ...world.ids, "--json"], { cwd: world.clone.path, env: { INSPAN_HOME: join(world.remote.path, "state-cli") } });
  assert.equal(answer.exitCode, 4, answer.stdout + answer.stderr);
  assert.match(answer.stdout, /BASE_RED.*checks of main fail without any change/);
  const mended = world.clone.commitOn("mended", { "parts/start.txt": "good\n" }, world.base);
  world.clone.git("push", "--quiet", "origin", `${mended}:refs/heads/main`);
  const { exitCode, report } = await world.run([]);
  assert.deepEqual([exitCode, [...report.landed].sort(), report.rejected], [0, [...world.ids].sort(), []]);
});

test("a runner that is killed right after its push lands nothing twice", async () => {
  const { remote, ids, run } = await setUp(2, new Set());
  const mark = join(remote.path, "pushed");
  // The queue's own process is the parent's parent of the hook: it dies when main moves.
  remote.hook(
    remote.originPath,
    "post-receive",
    `unset GIT_QUARANTINE_PATH; while read -r old new ref; do if [ "$ref" = refs/heads/main ] && [ ! -e ${mark} ]; then touch ${mark}; pid=$PPID; while [ "$pid" -gt 1 ]; do parent=$(awk '/^PPid/ {print $2}' /proc/$pid/status); if tr '\\0' ' ' < /proc/$pid/cmdline | grep -q 'pr queue'; then kill -9 "$pid"; fi; pid=$parent; done; fi; done`,
  );
  await assert.rejects(run(ids));
  assert.ok(existsSync(mark));
  const { report } = await run([]);
  assert.deepEqual([report.landed, report.rejected], [ids, []]);
  assert.equal(remote.origin("rev-list", "--count", "main"), "3");
});
