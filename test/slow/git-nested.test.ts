// Proves with real git that a repository which an agent plants below a worktree gets nothing run, and is not added.
import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { InspanError } from "../../src/base/errors.ts";
import { createNodeGit } from "../../src/providers/node/git.ts";
import { createNodeProcesses } from "../../src/providers/node/processes.ts";

const processes = createNodeProcesses();
const hooks = ["pre-commit", "post-commit", "post-checkout", "post-index-change", "reference-transaction", "post-merge"] as const;
let root = "";
let globalConfig = "";

before(async () => {
  root = await mkdtemp(join(tmpdir(), "inspan-nested-"));
  globalConfig = join(root, "global");
  await writeFile(globalConfig, "[user]\n\tname = A\n\temail = a@example.org\n[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n");
});
after(() => rm(root, { recursive: true, force: true }));

/** Git without our hardening: plants, and shows that the traps work. */
async function plainGit(cwd: string, ...args: readonly string[]): Promise<string> {
  const result = await processes.run({
    command: ["git", ...args],
    cwd,
    env: { ...processes.environment(), GIT_CONFIG_GLOBAL: globalConfig, GIT_CONFIG_NOSYSTEM: "1" },
    timeoutMs: 20_000,
  });
  return result.stdout;
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

type Plant = "folder" | "file" | "core.worktree";

/** A repository with every trap at once: filters, process, fsmonitor, hooks, drivers, pager, alternates; one file is changed, so that a look hashes it. */
async function plant(path: string, ran: string, how: Plant): Promise<void> {
  await mkdir(path, { recursive: true });
  const gitPath = how === "file" ? join(dirname(path), `${how}-git`) : join(path, ".git");
  await plainGit(path, "init", "-q", ...(how === "file" ? ["--separate-git-dir", gitPath] : []));
  await put(join(path, "f.txt"), "one\n");
  await put(join(path, "big.bin"), "x");
  await plainGit(path, "add", ".");
  await plainGit(path, "commit", "-qm", "inner");
  await put(join(path, ".gitattributes"), "*.txt filter=evil diff=evil merge=evil\n*.bin filter=long\n");
  const trap = (what: string, then: string) => `touch ${join(ran, what)}; ${then}`;
  const settings: Readonly<Record<string, string>> = {
    "filter.evil.clean": trap("clean", "cat"), "filter.evil.smudge": trap("smudge", "cat"), "filter.evil.required": "true",
    "filter.long.process": trap("process", "false"), "core.fsmonitor": trap("fsmonitor", "true"), "core.pager": trap("pager", "cat"),
    "diff.external": trap("external", "true"), "diff.evil.textconv": trap("textconv", "cat"), "merge.evil.driver": trap("merge", "true"),
    ...(how === "core.worktree" ? { "core.worktree": ".." } : {}),
  };
  for (const [key, value] of Object.entries(settings)) await plainGit(path, "config", key, value);
  for (const hook of hooks) await writeFile(join(gitPath, "hooks", hook), `#!/bin/sh\ntouch ${join(ran, `hook-${hook}`)}\n`, { mode: 0o755 });
  await put(join(gitPath, "objects/info/alternates"), `${join(path, "..", "elsewhere")}\n`);
  await put(join(path, "f.txt"), "changed\n");
  await put(join(path, "big.bin"), "y");
  await rm(ran, { recursive: true, force: true }); // planting itself has run some
  await mkdir(ran);
}

/** A repository with one commit; with `isInBase` the planted one is a gitlink of the base, as a submodule is. */
async function makeWorld(name: string, how: Plant, isInBase: boolean) {
  const cwd = join(root, name);
  const ran = join(root, `${name}-ran`);
  const nested = join(cwd, "test/fixtures/sub");
  await mkdir(cwd);
  await mkdir(ran);
  await plainGit(cwd, "init", "-q");
  await put(join(cwd, "a.txt"), "one\n");
  await put(join(cwd, "test/b.txt"), "two\n");
  await put(join(cwd, ".gitignore"), "file-git\n");
  // What the worktree's own file says outranks configuration, so configuration alone is no wall.
  await put(join(cwd, ".gitmodules"), `[submodule "sub"]\n\tpath = test/fixtures/sub\n\turl = ../sub\n\tignore = none\n\tfetchRecurseSubmodules = true\n`);
  if (isInBase) await plant(nested, ran, how);
  await plainGit(cwd, "add", ".");
  await plainGit(cwd, "commit", "-qm", "first");
  await plainGit(cwd, "branch", "side");
  if (!isInBase) await plant(nested, ran, how);
  else await plainGit(nested, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "moved");
  await rm(ran, { recursive: true, force: true });
  await mkdir(ran);
  return { cwd, nested, ran: () => readdir(ran) };
}

const git = () => createNodeGit({ processes, env: { GIT_CONFIG_GLOBAL: globalConfig, GIT_CONFIG_NOSYSTEM: "1" } });

test("the traps work: plain git runs them, and hardening by configuration alone would too", async () => {
  const { cwd, ran } = await makeWorld("control", "folder", true);
  await plainGit(cwd, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "diff.ignoreSubmodules=all", "-c", "submodule.recurse=false", "status");
  assert.notDeepEqual(await ran(), []);
});

for (const isInBase of [false, true]) for (const how of ["folder", "file", "core.worktree"] as const) {
  test(`nothing of a nested repository runs (${how}, ${isInBase ? "a submodule of the base" : "new"})`, async () => {
    const { cwd, ran } = await makeWorld(`nested-${how}-${isInBase}`, how, isInBase);
    const linked = join(root, `linked-${how}-${isInBase}`);
    const seen: string[] = [];
    const run = async (...args: readonly string[]) => {
      await git()
        .run(args, { cwd, input: "message", acceptExitCodes: [1, 128] })
        .catch((error: unknown) => {
          if (!(error instanceof InspanError && error.code === "GIT_NESTED")) throw error;
        });
      for (const what of await ran()) { seen.push(`${args.join(" ")}: ${what}`); await rm(join(root, `nested-${how}-${isInBase}-ran`, what)); }
    };
    await put(join(cwd, "a.txt"), "two\n");
    await put(join(cwd, "new/file.txt"), "new\n");
    const looks = [
      ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"], ["status", "--porcelain=v1", "-z", "--untracked-files=normal"], ["status"],
      ["diff", "--name-status", "-z", "--no-renames", "HEAD"],
      ["diff", "HEAD"],
      ["diff"],
      ["diff", "--cached", "--quiet"],
      ["diff", "--submodule=diff", "HEAD"],
      ["diff-index", "-p", "HEAD"],
      ["diff-files", "-p"],
      ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
      ["ls-files", "--modified", "--deleted"],
      ["check-ignore", "--quiet", "--", "test/fixtures/sub/f.txt"],
      ["describe", "--always", "--dirty"],
      ["grep", "changed"],
      ["grep", "--untracked", "changed"],
    ];
    for (const look of looks) await run(...look);
    await run("add", "-A", "--intent-to-add");
    await run("add", "-A");
    for (const look of looks) await run(...look);
    await run("add", "-A");
    assert.deepEqual((await git().text(["diff", "--cached", "--name-only"], { cwd })).split("\n"), ["a.txt", "new/file.txt"], "the rest is added, the nested repository is not");
    await run("commit", "--quiet", "--no-verify", "-F", "-");
    for (const look of [...looks, ["log", "-p"], ["show"]]) await run(...look);
    await put(join(cwd, "a.txt"), "three\n");
    await run("add", ".");
    await run("commit", "--quiet", "--no-verify", "-F", "-");
    await run("update-index", "--refresh");
    await run("checkout", "--quiet", "HEAD", "--", "a.txt");
    await run("checkout", "--quiet", "-b", `other-${how}`, "side");
    await put(join(cwd, "c.txt"), "c\n");
    await run("add", "c.txt");
    await run("commit", "--quiet", "--no-verify", "-F", "-");
    await run("merge", "--no-edit", "main");
    await run("worktree", "add", "--quiet", "--detach", linked, "HEAD");
    await run("worktree", "remove", "--force", linked);
    await run("fetch", "--quiet", ".", "main");
    await run("read-tree", "HEAD");
    await run("write-tree");
    await run("reset", "--quiet", "--hard");
    await put(join(cwd, "a.txt"), "stashed\n");
    await run("commit", "-am", "all");
    await put(join(cwd, "a.txt"), "stashed again\n");
    await run("stash");
    await run("stash", "drop");
    await run("rm", "--quiet", "--force", "-r", "test/fixtures");
    await run("clean", "-fdq");
    assert.deepEqual(seen, []);
  });
}
