// Proves with real git that nothing a repository or a worktree names is executed, and that failures say what happened.
import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createNodeGit } from "./git.ts";
import { neutralize } from "./git-hardening.ts";
import { createNodeProcesses } from "./processes.ts";
import { InspanError } from "../../base/errors.ts";

const processes = createNodeProcesses();
let root = "";
let globalConfig = "";

before(async () => {
  root = await mkdtemp(join(tmpdir(), "inspan-git-"));
  globalConfig = join(root, "global");
  await writeFile(globalConfig, "[user]\n\tname = A\n\temail = a@example.org\n[init]\n\tdefaultBranch = main\n");
});
after(() => rm(root, { recursive: true, force: true }));

function gitWith(env: Readonly<Record<string, string>> = {}) {
  return createNodeGit({ processes, env: { GIT_CONFIG_GLOBAL: globalConfig, GIT_CONFIG_NOSYSTEM: "1", ...env } });
}

/** Plain git, without our hardening: sets traps, and shows that they work. */
async function plainGit(cwd: string, ...args: readonly string[]) {
  return processes.run({ command: ["git", ...args], cwd, env: { ...processes.environment(), GIT_CONFIG_GLOBAL: globalConfig, GIT_CONFIG_NOSYSTEM: "1" }, timeoutMs: 20_000 });
}

/** A repository in which hooks, fsmonitor, external diff, textconv, filter, merge driver and others each leave a file in `ran`. */
async function makeTrappedRepository(name: string) {
  const cwd = join(root, name);
  const ran = join(root, `${name}-ran`);
  await mkdir(cwd);
  await mkdir(ran);
  await plainGit(cwd, "init", "-q");
  await writeFile(join(cwd, "a.txt"), "one\n");
  await plainGit(cwd, "add", ".");
  await plainGit(cwd, "commit", "-qm", "first");
  const trap = (what: string, then: string) => `touch ${join(ran, what)}; ${then}`;
  await writeFile(join(cwd, ".gitattributes"), "*.txt filter=evil diff=evil merge=evil\n*.bin filter=a=b\n");
  const settings: Readonly<Record<string, string>> = {
    "filter.evil.clean": trap("clean", "cat"), "filter.evil.smudge": trap("smudge", "cat"), "filter.evil.required": "true",
    "filter.a=b.clean": trap("clean-equals", "cat"), "filter.lfs.clean": trap("lfs", "cat"),
    "diff.evil.textconv": trap("textconv", "cat"), "diff.external": trap("diff-external", "true"), "diff.evil.command": trap("diff-command", "true"),
    "merge.evil.driver": trap("merge", "true"), "core.pager": trap("pager", "cat"), "core.editor": trap("editor", "true"),
    "core.fsmonitor": trap("fsmonitor", "true"), "core.sshCommand": trap("ssh", "false"), "gpg.program": "/nonexistent/gpg", "commit.gpgsign": "true",
  };
  for (const [key, value] of Object.entries(settings)) await plainGit(cwd, "config", key, value);
  for (const hook of ["pre-commit", "commit-msg", "post-commit", "post-checkout", "pre-push", "reference-transaction", "post-index-change", "pre-merge-commit", "post-merge"]) {
    await writeFile(join(cwd, ".git/hooks", hook), `#!/bin/sh\ntouch ${join(ran, `hook-${hook}`)}\n`, { mode: 0o755 });
  }
  return { cwd, ran: () => readdir(ran) };
}

test("the traps of these tests work: plain git runs them", async () => {
  const { cwd, ran } = await makeTrappedRepository("control");
  await writeFile(join(cwd, "b.bin"), "x");
  await writeFile(join(cwd, "a.txt"), "two\n");
  await plainGit(cwd, "diff");
  await plainGit(cwd, "-c", "core.fsmonitor=false", "-c", "commit.gpgsign=false", "add", ".");
  await plainGit(cwd, "-c", "commit.gpgsign=false", "commit", "-m", "second");
  await plainGit(cwd, "blame", "a.txt");
  await plainGit(cwd, "fetch", "ssh://nowhere.invalid/x");
  const seen = await ran();
  for (const trap of ["clean", "clean-equals", "diff-command", "textconv", "fsmonitor", "hook-pre-commit", "hook-reference-transaction", "ssh"])
    assert.ok(seen.includes(trap), `${trap} in ${seen.join(" ")}`);
});

