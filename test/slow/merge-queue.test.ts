// The merge queue on a real bare remote with real checks: what lands is what was tested, in few runs, also after a kill between push and note.
import assert from "node:assert/strict";
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

async function setUp(count: number, bad: ReadonlySet<number>) {
  const remote = await createBareRemote({ "inspan.yaml": `version: 1\n${check}`, "check.sh": script, "parts/start.txt": "good\n" });
  closing.push(() => remote.dispose());
  const clone = await remote.clone("user");
  const requests = createPullRequests(remote.providers, clone.repository);
  const base = clone.git("rev-parse", "origin/main");
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const branch = `inspan/t${index}`;
    const head = clone.commitOn(branch, { [`parts/p${index}.txt`]: bad.has(index) ? "bad\n" : "good\n" }, base);
    await requests.pushBranch({ worktreePath: clone.path, branch, commit: head, expectedRemote: undefined });
    ids.push((await requests.openPullRequest({ taskId: `t${index}`, branch, baseBranch: "main", baseCommit: base, headCommit: head, title: `Part ${index}`, body: "", reviewers: [] })).id);
  }
  const run = async (args: readonly string[]) => {
    const answer = await runInspan(["pr", "queue", ...args, "--json"], { cwd: clone.path, env: { INSPAN_HOME: join(remote.path, "state-cli") } });
    return { exitCode: answer.exitCode, report: JSON.parse(answer.stdout) as { landed: string[]; rejected: { id: string; reason: string }[]; runs: number } }; // our own result
  };
  return { remote, clone, ids, base, run };
}

test("eight changes with one bad among them: seven land as they were tested, the bad one is named, and main is green", async () => {
  const { remote, clone, ids, run } = await setUp(8, new Set([5]));
  const { exitCode, report } = await run(ids);
  assert.deepEqual([exitCode, report.rejected.map(({ id }) => id), report.landed.length], [1, [ids[5]], 7]);
  assert.ok(report.runs <= 5, `${report.runs} runs`);
  assert.match(report.rejected[0]?.reason ?? "", /sum failed|pass without it/);
  clone.git("fetch", "--quiet", "origin");
  assert.deepEqual(remote.origin("log", "--format=%s", "main").split("\n").sort(), ["start", ...[0, 1, 2, 3, 4, 6, 7].map((index) => `Part ${index}`)].sort());
  assert.equal(remote.origin("for-each-ref", "--format=%(refname:short)", "refs/heads/inspan").trim(), "inspan/t5");
  assert.deepEqual((await run([])).report, { version: 1, landed: [], rejected: [], runs: 0 });
});

test("a runner that is killed right after its push lands nothing twice", async () => {
  const { remote, ids, run } = await setUp(2, new Set());
  const mark = join(remote.path, "pushed");
  // The queue's own process is the parent's parent of the hook: it dies when main moves.
  remote.hook(remote.originPath, "post-receive", `unset GIT_QUARANTINE_PATH; while read -r old new ref; do if [ "$ref" = refs/heads/main ] && [ ! -e ${mark} ]; then touch ${mark}; pid=$PPID; while [ "$pid" -gt 1 ]; do parent=$(awk '/^PPid/ {print $2}' /proc/$pid/status); if tr '\\0' ' ' < /proc/$pid/cmdline | grep -q 'pr queue'; then kill -9 "$pid"; fi; pid=$parent; done; fi; done`);
  await assert.rejects(run(ids));
  assert.ok(existsSync(mark));
  const { report } = await run([]);
  assert.deepEqual([report.landed, report.rejected], [ids, []]);
  assert.equal(remote.origin("rev-list", "--count", "main"), "3");
});
