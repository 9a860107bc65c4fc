import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { createBareRemote } from "../../../../test/support/bare-remote.ts";
import type { Files, Providers } from "../../../providers/index.ts";
import { worktreeKeyOf, type Worktree } from "../index.ts";
import { copyDeclaredPaths, createWorktree, openRepository, releaseWorktree, type CreateWorktreeOptions } from "./index.ts";

const planted = { OPENAI_API_KEY: "sk-planted-0123456789", SOME_TOKEN: "planted-token-0123456789" };
const remote = await createBareRemote({ "a.txt": "one\n", "src/b.txt": "two\n", ".gitignore": "deps\nignored/\n.env.local\nway/\n" }, planted);
after(() => remote.dispose());
const clone = await remote.clone("user");
const other = await remote.clone("colleague");

function make(owner: string, more: Partial<CreateWorktreeOptions> = {}): Promise<Worktree> {
  return createWorktree({
    providers: remote.providers, repository: clone.repository, owner, title: `Work of ${owner}`, copy: [], setup: undefined, isUnsandboxedAllowed: true,
    progress: () => undefined, signal: AbortSignal.timeout(60_000), ...more,
  });
}

/** The remote's main moves by one commit of somebody else. */
function moveBase(text: string): string {
  other.git("fetch", "--quiet", "origin");
  const commit = other.commitOn("work", { "moved.txt": text });
  other.git("push", "--quiet", "origin", "work:main");
  return commit;
}

const worktreeCount = () => clone.git("worktree", "list", "--porcelain").match(/^worktree /gm)?.length;
const withFiles = (files: Partial<Files>): Providers => ({ ...remote.providers, files: { ...remote.providers.files, ...files } });
async function skipsWithoutSandbox(context: TestContext): Promise<boolean> {
  if ((await remote.providers.sandbox.detect()).kind !== "none") return false;
  context.skip("no sandbox works on this machine");
  return true;
}

test("createWorktree() makes it in the state folder, on a branch of its own, from the base as it is at the remote now", async () => {
  const moved = moveBase("first\n");
  assert.notEqual(clone.git("rev-parse", "origin/main"), moved, "the checkout has not heard of it");
  const worktree = await make("fresh");
  assert.deepEqual(worktree, {
    id: worktreeKeyOf("fresh"),
    path: join(clone.repository.statePath, "worktrees", worktreeKeyOf("fresh")),
    branch: "inspan/work-of-fresh-fresh",
    baseRef: "origin/main",
    baseCommit: moved,
  });
  assert.equal(readFileSync(join(worktree.path, "moved.txt"), "utf8"), "first\n");
  assert.equal(clone.git("-C", worktree.path, "symbolic-ref", "HEAD"), "refs/heads/inspan/work-of-fresh-fresh");
  assert.equal(clone.git("config", "--default", "none", "branch.inspan/work-of-fresh-fresh.merge"), "none");
});

test("a second call for the same owner gives the same worktree, with what is in it", async () => {
  const first = await make("twice");
  writeFileSync(join(first.path, "mine.txt"), "kept");
  moveBase("second\n");
  assert.deepEqual(await make("twice"), first);
  assert.equal(readFileSync(join(first.path, "mine.txt"), "utf8"), "kept");
});

test("a dirty checkout and a detached head of the person stay as they are", async () => {
  clone.git("checkout", "--quiet", "--detach", "HEAD");
  writeFileSync(join(clone.path, "a.txt"), "edited by hand\n");
  writeFileSync(join(clone.path, "staged.txt"), "staged\n");
  clone.git("add", "staged.txt");
  const before = [clone.git("rev-parse", "HEAD"), clone.git("status", "--porcelain=v2", "--branch")];
  const worktree = await make("beside");
  assert.deepEqual([clone.git("rev-parse", "HEAD"), clone.git("status", "--porcelain=v2", "--branch")], before);
  assert.equal(readFileSync(join(worktree.path, "a.txt"), "utf8"), "one\n");
  clone.git("reset", "--quiet", "--hard");
  clone.git("checkout", "--quiet", "main");
});

test("16 are made at once while the base moves, each on its own branch, all from the same fresh commit", async () => {
  const commit = moveBase("sixteen\n");
  const made = await Promise.all(Array.from({ length: 16 }, (_, index) => make(`many-${index}`)));
  assert.deepEqual([...new Set(made.map(({ baseCommit }) => baseCommit))], [commit]);
  assert.equal(new Set(made.map(({ path }) => path)).size, 16);
  assert.equal(new Set(made.map(({ branch }) => branch)).size, 16);
  for (const { path, branch } of made) {
    assert.equal(readFileSync(join(path, "moved.txt"), "utf8"), "sixteen\n");
    assert.equal(clone.git("-C", path, "status", "--porcelain", "--branch"), `## ${branch}`);
  }
});