test("run() executes no hook, fsmonitor, filter, diff, textconv, merge driver, editor, pager, ssh command or signer of a repository", async () => {
  const git = gitWith();
  const { cwd, ran } = await makeTrappedRepository("trapped");
  const run = (...args: string[]) => git.run(args, { cwd });
  await writeFile(join(cwd, "b.bin"), "x");
  await writeFile(join(cwd, "a.txt"), "two\n");
  await run("status", "--porcelain");
  assert.match((await run("diff")).stdout, /^\+two$/m);
  await run("add", "--all");
  await run("commit", "-m", "second");
  for (const args of [
    ["show"],
    ["log", "-p"],
    ["diff", "HEAD~1"],
    ["diff-tree", "-p", "HEAD"],
    ["blame", "a.txt"],
    ["grep", "two"],
    ["format-patch", "--stdout", "-1"],
    ["range-diff", "HEAD~1..HEAD", "HEAD~1..HEAD"],
    ["cat-file", "--textconv", "HEAD:a.txt"],
    ["cat-file", "--filters", "HEAD:a.txt"],
  ])
    await run(...args);
  await run("checkout", "-b", "side", "HEAD~1");
  await writeFile(join(cwd, "a.txt"), "one\nside\n");
  await run("commit", "-am", "side");
  await run("worktree", "add", join(root, "trapped-linked"), "main");
  await writeFile(join(cwd, "a.txt"), "one\nstashed\n");
  await run("stash");
  await run("stash", "show", "-p");
  await run("stash", "drop");
  const merge = await git.run(["merge", "--no-edit", "main"], { cwd, acceptExitCodes: [1] });
  assert.equal(merge.exitCode, 1, "the text merge finds the conflict that a driver would have hidden");
  assert.match(await readFile(join(cwd, "a.txt"), "utf8"), /<<<<<<< HEAD\none\nside\n=======\ntwo\n>>>>>>> main/);
  await run("merge", "--abort");
  await run("rebase", "--onto", "HEAD~1", "HEAD~1");
  await run("init", "--bare", join(root, "trapped-remote"));
  await run("push", join(root, "trapped-remote"), "side:refs/heads/side");
  await assert.rejects(git.run(["fetch", "ssh://nowhere.invalid/x"], { cwd }), /ssh|resolve/i);
  assert.deepEqual(await ran(), []);
});

test("run() refuses remote helpers that are commands", async () => {
  const marker = join(root, "ext-ran");
  await assert.rejects(gitWith().run(["ls-remote", `ext::touch ${marker}`], { cwd: root }), /transport 'ext' not allowed/);
  assert.equal((await readdir(root)).includes("ext-ran"), false);
});

test("neutralize() keeps git-lfs as it installs itself and credential helpers of the user", () => {
  const answer = (...entries: readonly [scope: string, key: string, value: string][]) => entries.map(([scope, key, value]) => `${scope}\0${key}\n${value}\0`).join("");
  const nothing = { GIT_CONFIG_COUNT: "0" };
  const lfs = answer(["global", "filter.lfs.clean", "git-lfs clean -- %f"], ["global", "filter.lfs.process", "git-lfs filter-process"], ["global", "filter.lfs.required", "true"]);
  assert.deepEqual(neutralize(""), nothing);
  assert.deepEqual(neutralize(lfs), nothing);
  assert.equal(neutralize(lfs + answer(["local", "filter.lfs.smudge", "./evil"]))["GIT_CONFIG_COUNT"], "4");
  assert.deepEqual(neutralize(answer(["global", "credential.helper", "!gh auth git-credential"], ["local", "credential.helper", "store"])), nothing);
  assert.deepEqual(neutralize(answer(["global", "credential.helper", "store"], ["local", "credential.https://a.example.helper", "!./steal"])), {
    GIT_CONFIG_COUNT: "2", GIT_CONFIG_KEY_0: "credential.helper", GIT_CONFIG_VALUE_0: "", GIT_CONFIG_KEY_1: "credential.helper", GIT_CONFIG_VALUE_1: "store",
  });
  for (const value of ["ssh -i ~/.ssh/deploy -o IdentitiesOnly=yes", "/usr/bin/ssh -i /keys/a"])
    assert.deepEqual(neutralize(answer(["local", "core.sshcommand", value])), nothing, value);
  for (const value of ["./ssh", "tools/ssh", "ssh -F config", "ssh -oProxyCommand=x", "ssh; evil", "sh -c $(evil)"]) {
    assert.equal(neutralize(answer(["local", "core.sshcommand", value]))["GIT_CONFIG_VALUE_0"], "ssh", value);
    assert.deepEqual(neutralize(answer(["global", "core.sshcommand", value])), nothing, value);
  }
});

