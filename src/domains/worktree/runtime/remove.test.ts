import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { createBareRemote } from "../../../../test/support/bare-remote.ts";
import { worktreeKeyOf, type Worktree } from "../index.ts";
import { changedPaths, commitWorktree, createWorktree, listWorktrees, pruneWorktrees, releaseWorktree, workingDiffText } from "./index.ts";

const remote = await createBareRemote({ "a.txt": "one\n", "b.txt": "two\n", ".gitignore": "ignored.txt\n" });
after(() => remote.dispose());
const clone = await remote.clone("user");
const { providers } = remote;
const { repository } = clone;
const statePath = (...parts: readonly string[]) => join(repository.statePath, ...parts);

const make = (owner: string): Promise<Worktree> => createWorktree({
  providers, repository, owner, title: `Work of ${owner}`, copy: [], setup: undefined, isUnsandboxedAllowed: true, progress: () => undefined, signal: AbortSignal.timeout(60_000),
});
const entryOf = (worktree: Worktree) => clone.git("-C", worktree.path, "rev-parse", "--path-format=absolute", "--git-dir");
const rescues = () => clone.git("for-each-ref", "--format=%(refname)", "refs/inspan/rescue").split("\n").filter((ref) => ref !== "");

/** Edits, deletes, adds and stages: all that is not committed. */
function dirty({ path }: Worktree): void {
  writeFileSync(join(path, "a.txt"), "edited\n");
  rmSync(join(path, "b.txt"));
  mkdirSync(join(path, "new"), { recursive: true });
  writeFileSync(join(path, "new", "untracked.txt"), "untracked\n");
  writeFileSync(join(path, "staged.txt"), "staged\n");
  writeFileSync(join(path, "ignored.txt"), "ignored\n");
  clone.git("-C", path, "add", "staged.txt");
}
const wholeWork = "M\ta.txt\nD\tb.txt\nA\tnew/untracked.txt\nA\tstaged.txt";
const workIn = (ref: string) => clone.git("diff", "--name-status", "--no-renames", "origin/main", ref);

test("releaseWorktree() keeps uncommitted, staged and untracked work under a rescue ref, and a person gets it back by one command", async () => {
  const worktree = await make("rescued");
  dirty(worktree);
  const { rescueRef, deleted } = await releaseWorktree(providers, repository, "rescued");
  assert.equal(existsSync(worktree.path), false, "the folder is gone at once");
  await deleted;
  assert.deepEqual(readdirSync(statePath("trash")), [], "and the disk is free when deleted settles");
  assert.equal(workIn(rescueRef ?? ""), wholeWork);
  assert.equal(clone.git("rev-parse", "inspan/work-of-rescued-rescued"), worktree.baseCommit, "the branch is as it was");
  clone.git("cherry-pick", "--no-commit", rescueRef ?? "");
  assert.equal(clone.git("diff", "--cached", "--name-status", "--no-renames"), wholeWork);
  clone.git("reset", "--quiet", "--hard");
  assert.deepEqual(await releaseWorktree(providers, repository, "rescued").then((again) => again.rescueRef), undefined, "a second time is fine");
});

test("releaseWorktree() of clean work makes no ref, and what was committed stays on the branch", async () => {
  const worktree = await make("clean");
  writeFileSync(join(worktree.path, "a.txt"), "committed\n");
  const head = await commitWorktree(providers.git, worktree.path, "work");
  assert.equal(await commitWorktree(providers.git, worktree.path, "nothing"), undefined);
  const before = rescues();
  const { rescueRef, deleted } = await releaseWorktree(providers, repository, "clean");
  await deleted;
  assert.deepEqual([rescueRef, rescues()], [undefined, before]);
  assert.equal(clone.git("rev-parse", worktree.branch), head);
});

test("commitWorktree() runs no hook and takes everything; nothing of a look changes the index", async () => {
  const worktree = await make("committed");
  const mark = join(remote.path, "hook-ran");
  for (const name of ["pre-commit", "commit-msg", "post-commit", "post-checkout"]) remote.hook(join(clone.path, ".git"), name, `echo ${name} >> ${mark}; exit 1`);
  dirty(worktree);
  const status = clone.git("-C", worktree.path, "status", "--porcelain");
  const patch = await workingDiffText(providers, worktree.path, worktree.baseCommit);
  for (const line of ["+edited", "-two", "+untracked", "+staged"]) assert.equal(patch.split("\n").includes(line), true, line);
  assert.equal(clone.git("-C", worktree.path, "status", "--porcelain"), status);
  assert.deepEqual(await changedPaths(providers.git, worktree.path, worktree.baseCommit), [
    { path: "a.txt", kind: "modified" }, { path: "b.txt", kind: "deleted" }, { path: "new/untracked.txt", kind: "untracked" }, { path: "staged.txt", kind: "added" },
  ]);
  const head = await commitWorktree(providers.git, worktree.path, "work");
  assert.equal(workIn(head ?? ""), wholeWork);
  assert.equal(existsSync(mark), false);
  for (const name of ["pre-commit", "commit-msg", "post-commit", "post-checkout"]) rmSync(join(clone.path, ".git", "hooks", name));
});

