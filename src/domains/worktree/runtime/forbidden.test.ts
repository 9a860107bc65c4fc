import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { createBareRemote } from "../../../../test/support/bare-remote.ts";
import type { Worktree } from "../index.ts";
import { linkRefusal } from "./forbidden.ts";
import { commitWorktree, createWorktree, findForbiddenContent, isWorktreeDirty, releaseWorktree, workingDiffText } from "./index.ts";

const remote = await createBareRemote({ "a.txt": "one\n", "b.txt": "two\n", "src/c.txt": "three\n", ".gitignore": "ignored\n" });
after(() => remote.dispose());
const clone = await remote.clone("user");
const { providers } = remote;
const make = (owner: string): Promise<Worktree> => createWorktree({
  providers,
  repository: clone.repository,
  owner,
  title: owner,
  copy: [],
  setup: undefined,
  isUnsandboxedAllowed: true,
  progress: () => undefined,
  signal: AbortSignal.timeout(60_000),
});
const find = (worktree: Worktree) => findForbiddenContent(providers.git, providers.files, worktree.path, worktree.baseCommit);

/** As an agent does it: its own git in its own folder, with a filter that leaves a mark where it runs. */
function plantRepository(path: string, mark: string): void {
  mkdirSync(path, { recursive: true });
  const git = (...args: readonly string[]) => execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@x", ...args], { cwd: path, stdio: "ignore" });
  writeFileSync(join(path, "f"), "one\n");
  git("init", "--quiet");
  git("add", "f");
  git("commit", "--quiet", "-m", "inner");
  git("config", "filter.evil.clean", `echo ran >> ${mark}; cat`);
  writeFileSync(join(path, ".gitattributes"), "* filter=evil\n");
  writeFileSync(join(path, "f"), "changed\n");
}

test("a repository that an agent made is neither run nor committed, and is named with its reason", async () => {
  const worktree = await make("nested");
  const mark = join(remote.path, "nested-ran");
  plantRepository(join(worktree.path, "test", "fixtures", "sub"), mark);
  plantRepository(join(worktree.path, "b.txt-gone"), mark);
  mkdirSync(join(worktree.path, "src", ".git"));
  writeFileSync(join(worktree.path, "src", "c.txt"), "changed\n");
  writeFileSync(join(worktree.path, "a.txt"), "edited\n");
  const own = "it is a git repository of its own";
  assert.deepEqual(await find(worktree), [{ path: "b.txt-gone", reason: own }, { path: "src", reason: own }, { path: "test/fixtures/sub", reason: own }]);
  for (const round of ["first", "second"]) {
    writeFileSync(join(worktree.path, "a.txt"), `${round}\n`);
    await workingDiffText(providers, worktree.path, worktree.baseCommit);
    const commit = await commitWorktree(providers.git, worktree.path, round);
    assert.equal(await isWorktreeDirty(providers.git, worktree.path), true, "it is still there to be told");
    assert.equal(clone.git("ls-tree", "-r", "--name-only", commit ?? ""), ".gitignore\na.txt\nb.txt\nsrc/c.txt");
    assert.equal(clone.git("show", `${commit}:a.txt`), round);
  }
  assert.equal(await commitWorktree(providers.git, worktree.path, "nothing else"), undefined);
  symlinkSync("f", join(worktree.path, "test", "fixtures", "sub", "link"));
  const { rescueRef = "" } = await releaseWorktree(providers, clone.repository, "nested");
  const names = ["b.txt-gone/.gitattributes", "b.txt-gone/f", "test/fixtures/sub/.gitattributes", "test/fixtures/sub/f", "test/fixtures/sub/link"];
  assert.deepEqual(clone.git("diff", "--name-only", `${rescueRef}^`, rescueRef).split("\n"), names, "a rescue takes their files, and nothing of their .git");
  assert.deepEqual([clone.git("show", `${rescueRef}:test/fixtures/sub/f`), clone.git("ls-tree", rescueRef, "test/fixtures/sub/link").slice(0, 6)], ["changed", "120000"]);
  assert.equal(existsSync(mark), false);
});

test("a file that became a repository, and a gitlink that is committed already, are found", async () => {
  const worktree = await make("gitlink");
  rmSync(join(worktree.path, "b.txt"));
  plantRepository(join(worktree.path, "b.txt"), join(remote.path, "gitlink-ran"));
  plantRepository(join(worktree.path, "sub"), join(remote.path, "gitlink-ran"));
  clone.git("-C", worktree.path, "update-index", "--add", "--cacheinfo", `160000,${worktree.baseCommit},sub`);
  clone.git("-C", worktree.path, "commit", "--quiet", "-m", "a gitlink");
  assert.deepEqual((await find(worktree)).map(({ path }) => path), ["b.txt", "sub"]);
  assert.equal(existsSync(join(remote.path, "gitlink-ran")), false);
});

test("links that lead out, files that are none, large files and names with control characters are found; plain work is not", async () => {
  const worktree = await make("content");
  const at = (path: string) => join(worktree.path, path);
  writeFileSync(at("fine.txt"), "fine\n");
  symlinkSync("../a.txt", at("src/fine-link"));
  assert.deepEqual(await find(worktree), []);
  symlinkSync("/etc/passwd", at("absolute"));
  symlinkSync("../../outside", at("src/up"));
  symlinkSync(".git/config", at("into-git"));
  writeFileSync(at("large.bin"), "");
  truncateSync(at("large.bin"), 21 * 1024 * 1024);
  writeFileSync(at("two\nlines"), "x");
  rmSync(at("a.txt"));
  execFileSync("mkfifo", [at("a.txt")]);
  const seen = await find(worktree);
  assert.deepEqual(seen.map(({ path }) => path), ["a.txt", "absolute", "into-git", "large.bin", "src/up", "two\nlines"]);
  for (const [index, reason] of [
    /no regular file/,
    /absolute path "\/etc\/passwd"/,
    /own data/,
    /21 MiB, expected at most 20/,
    /outside of the repository/,
    /control character/,
  ].entries())
    assert.match(seen[index]?.reason ?? "", reason);
});

test("linkRefusal() judges the text of a link", () => {
  for (const [path, target] of [
    ["a", "b"],
    ["a/b", "../c"],
    ["a/b/c", "../../d/e"],
    ["a", "./b/"],
    ["a", ".gitignore"],
  ] as const)
    assert.equal(linkRefusal(path, target), undefined, `${path} -> ${target}`);
  for (const [path, target] of [
    ["a", "/b"],
    ["a", ".."],
    ["a", "../b"],
    ["a/b", "../../c"],
    ["a/b", "c/../../d"],
    ["d/e", "link/../x"],
    ["a/b", "../.GIT/hooks"],
  ] as const)
    assert.notEqual(linkRefusal(path, target), undefined, `${path} -> ${target}`);
});

test("a key that the base does not have is named by kind and line, never by its text", async () => {
  const worktree = await make("keys");
  const key = `gh${"p"}_${"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cX0fL3hR6"}`; // put together, so that no scanner takes this file for a leak
  writeFileSync(join(worktree.path, "a.txt"), `one\nTOKEN=${key}\n`);
  writeFileSync(join(worktree.path, "new.txt"), `gh${"p"}_test${"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cX0fL3"}`);
  const [found, ...others] = await find(worktree);
  assert.deepEqual([found?.path, others], ["a.txt", []]);
  assert.match(found?.reason ?? "", /^it holds a token of GitHub in line 2; read it from the environment/);
  assert.doesNotMatch(found?.reason ?? "", new RegExp(key));
});