test("a credential helper of the user answers, one of the worktree does not run", async () => {
  const cwd = join(root, "credentials");
  await mkdir(cwd);
  await plainGit(cwd, "init", "-q");
  const own = join(root, "global-with-helper");
  await writeFile(own, `[credential]\n\thelper = "!f() { echo username=u; echo password=p; }; f"\n`);
  await plainGit(cwd, "config", "credential.helper", `!touch ${join(root, "stolen")}; :`);
  const { stdout } = await gitWith({ GIT_CONFIG_GLOBAL: own }).run(["credential", "fill"], { cwd, input: "protocol=https\nhost=a.example\n\n" });
  assert.match(stdout, /password=p/);
  assert.equal((await readdir(root)).includes("stolen"), false);
});

test("run() does not see GIT_DIR, GIT_INDEX_FILE and other GIT_ variables of the caller", async () => {
  const cwd = join(root, "plain");
  await mkdir(cwd);
  const git = gitWith({ GIT_DIR: "/nowhere", GIT_INDEX_FILE: "/nowhere/index", GIT_EXTERNAL_DIFF: "false", GIT_WORK_TREE: "/" });
  await git.run(["init", "-q"], { cwd });
  assert.equal(await git.text(["rev-parse", "--show-toplevel"], { cwd }), cwd);
});

test("run() passes input, accepts exit codes that are answers, and gives the version", async () => {
  const git = gitWith();
  const cwd = join(root, "plain2");
  await mkdir(cwd);
  await git.run(["init", "-q"], { cwd });
  const blob = await git.text(["hash-object", "-w", "--stdin"], { cwd, input: "hello" });
  assert.equal(await git.text(["cat-file", "blob", blob], { cwd }), "hello");
  assert.equal((await git.run(["config", "no.such"], { cwd, acceptExitCodes: [1] })).exitCode, 1);
  await assert.rejects(git.run(["config", "no.such"], { cwd }), { code: "GIT_FAILED" });
  assert.deepEqual((await git.version()).map((part) => Number.isInteger(part)), [true, true, true]);
});

