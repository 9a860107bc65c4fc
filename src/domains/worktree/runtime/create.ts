// Makes a worktree: from a freshly fetched base, with the ignored files it needs, set up in the sandbox. Safe to repeat after a crash.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import { tailLines } from "../../../base/text.ts";
import type { Providers } from "../../../providers/index.ts";
import type { SetupConfig } from "../config.ts";
import { fetchBase, listWorktreeRecords, readTreeBytes, readWorktreeList, readWorktreeRecord, trashPath, worktreesPath, writeWorktreeRecord } from "../repo/worktrees.ts";
import { isBelow, type ListedWorktree } from "../repo/porcelain.ts";
import { branchNameOf, containedPath, worktreeKeyOf } from "../service/naming.ts";
import type { Commit, Repository, Worktree, WorktreeId } from "../types.ts";
import { rescueIfUsed } from "./remove.ts";

// A checkout on a machine with less than this free would fail half-way, or starve the application.
const freeBytesMin = 256 * 1024 * 1024;
// All worktrees of one repository together; a runaway of tasks must not fill the disk.
const worktreeBytesMax = 50 * 1024 ** 3;
// Sixteen at once met each other's half-written entries once or twice; five in a row mean something else.
const addTriesMax = 5;
// A checkout of the largest public repositories takes under a minute on a slow disk.
const checkoutTimeoutMs = 600_000;
// Names are made of title and a random id: more than one namesake is no accident.
const branchTriesMax = 9;