test("listWorktrees() tells running, owned, released and half-made ones apart, and not those of the person", async () => {
  await pruneWorktrees(providers, repository, { isIdleIncluded: true });
  clone.git("worktree", "add", "--quiet", "--detach", join(remote.path, "own"));
  const [idle, running, half] = [await make("idle"), await make("running"), await make("half")];
  dirty(idle);
  rmSync(statePath("worktree-records", `${half.id}.json`));
  const record = await providers.processRecords.register({ kind: "task-runner", label: "x", repositoryPath: clone.path, taskId: "running", url: undefined });
  try {
    const listed = await listWorktrees(providers, repository);
    assert.deepEqual(
      listed.map(({ path, owner, isDirty }) => [path, owner, isDirty]),
      [
        [half.path, undefined, false],
        [idle.path, "idle", true],
        [running.path, "running (running)", false],
      ],
    );
    assert.ok(listed.every(({ sizeBytes, owner }) => owner === undefined || sizeBytes > 0));
    const pruned = await pruneWorktrees(providers, repository, { isIdleIncluded: false });
    assert.deepEqual(pruned, { removed: [{ path: half.path, rescueRef: undefined }], kept: 2 });
    const all = await pruneWorktrees(providers, repository, { isIdleIncluded: true });
    assert.deepEqual([all.removed.map(({ path }) => path), all.kept], [[idle.path], 1]);
    assert.equal(workIn(all.removed[0]?.rescueRef ?? ""), wholeWork);
    assert.equal(existsSync(running.path), true);
  } finally { await record.remove(); }
  assert.equal(existsSync(join(remote.path, "own", "a.txt")), true, "a worktree of the person is none of ours");
});

test("pruneWorktrees() leaves alone what a living runner is only making, without a record yet", async () => {
  const worktree = await make("making");
  rmSync(statePath("worktree-records", `${worktree.id}.json`));
  const record = await providers.processRecords.register({ kind: "task-runner", label: "x", repositoryPath: clone.path, taskId: "making", url: undefined });
  await pruneWorktrees(providers, repository, { isIdleIncluded: true });
  await record.remove();
  assert.equal(existsSync(worktree.path), true);
});

test("pruneWorktrees() after crashes: the folder gone, git's entry gone, an entry left locked, and trash; work of somebody is kept", async () => {
  await pruneWorktrees(providers, repository, { isIdleIncluded: true });
  const [noFolder, noEntry, locked] = [await make("no-folder"), await make("no-entry"), await make("locked")];
  rmSync(noFolder.path, { recursive: true });
  dirty(noEntry);
  clone.git("reset", "--quiet");
  rmSync(entryOf(noEntry), { recursive: true });
  writeFileSync(join(entryOf(locked), "locked"), "initializing");
  rmSync(locked.path, { recursive: true });
  const away = join(remote.path, "unmounted");
  clone.git("worktree", "add", "--quiet", "--detach", away);
  rmSync(away, { recursive: true });
  mkdirSync(statePath("trash", "left"), { recursive: true });
  writeFileSync(statePath("trash", "left", "x"), "x");
  assert.deepEqual((await listWorktrees(providers, repository)).map(({ path }) => path), []);
  const { removed, kept } = await pruneWorktrees(providers, repository, { isIdleIncluded: false });
  assert.deepEqual([removed.map(({ path }) => path).sort(), kept], [[locked.path, noEntry.path, noFolder.path].sort(), 0]);
  assert.equal(workIn(removed.find(({ path }) => path === noEntry.path)?.rescueRef ?? ""), wholeWork);
  assert.deepEqual([readdirSync(statePath("worktrees")), readdirSync(statePath("worktree-records")), readdirSync(statePath("trash"))], [[], [], []]);
  assert.equal(clone.git("worktree", "list", "--porcelain").includes(statePath("worktrees")), false);
  assert.equal(clone.git("worktree", "list", "--porcelain").includes(away), true, "a person's own entry stays, also where its disk is away");
  assert.deepEqual(await pruneWorktrees(providers, repository, { isIdleIncluded: true }), { removed: [], kept: 0 });
});

test("16 are released at once, each with its own work kept", async () => {
  const owners = Array.from({ length: 16 }, (_, index) => `gone-${index}`);
  const made = await Promise.all(owners.map((owner) => make(owner)));
  for (const worktree of made) writeFileSync(join(worktree.path, "mine.txt"), `${worktree.id}\n`);
  const released = await Promise.all(owners.map((owner) => releaseWorktree(providers, repository, owner)));
  await Promise.all(released.map(({ deleted }) => deleted));
  released.forEach(({ rescueRef }, index) => assert.equal(clone.git("show", `${rescueRef ?? ""}:mine.txt`), worktreeKeyOf(`gone-${index}`)));
});