test("a failure names the command and what git said, without passwords", async () => {
  await assert.rejects(gitWith().run(["ls-remote", "https://user:hunter2@127.0.0.1:1/x"], { cwd: root }), (error) => {
    assert.ok(error instanceof InspanError);
    assert.equal(error.code, "GIT_FAILED");
    assert.match(error.message, /Cannot run "git ls-remote https:\/\/\*\*\*@127\.0\.0\.1:1\/x"[^]*(connect|refused)/i);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
});

test("a missing git, a missing folder, a timeout and a cancellation are told apart", async () => {
  const withoutGit = createNodeGit({ processes: createNodeProcesses({ env: { PATH: "/nonexistent" } }) });
  await assert.rejects(withoutGit.version(), { code: "GIT_MISSING" });
  await assert.rejects(gitWith().run(["status"], { cwd: join(root, "nowhere") }), { code: "GIT_FAILED", message: /does not exist/ });
  const cwd = join(root, "slow");
  await mkdir(cwd);
  await gitWith().run(["init", "-q"], { cwd });
  // A FIFO as attributes file: git waits for a writer that never comes.
  const fifo = join(root, "fifo");
  await processes.run({ command: ["mkfifo", fifo], cwd, env: processes.environment(), timeoutMs: 5000 });
  const slow = ["check-attr", "-a", "x"];
  await assert.rejects(gitWith().run(["-c", `core.attributesFile=${fifo}`, ...slow], { cwd, timeoutMs: 200 }), { code: "GIT_TIMED_OUT" });
  const controller = new AbortController();
  controller.abort();
  await assert.rejects(gitWith().run(["status"], { cwd, signal: controller.signal }), { name: "AbortError" });
});

test("an answer above the limit fails instead of being cut", async () => {
  const cwd = join(root, "large");
  await mkdir(cwd);
  const git = gitWith();
  await git.run(["init", "-q"], { cwd });
  await writeFile(join(cwd, "large"), Buffer.alloc(65 * 1024 * 1024, "x\n"));
  const blob = await git.text(["hash-object", "-w", "large"], { cwd });
  await assert.rejects(git.run(["cat-file", "blob", blob], { cwd }), { code: "GIT_FAILED", message: /above the limit/ });
});

test("calls that begin side by side run nothing either, one that is stopped takes no other along, and a filter that comes later is seen", async () => {
  const { cwd, ran } = await makeTrappedRepository("side-by-side");
  await writeFile(join(cwd, "a.txt"), "two\n");
  const git = gitWith();
  const stopped = new AbortController();
  const calls = [git.run(["add", "a.txt"], { cwd, signal: stopped.signal }), git.run(["diff"], { cwd }), git.text(["status", "--porcelain"], { cwd })];
  stopped.abort();
  const [first, second, third] = await Promise.allSettled(calls);
  assert.equal(first?.status === "rejected" && (first.reason as Error).name, "AbortError"); // an Error by the provider's word
  assert.equal(second?.status, "fulfilled");
  assert.ok(third?.status === "fulfilled" && String(third.value).includes("a.txt"));
  await plainGit(cwd, "config", "filter.late.clean", `touch ${join(root, "side-by-side-ran", "late")}; cat`);
  await writeFile(join(cwd, ".gitattributes"), "*.txt filter=late\n");
  await git.run(["add", "a.txt"], { cwd });
  assert.deepEqual(await ran(), []);
});

test("a worktree that another git is just making is waited for; one that was left half made is told with its cure", async () => {
  const cwd = join(root, "half-made");
  await mkdir(cwd);
  await plainGit(cwd, "init", "-q");
  await plainGit(cwd, "commit", "-q", "--allow-empty", "-m", "first");
  const half = join(cwd, ".git/worktrees/half");
  const make = async () => {
    await mkdir(half, { recursive: true });
    await writeFile(join(half, "HEAD"), "ref: refs/heads/main\n");
    await writeFile(join(half, "gitdir"), join(root, "nowhere/.git\n"));
    await writeFile(join(half, "commondir"), "");
  };
  await make();
  let runs = 0;
  // The other git writes its file between our first look and our second.
  const git = createNodeGit({
    processes: {
      ...processes,
      run: async (options) => {
        const result = await processes.run(options);
        if (options.command.includes("worktree") && runs++ === 0) await writeFile(join(half, "commondir"), "../..\n");
        return result;
      },
    },
    env: { GIT_CONFIG_GLOBAL: globalConfig, GIT_CONFIG_NOSYSTEM: "1" },
  });
  await git.run(["worktree", "add", "--quiet", "--detach", join(root, "half-made-tree"), "HEAD"], { cwd });
  assert.equal(runs, 2);
  await rm(half, { recursive: true });
  await make();
  await assert.rejects(
    gitWith().run(["worktree", "list"], { cwd }),
    (error: unknown) => error instanceof InspanError && /commondir/.test(error.message) && (error.remedy ?? "").startsWith("git worktree prune"),
  );
  await plainGit(cwd, "worktree", "prune");
  assert.equal((await gitWith().run(["worktree", "list"], { cwd })).exitCode, 0);
});