export interface CreateWorktreeOptions {
  readonly providers: Providers;
  readonly repository: Repository;
  readonly owner: string;
  readonly title: string;
  /** Start here instead of at the freshly fetched base (a resumed task, a review of a commit). */
  readonly base?: { readonly ref: string; readonly commit: Commit; /** What its files hold, where that is being counted already. */ readonly treeBytes?: Promise<number> };
  /** Work that was begun: its branch is checked out as it stands, and made again at this commit where it is gone. */
  readonly resume?: { readonly branch: string; readonly headCommit: Commit } | undefined;
  readonly copy: readonly string[];
  readonly setup: SetupConfig | undefined;
  readonly isUnsandboxedAllowed: boolean;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

async function refuseWithoutRoom(options: CreateWorktreeOptions, treeBytes: number): Promise<void> {
  const { providers: { files }, repository } = options;
  const free = await files.freeBytes(repository.statePath);
  if (free < treeBytes + freeBytesMin) {
    throw new InspanError(
      "DISK_FULL",
      `Cannot make a worktree of ${Math.ceil(treeBytes / 1024 ** 2)} MiB in "${repository.statePath}": ${Math.floor(free / 1024 ** 2)} MiB are free.`,
      { remedy: "inspan worktree prune" },
    );
  }
  let used = 0;
  for (const key of await listWorktreeRecords(files, repository)) used += (await readWorktreeRecord(files, repository, key))?.sizeBytes ?? 0;
  if (used + treeBytes > worktreeBytesMax)
    throw new InspanError(
      "DISK_CAP",
      `Cannot make another worktree: those of this repository hold ${Math.ceil(used / 1024 ** 3)} GiB, expected at most ${worktreeBytesMax / 1024 ** 3}.`,
      { remedy: "inspan worktree prune" },
    );
}

/** Rejects where a folder on the way to `path` is a link that leaves `rootPath`: a commit can hold such links. */
async function refuseLinkOut(files: Providers["files"], rootPath: string, path: string): Promise<void> {
  const root = (await files.realPath(rootPath)) ?? rootPath;
  const parts = path.split("/");
  for (let count = 1; count <= parts.length; count++) {
    const part = join(rootPath, ...parts.slice(0, count));
    if ((await files.facts(part))?.kind !== "link") continue;
    const real = await files.realPath(part);
    if (real === undefined || !isBelow(real, root))
      throw new InspanError(
        "PATH_ESCAPE",
        `Cannot copy "${path}": "${part}" is a link to ${real === undefined ? "nothing" : `"${real}"`}, outside of the repository.`,
        { kind: "usage", remedy: "mend copy: in inspan.yaml" },
      );
  }
}

/** Rejects where anything on the way to `path`, or `path` itself, is there and is a link, or a file where a folder is needed: a copy would write through it. Inside counts too. */
async function refuseLinkOnWay(files: Providers["files"], target: string, path: string): Promise<void> {
  const parts = path.split("/");
  for (let count = 1; count <= parts.length; count++) {
    const part = parts.slice(0, count).join("/");
    const facts = await files.facts(join(target, part));
    if (facts === undefined) return;
    if (facts.kind === "folder" || (facts.kind === "file" && count === parts.length)) continue;
    throw new InspanError(
      "PATH_ESCAPE",
      `Cannot copy "${path}": "${part}" is a ${facts.kind} in the commit that is checked out in "${target}", expected a folder or nothing.`,
      { kind: "usage", remedy: `remove "${part}" from the change, or mend copy: in inspan.yaml` },
    );
  }
}

/** Copies what git ignores and the configuration names; a path that leaves the checkout, by name or by link, is refused. What git would commit is left out. */
export async function copyDeclaredPaths(
  options: { readonly providers: Pick<Providers, "files" | "git"> } & Pick<CreateWorktreeOptions, "repository" | "copy" | "progress">,
  target: string,
): Promise<void> {
  const { providers: { files, git }, repository } = options;
  const env = { GIT_LITERAL_PATHSPECS: "1" }; // a declared path is a name, not a pattern
  for (const declared of options.copy) {
    const path = containedPath(declared);
    if (path === undefined)
      throw new InspanError("PATH_ESCAPE", `Cannot copy "${declared}": it lies outside of the repository.`, {
        kind: "usage",
        remedy: "mend copy: in inspan.yaml",
      });
    const source = join(repository.rootPath, path);
    const facts = await files.facts(source);
    if (facts === undefined) { options.progress(`copy: ${path} is not in your checkout, left out`); continue; }
    await refuseLinkOut(files, repository.rootPath, path);
    await refuseLinkOnWay(files, target, path);
    const tracked = (await git.text(["ls-files", "-z", "--", path], { cwd: repository.rootPath, env })) + (await git.text(["ls-files", "-z", "--", path], { cwd: target, env }));
    if (tracked !== "") { options.progress(`copy: ${path} is tracked by git, left out`); continue; }
    const named = facts.kind === "folder" ? `${path}/` : path;
    const isIgnored = (await git.run(["check-ignore", "--quiet", "--", named], { cwd: target, acceptExitCodes: [1] })).exitCode === 0;
    if (!isIgnored) { options.progress(`copy: ${path} is not ignored by git and would be committed, left out`); continue; }
    await files.copy(source, join(target, path));
  }
}

/** Runs the declared set-up in a tree, sandboxed. Rejects with SETUP_FAILED, SANDBOX_MISSING. */
export async function runSetup(options: Pick<CreateWorktreeOptions, "providers" | "setup" | "isUnsandboxedAllowed" | "progress" | "signal">, path: string): Promise<void> {
  const { setup, providers: { processes, sandbox } } = options;
  if (!setup) return;
  options.progress(`setup: ${setup.run}`);
  const spec = {
    command: ["/bin/sh", "-c", setup.run] as const,
    cwd: path,
    env: processes.environment({ CI: "true" }),
    timeoutMs: setup.timeoutSeconds * 1000,
    signal: options.signal,
  };
  const prepared = await sandbox.prepare(spec, { writable: [path], readOnly: [join(path, ".git")], network: "loopback" }, options);
  try {
    const result = await processes.run(prepared.spec);
    if (result.outcome === "exited" && result.exitCode === 0) return;
    const state = result.outcome === "exited" ? `exit code ${result.exitCode}` : result.outcome === "timed-out" ? `no end within ${setup.timeoutSeconds} s` : result.outcome;
    throw new InspanError("SETUP_FAILED", `Cannot set up the worktree with "${setup.run}": ${state}.\n${tailLines(result.output, 20)}`, {
      remedy: "mend setup: in inspan.yaml (it runs sandboxed, without network but loopback)",
    });
  } finally { await prepared.dispose(); }
}

/** Takes away what an earlier attempt left: a folder, git's entry, the lock that `git worktree add` holds while it works. Returns git's list as it is then. */
async function clearLeftovers(options: CreateWorktreeOptions, key: string, path: string): Promise<readonly ListedWorktree[]> {
  const { providers, repository } = options;
  const { git, files, random } = providers;
  const [list, facts] = await Promise.all([readWorktreeList(git, repository), files.facts(path)]);
  const isThere = facts !== undefined;
  if (!isThere && !list.some((worktree) => worktree.path === path)) return list;
  await rescueIfUsed(providers, repository, path); // a record that cannot be read any more proves that somebody worked here
  const grave = join(trashPath(repository), `${key}-${random.id(6)}`);
  await files.makeFolder(trashPath(repository));
  if (isThere) await files.rename(path, grave);
  await git.run(["worktree", "unlock", path], { cwd: repository.rootPath, acceptExitCodes: [128] }); // 128: it was not locked
  await git.run(["worktree", "remove", "--force", path], { cwd: repository.rootPath, acceptExitCodes: [128] }); // 128: not in the list any more
  await files.remove(grave);
  return readWorktreeList(git, repository);
}

/** A branch that is free for us: absent, or left by a cut-off attempt, which is one that holds nothing that the base does not. Others' branches are never reset. */
async function freeBranch(options: CreateWorktreeOptions, commit: Commit, listed: Promise<readonly ListedWorktree[]>): Promise<string> {
  const { providers: { git }, repository } = options;
  const cwd = repository.rootPath;
  const wanted = branchNameOf(options.title, options.owner);
  for (let count = 1; count <= branchTriesMax; count++) {
    const branch = count === 1 ? wanted : `${wanted}-${count}`;
    const [list, existing] = await Promise.all([listed, git.run(["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`], { cwd, acceptExitCodes: [1] })]);
    if (existing.exitCode !== 0) return branch;
    const isEmpty = (await git.run(["merge-base", "--is-ancestor", existing.stdout.trim(), commit], { cwd, acceptExitCodes: [1] })).exitCode === 0;
    if (isEmpty && !list.some((worktree) => worktree.branch === branch)) return branch;
  }
  throw new InspanError("BRANCH_TAKEN", `Cannot make a branch "${wanted}": it and ${branchTriesMax - 1} names beside it hold other work.`, {
    kind: "usage",
    remedy: `git branch --list "${wanted}*"`,
  });
}

/** Where the branch of begun work stands: with commits that its owner does not know yet, or behind them after a crash. Rejects with BRANCH_MOVED where it holds something else. */
async function resumedCommit(
  { providers: { git }, repository: { rootPath: cwd } }: CreateWorktreeOptions,
  { branch, headCommit }: NonNullable<CreateWorktreeOptions["resume"]>,
): Promise<Commit> {
  const existing = await git.run(["rev-parse", "--verify", "--quiet", `refs/heads/${branch}^{commit}`], { cwd, acceptExitCodes: [1] });
  if (existing.exitCode !== 0) return headCommit;
  const tip = existing.stdout.trim() as Commit; // git names it
  const isAncestor = async (of: string, older: string): Promise<boolean> =>
    (await git.run(["merge-base", "--is-ancestor", older, of], { cwd, acceptExitCodes: [1, 128] })).exitCode === 0;
  if (await isAncestor(tip, headCommit)) return tip;
  if (await isAncestor(headCommit, tip)) return headCommit;
  throw new InspanError("BRANCH_MOVED", `Cannot go on with "${branch}": it stands at ${tip.slice(0, 10)}, which does not hold ${headCommit.slice(0, 10)}.`, {
    remedy: `git branch --force ${branch} ${headCommit}`,
  });
}

/** True where git met the half-written entry of another worktree that is being made or removed at this moment. */
function isRace(error: unknown): boolean {
  return error instanceof InspanError && error.code === "GIT_FAILED" && /failed to read .*worktrees\/.*(?:commondir|gitdir|HEAD)/.test(error.message);
}

/** Checks out; `wanted` is the branch of the first try. What our own tries leave is cleared here. */
async function addToGit(options: CreateWorktreeOptions, target: { key: string; path: string; commit: Commit }, wanted: string): Promise<string> {
  const { providers: { git, clock, random }, repository, signal } = options;
  const parallel = ["-c", "checkout.workers=4", "-c", "checkout.thresholdForParallelism=100"];
  for (let tries = 1; ; tries++) {
    const cleared = tries === 1 ? undefined : clearLeftovers(options, target.key, target.path);
    if (options.resume) await cleared;
    const branch = cleared === undefined || options.resume ? wanted : await freeBranch(options, target.commit, cleared);
    try {
      await git.run([...parallel, "worktree", "add", "--quiet", "--no-track", "-B", branch, target.path, target.commit], {
        cwd: repository.rootPath,
        timeoutMs: checkoutTimeoutMs,
        signal,
      });
      return branch;
    } catch (error) {
      if (!isRace(error) || tries >= addTriesMax) throw error;
      await clock.sleep(tries * 50 + random.fraction() * 100, signal);
    }
  }
}

/** The worktree of this owner, made where it is not there yet. Rejects with DISK_FULL, DISK_CAP, PATH_ESCAPE, BRANCH_TAKEN, SETUP_FAILED, BASE_FETCH_FAILED, BASE_MISSING. */
export async function createWorktree(options: CreateWorktreeOptions): Promise<Worktree> {
  const { providers, repository } = options;
  const key = worktreeKeyOf(options.owner);
  const known = await readWorktreeRecord(providers.files, repository, key);
  if (known && (await providers.files.facts(join(known.worktree.path, ".git")))) return known.worktree;
  return providers.telemetry.span("worktree create", { owner: options.owner, repository: repository.name }, async () => {
    const startedMs = providers.clock.monotonicMs();
    const base = options.base ?? (await fetchBase(providers.git, repository, options.signal));
    await providers.files.makeFolder(worktreesPath(repository));
    const path = join(worktreesPath(repository), key);
    // Each is a process or two, and none needs the other's answer.
    const { resume } = options;
    const cleared = clearLeftovers(options, key, path);
    const [treeBytes, wanted] = await Promise.all([
      options.base?.treeBytes ?? readTreeBytes(providers.git, repository, base.commit),
      resume ? cleared.then(() => resume.branch) : freeBranch(options, base.commit, cleared),
    ]);
    await refuseWithoutRoom(options, treeBytes);
    const branch = await addToGit(options, { key, path, commit: resume ? await resumedCommit(options, resume) : base.commit }, wanted);
    await copyDeclaredPaths(options, path);
    await runSetup(options, path);
    const worktree: Worktree = { id: key as WorktreeId, path, branch, baseRef: base.ref, baseCommit: base.commit }; // a key made by worktreeKeyOf()
    await writeWorktreeRecord(providers.files, repository, key, { version: 1, worktree, owner: options.owner, createdAt: providers.clock.nowIso(), sizeBytes: treeBytes });
    providers.log.info("worktree.created", { worktreeId: key, path, branch, durationMs: Math.round(providers.clock.monotonicMs() - startedMs) });
    return worktree;
  });
}
