import assert from "node:assert/strict";
import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { createBareRemote } from "../../../../test/support/bare-remote.ts";
import type { CheckConfig } from "../config.ts";
import { createPullRequests } from "./index.ts";

const remote = await createBareRemote({ "a.txt": "one\n", ".gitignore": "deps\n" }, { SOME_API_TOKEN: "s3cret-of-the-user", INSPAN_SERVER_TOKEN: "s3cret-of-ours" });
after(() => remote.dispose());
const clone = await remote.clone("user");
writeFileSync(join(clone.path, "deps"), "copied\n");
const base = clone.commitOn("base", { "base.txt": "from the base\n" });
const head = clone.commitOn("head", { "head.txt": "from the head\n" });
const requests = createPullRequests(remote.providers, clone.repository);
const treesPath = join(clone.repository.statePath, "checks");

const check = (name: string, run: string, timeoutSeconds = 20): CheckConfig => ({ name, run, timeoutSeconds });

async function run(checks: readonly CheckConfig[], signal: AbortSignal = AbortSignal.timeout(60_000), onResult?: () => void) {
  const answer = await requests.runChecks({ baseCommit: base, headCommit: head, checks, copy: ["deps"], isUnsandboxedAllowed: true, signal, ...(onResult ? { onResult } : {}) });
  assert.equal(answer.kind, "done");
  return answer.kind === "done" ? answer.results : [];
}

test("checks run on the merge of base and head, with the copied files, and leave no tree", async () => {
  const results = await run([check("files", "cat base.txt head.txt deps; test \"$CI\" = true"), check("red", "echo broken >&2; exit 3")]);
  assert.deepEqual(results.map(({ name, status, exitCode, log, commit, baseCommit }) => ({ name, status, exitCode, log, commit, baseCommit })), [
    { name: "files", status: "passed", exitCode: 0, log: "from the base\nfrom the head\ncopied", commit: head, baseCommit: base },
    { name: "red", status: "failed", exitCode: 3, log: "broken", commit: head, baseCommit: base },
  ]);
  assert.deepEqual(readdirSync(treesPath), []);
  assert.equal(clone.git("worktree", "list", "--porcelain").match(/^worktree /gm)?.length, 1);
});

test("a check that prints its environment shows nothing of ours", async () => {
  const [result] = await run([check("env", "env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; true")]);
  assert.match(result?.log ?? "", /^CI=true$/m);
  assert.doesNotMatch(result?.log ?? "", /s3cret/);
});

test("a check that hangs is ended with its children when its time is up, and the next one runs", async () => {
  const results = await run([check("hang", "sleep 1000 & echo waiting; wait", 1), check("next", "echo here")]);
  assert.deepEqual(results.map(({ status }) => status), ["timed-out", "passed"]);
  assert.match(results[0]?.log ?? "", /waiting\n\[ended: still running after 1 s\]/);
  assert.ok((results[0]?.durationMs ?? 0) < 60_000, "not the 1,000 s that its child sleeps");
});

test("a cancelled run says so of every check that did not end", async () => {
  const controller = new AbortController();
  const results = await run([check("first", "true"), check("second", "sleep 1000"), check("third", "true")], controller.signal, () => controller.abort());
  assert.deepEqual(results.map(({ status }) => status), ["passed", "cancelled", "cancelled"]);
});

test("a check can write its own tree and nothing else", async (context) => {
  const { kind } = await remote.providers.sandbox.detect();
  if (kind === "none") { context.skip("no sandbox works on this machine"); return; }
  const target = join(clone.path, "escaped");
  const [result] = await run([check("write", `echo x > own.txt && cat own.txt; echo x > ${target}; git push origin HEAD:evil; true`)]);
  assert.match(result?.log ?? "", /^x$/m);
  assert.equal(existsSync(target), false);
  assert.equal(remote.origin("for-each-ref", "refs/heads/evil"), "");
});

test("trees of a run that was killed go with the next run", async () => {
  const dead = join(treesPath, "dead-tree");
  clone.git("worktree", "add", "--quiet", "--detach", dead, base);
  await remote.providers.files.writeText(`${dead}.owner`, `${2 ** 22 + 5}\nlong ago`);
  const away = join(remote.path, "away");
  clone.git("worktree", "add", "--quiet", "--detach", away, base);
  renameSync(away, `${away}-unmounted`);
  await run([check("true", "true")]);
  assert.deepEqual(readdirSync(treesPath), []);
  const listed = clone.git("worktree", "list", "--porcelain");
  assert.deepEqual([listed.includes(dead), listed.includes(away)], [false, true], "only our own entry goes");
});