test("a remote that cannot be reached is an error with the command to type, never an old answer", async () => {
  const repository = { ...clone.repository, remote: { name: "origin", url: "gone" } };
  clone.git("remote", "set-url", "origin", join(remote.path, "nowhere.git"));
  try {
    await assert.rejects(make("unreachable", { repository }), { code: "BASE_FETCH_FAILED", remedy: "git fetch origin main", isRetryable: true });
    assert.equal(existsSync(join(clone.repository.statePath, "worktrees", worktreeKeyOf("unreachable"))), false);
  } finally { clone.git("remote", "set-url", "origin", remote.originPath); }
  await assert.rejects(make("no-branch", { repository: { ...repository, baseBranch: "gone" } }), { code: "BASE_FETCH_FAILED" });
});

test("hooks of the repository do not run: not from .git/hooks, not from core.hooksPath", async () => {
  const mark = join(remote.path, "hook-ran");
  remote.hook(join(clone.path, ".git"), "post-checkout", `echo x > ${mark}`);
  remote.hook(join(clone.path, ".git"), "reference-transaction", `echo x > ${mark}`);
  remote.hook(join(clone.path, "other"), "post-checkout", `echo x > ${mark}`);
  await make("hooked");
  clone.git("config", "core.hooksPath", join(clone.path, "other", "hooks"));
  await make("hooked-by-path");
  clone.git("config", "--unset", "core.hooksPath");
  assert.equal(existsSync(mark), false);
  for (const name of ["post-checkout", "reference-transaction"]) rmSync(join(clone.path, ".git", "hooks", name));
  rmSync(join(clone.path, "other"), { recursive: true });
});

test("making it was cut off before its record was written: it is made anew from the base as it is now, also where git still holds its lock", async () => {
  const first = await make("cut");
  const entry = clone.git("-C", first.path, "rev-parse", "--path-format=absolute", "--git-dir");
  rmSync(join(clone.repository.statePath, "worktree-records", `${first.id}.json`));
  writeFileSync(join(entry, "locked"), "initializing");
  rmSync(join(first.path, "src"), { recursive: true });
  const moved = moveBase("after the cut\n");
  const again = await make("cut");
  assert.deepEqual(again, { ...first, baseCommit: moved });
  assert.equal(clone.git("-C", again.path, "status", "--porcelain"), "");
  assert.equal(clone.git("-C", again.path, "rev-parse", "HEAD"), moved, "the branch stands at the base that is recorded");
  assert.equal(clone.git("for-each-ref", "refs/inspan/rescue"), "", "half a checkout is nobody's work");
});

test("the folder is gone but git holds a locked entry of it: it is made anew", async () => {
  const first = await make("locked");
  writeFileSync(join(clone.git("-C", first.path, "rev-parse", "--path-format=absolute", "--git-dir"), "locked"), "initializing");
  rmSync(first.path, { recursive: true });
  rmSync(join(clone.repository.statePath, "worktree-records", `${first.id}.json`));
  assert.equal((await make("locked")).path, first.path);
});

test("a record that cannot be read does not cost the work that lies in the worktree", async () => {
  const first = await make("spoilt");
  writeFileSync(join(first.path, "mine.txt"), "not committed\n");
  writeFileSync(join(clone.repository.statePath, "worktree-records", `${first.id}.json`), "{");
  await make("spoilt");
  const ref = clone.git("for-each-ref", "--format=%(refname)", `refs/inspan/rescue/${first.id}*`);
  assert.equal(clone.git("show", `${ref}:mine.txt`), "not committed");
});

test("a branch of that name with other commits is left alone, and the new one gets a number", async () => {
  const commit = clone.commitOn("inspan/work-of-namesake-namesake", { "theirs.txt": "theirs\n" });
  const worktree = await make("namesake");
  assert.equal(worktree.branch, "inspan/work-of-namesake-namesake-2");
  assert.equal(clone.git("rev-parse", "inspan/work-of-namesake-namesake"), commit);
  assert.equal(existsSync(join(worktree.path, "theirs.txt")), false);
});

test("begun work is checked out again with its commits, also where its branch is gone; one that holds something else is left alone", async () => {
  const first = await make("again");
  const base = { ref: first.baseRef, commit: first.baseCommit };
  writeFileSync(join(first.path, "work.txt"), "begun");
  clone.git("-C", first.path, "add", "-A");
  clone.git("-C", first.path, "commit", "--quiet", "-m", "begun");
  const headCommit = clone.git("-C", first.path, "rev-parse", "HEAD") as Worktree["baseCommit"]; // git names it
  const again = async () => {
    await releaseWorktree(remote.providers, clone.repository, "again").then(({ deleted }) => deleted);
    return make("again", { base, resume: { branch: first.branch, headCommit } });
  };
  assert.deepEqual(await again(), first);
  assert.equal(readFileSync(join(first.path, "work.txt"), "utf8"), "begun");
  await releaseWorktree(remote.providers, clone.repository, "again").then(({ deleted }) => deleted);
  clone.git("branch", "-D", first.branch);
  assert.deepEqual(await again(), first);
  assert.equal(clone.git("rev-parse", first.branch), headCommit);
  await releaseWorktree(remote.providers, clone.repository, "again").then(({ deleted }) => deleted);
  const foreign = clone.commitOn("foreign", { "a.txt": "theirs" }, first.baseCommit);
  clone.git("branch", "--force", first.branch, foreign);
  await assert.rejects(again(), { code: "BRANCH_MOVED", remedy: `git branch --force ${first.branch} ${headCommit}` });
  assert.equal(clone.git("rev-parse", first.branch), foreign);
});

test("owners whose safe forms are equal get folders and branches of their own", async () => {
  const [first, second] = [await make("a/b", { title: "t" }), await make("a b", { title: "t" })];
  assert.notEqual(first.path, second.path);
  assert.notEqual(first.branch, second.branch);
  const escape = await make("../../../etc", { title: "../../x" });
  assert.equal(escape.path.startsWith(join(clone.repository.statePath, "worktrees", "etc-")), true);
});

test("copy: ignored files and folders come along, links as links; tracked, absent and not ignored paths are left out with a word", async () => {
  mkdirSync(join(clone.path, "deps", "x"), { recursive: true });
  writeFileSync(join(clone.path, "deps", "x", "index.js"), "dep\n");
  symlinkSync("x", join(clone.path, "deps", "link"));
  writeFileSync(join(clone.path, ".env.local"), "A=1\n");
  writeFileSync(join(clone.path, "secret.txt"), "not ignored\n");
  const said: string[] = [];
  const worktree = await make("copied", { copy: ["deps", ".env.local", "src", "absent", "secret.txt"], progress: (line) => said.push(line) });
  assert.equal(readFileSync(join(worktree.path, "deps", "x", "index.js"), "utf8"), "dep\n");
  assert.equal(lstatSync(join(worktree.path, "deps", "link")).isSymbolicLink(), true);
  assert.equal(readFileSync(join(worktree.path, ".env.local"), "utf8"), "A=1\n");
  assert.deepEqual(said, [
    "copy: src is tracked by git, left out",
    "copy: absent is not in your checkout, left out",
    "copy: secret.txt is not ignored by git and would be committed, left out",
  ]);
  assert.equal(clone.git("-C", worktree.path, "status", "--porcelain"), "");
  rmSync(join(clone.path, "secret.txt"));
});

test("copy: a path out of the checkout is refused, by name or by a link at its end or on its way", async () => {
  const outside = join(remote.path, "outside");
  mkdirSync(outside, { recursive: true });
  writeFileSync(join(outside, "file"), "theirs\n");
  symlinkSync(outside, join(clone.path, "ignored"));
  try {
    for (const path of ["../outside", "/etc/passwd", ".git/config", "ignored", "ignored/file"])
      await assert.rejects(make(`escape-${path}`, { copy: [path] }), { code: "PATH_ESCAPE" }, path);
  } finally { rmSync(join(clone.path, "ignored")); }
});

test("copy: a link that the base commit holds cannot lead a copy out of the worktree", async () => {
  const outside = join(remote.path, "target");
  mkdirSync(outside, { recursive: true });
  const base = clone.git("rev-parse", "origin/main");
  symlinkSync(outside, join(clone.path, "way"));
  clone.git("add", "-f", "way");
  clone.git("commit", "--quiet", "-m", "a link");
  const commit = clone.git("rev-parse", "HEAD") as Worktree["baseCommit"]; // rev-parse printed a commit
  clone.git("reset", "--quiet", "--hard", base);
  mkdirSync(join(clone.path, "way"));
  writeFileSync(join(clone.path, "way", "file"), "mine\n");
  await assert.rejects(make("led-out", { copy: ["way/file"], base: { ref: "x", commit } }), { code: "PATH_ESCAPE" });
  assert.equal(existsSync(join(outside, "file")), false);
});

test("copy: a link in the target tree is not written through, inside of the worktree neither, at the end of the path or on its way", async () => {
  const tree = join(remote.path, "linked-tree");
  clone.git("worktree", "add", "--quiet", "--detach", tree, "origin/main");
  symlinkSync("src", join(tree, "way"));
  symlinkSync("a.txt", join(tree, ".env.local"));
  mkdirSync(join(clone.path, "way"), { recursive: true });
  writeFileSync(join(clone.path, "way", "b.txt"), "mine\n");
  writeFileSync(join(clone.path, ".env.local"), "secret\n");
  for (const path of ["way/b.txt", "way", ".env.local"]) {
    await assert.rejects(
      copyDeclaredPaths({ providers: remote.providers, repository: clone.repository, copy: [path], progress: () => undefined }, tree),
      { code: "PATH_ESCAPE", message: /is a link in the commit/ },
      path,
    );
  }
  assert.deepEqual([readFileSync(join(tree, "src", "b.txt"), "utf8"), readFileSync(join(tree, "a.txt"), "utf8")], ["two\n", "one\n"]);
});

test("setup runs in the worktree, without the person's secrets, and cannot write outside of it", async (context) => {
  if (await skipsWithoutSandbox(context)) return;
  const outside = join(clone.path, "written-by-setup");
  const worktree = await make("set-up", {
    setup: {
      run: `pwd > ready; env > environment; echo x > ${outside}; echo x >> .git; git config user.name evil; git push origin HEAD:evil; true`,
      timeoutSeconds: 30,
    },
    isUnsandboxedAllowed: false,
  });
  assert.equal(readFileSync(join(worktree.path, "ready"), "utf8").trim(), worktree.path);
  assert.equal(existsSync(outside), false);
  const environment = readFileSync(join(worktree.path, "environment"), "utf8");
  assert.match(environment, /^CI=true$/m);
  assert.doesNotMatch(environment, /planted/);
  assert.notEqual(clone.git("config", "--default", "", "user.name"), "evil");
  assert.equal(remote.origin("for-each-ref", "refs/heads/evil"), "");
});

test("a setup that fails or hangs says so with the end of its output and what to do; the next attempt makes the worktree anew", async () => {
  await assert.rejects(make("broken", { setup: { run: "echo half > left; echo missing tool >&2; exit 7", timeoutSeconds: 30 } }), (error: Error & { code?: string; remedy?: string }) => {
    assert.equal(error.code, "SETUP_FAILED");
    assert.match(error.message, /"echo half > left; echo missing tool >&2; exit 7": exit code 7\.\nmissing tool/);
    assert.match(error.remedy ?? "", /setup: in inspan\.yaml/);
    return true;
  });
  await assert.rejects(make("broken", { setup: { run: "sleep 1000 & echo waiting; wait", timeoutSeconds: 1 } }), /no end within 1 s\.\nwaiting/);
  const worktree = await make("broken", { setup: { run: "echo whole > right", timeoutSeconds: 30 } });
  assert.deepEqual([existsSync(join(worktree.path, "left")), existsSync(join(worktree.path, "right"))], [false, true]);
});

test("a cancelled creation stops, and what it left is no worktree", async () => {
  const controller = new AbortController();
  const before = worktreeCount();
  const making = make("cancelled", {
    setup: { run: "sleep 1000", timeoutSeconds: 60 },
    signal: controller.signal,
    progress: (line) => {
      if (line.startsWith("setup:")) controller.abort();
    },
  });
  await assert.rejects(making);
  assert.equal(worktreeCount(), (before ?? 0) + 1, "it is there, without a record, for the next attempt or a prune");
  assert.equal((await make("cancelled")).branch, "inspan/work-of-cancelled-cancelled");
});

test("a disk without room, and a cap that is met, refuse before anything is written", async () => {
  await assert.rejects(make("full", { providers: withFiles({ freeBytes: () => Promise.resolve(1024) }) }), { code: "DISK_FULL", remedy: "inspan worktree prune" });
  const record = join(clone.repository.statePath, "worktree-records", "huge.json");
  writeFileSync(
    record,
    JSON.stringify({
      version: 1,
      worktree: { id: "huge", path: "/nowhere", branch: "b", baseRef: "x", baseCommit: "y" },
      owner: "huge",
      createdAt: "2026-01-01T00:00:00Z",
      sizeBytes: 50 * 1024 ** 3,
    }),
  );
  try { await assert.rejects(make("capped"), { code: "DISK_CAP", remedy: "inspan worktree prune" }); } finally { rmSync(record); }
  for (const owner of ["full", "capped"]) assert.equal(existsSync(join(clone.repository.statePath, "worktrees", worktreeKeyOf(owner))), false);
});

test("a state folder that is reached by a link is the same folder", async () => {
  const link = join(remote.path, "linked-state");
  symlinkSync(realpathSync(remote.path), link);
  const repository = await openRepository({ providers: remote.providers, cwd: clone.path, statePath: join(link, "state", "user") });
  assert.equal(repository.statePath, clone.repository.statePath);
});
