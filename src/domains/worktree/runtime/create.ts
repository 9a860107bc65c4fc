// Makes a worktree: from a freshly fetched base, with the ignored files it needs, set up in the sandbox. Safe to repeat after a crash.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import { tailLines } from "../../../base/text.ts";
import type { Providers } from "../../../providers/index.ts";
import type { SetupConfig } from "../config.ts";
import { fetchBase, listWorktreeRecords, readTreeBytes, readWorktreeList, readWorktreeRecord, trashPath, worktreesPath, writeWorktreeRecord } from "../repo/worktrees.ts";
import { isBelow } from "../repo/porcelain.ts";
import { branchNameOf, containedPath, worktreeKeyOf } from "../service/naming.ts";
import type { Commit, Repository, Worktree, WorktreeId } from "../types.ts";

// A checkout on a machine with less than this free would fail half-way, or starve the application.
const freeBytesMin = 256 * 1024 * 1024;
// All worktrees of one repository together; a runaway of tasks must not fill the disk.
const worktreeBytesMax = 50 * 1024 ** 3;
// A checkout of the largest public repositories takes under a minute on a slow disk.
const checkoutTimeoutMs = 600_000;

export interface CreateWorktreeOptions {
  readonly providers: Providers;
  readonly repository: Repository;
  readonly owner: string;
  readonly title: string;
  /** Start here instead of at the freshly fetched base (a resumed task, a review of a commit). */
  readonly base?: { readonly ref: string; readonly commit: Commit };
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
    throw new InspanError("DISK_FULL", `Cannot make a worktree of ${Math.ceil(treeBytes / 1024 ** 2)} MiB in "${repository.statePath}": ${Math.floor(free / 1024 ** 2)} MiB are free.`, { remedy: "inspan worktree prune" });
  }
  let used = 0;
  for (const key of await listWorktreeRecords(files, repository)) used += (await readWorktreeRecord(files, repository, key))?.sizeBytes ?? 0;
  if (used + treeBytes > worktreeBytesMax) throw new InspanError("DISK_CAP", `Cannot make another worktree: those of this repository hold ${Math.ceil(used / 1024 ** 3)} GiB, expected at most ${worktreeBytesMax / 1024 ** 3}.`, { remedy: "inspan worktree prune" });
}

/** Copies what git ignores and the configuration names; a path that leaves the checkout, by name or by link, is refused. */
export async function copyDeclaredPaths(options: { readonly providers: Pick<Providers, "files" | "git"> } & Pick<CreateWorktreeOptions, "repository" | "copy" | "progress">, target: string): Promise<void> {
  const { providers: { files, git }, repository } = options;
  for (const declared of options.copy) {
    const path = containedPath(declared);
    if (path === undefined) throw new InspanError("PATH_ESCAPE", `Cannot copy "${declared}": it lies outside of the repository.`, { kind: "usage", remedy: "mend copy: in inspan.yaml" });
    const source = join(repository.rootPath, path);
    const real = await files.realPath(source);
    if (real === undefined) { options.progress(`copy: ${path} is not in your checkout, left out`); continue; }
    if (!isBelow(real, (await files.realPath(repository.rootPath)) ?? repository.rootPath)) throw new InspanError("PATH_ESCAPE", `Cannot copy "${declared}": it is a link to "${real}", outside of the repository.`, { kind: "usage", remedy: "mend copy: in inspan.yaml" });
    const tracked = (await git.text(["ls-files", "-z", "--", path], { cwd: repository.rootPath })) !== "";
    if (tracked) { options.progress(`copy: ${path} is tracked by git, left out`); continue; }
    await files.copy(source, join(target, path));
  }
}

async function runSetup(options: CreateWorktreeOptions, path: string): Promise<void> {
  const { setup, providers: { processes, sandbox } } = options;
  if (!setup) return;
  options.progress(`setup: ${setup.run}`);
  const spec = { command: ["/bin/sh", "-c", setup.run] as const, cwd: path, env: processes.environment({ CI: "true" }), timeoutMs: setup.timeoutSeconds * 1000, signal: options.signal };
  const prepared = await sandbox.prepare(spec, { writable: [path], readOnly: [join(path, ".git")], network: "loopback" }, options);
  try {
    const result = await processes.run(prepared.spec);
    if (result.outcome === "exited" && result.exitCode === 0) return;
    const state = result.outcome === "exited" ? `exit code ${result.exitCode}` : result.outcome === "timed-out" ? `no end within ${setup.timeoutSeconds} s` : result.outcome;
    throw new InspanError("SETUP_FAILED", `Cannot set up the worktree with "${setup.run}": ${state}.\n${tailLines(result.output, 20)}`, { remedy: "mend setup: in inspan.yaml (it runs sandboxed, without network but loopback)" });
  } finally { await prepared.dispose(); }
}

/** The branch name for a new worktree, or the one it already has after a crash. A branch that holds other commits is never reset. */
async function addToGit(options: CreateWorktreeOptions, target: { path: string; branch: string; commit: Commit }): Promise<void> {
  const { providers: { git, files, random }, repository } = options;
  const cwd = repository.rootPath;
  const listed = (await readWorktreeList(git, repository)).find((worktree) => worktree.path === target.path);
  if (listed || (await files.facts(target.path))) {
    // Making it was cut off before its record was written: nothing of an agent can be in it.
    await files.makeFolder(trashPath(repository));
    if (await files.facts(target.path)) await files.rename(target.path, join(trashPath(repository), `${target.branch.replaceAll("/", "-")}-${random.id(6)}`));
    await git.run(["worktree", "prune"], { cwd });
  }
  const existing = await git.run(["rev-parse", "--verify", "--quiet", `refs/heads/${target.branch}`], { cwd, acceptExitCodes: [1] });
  const what = existing.exitCode === 0 ? [target.path, target.branch] : ["--no-track", "-b", target.branch, target.path, target.commit];
  const parallel = ["-c", "checkout.workers=4", "-c", "checkout.thresholdForParallelism=100"];
  await git.run([...parallel, "worktree", "add", "--quiet", ...what], { cwd, timeoutMs: checkoutTimeoutMs, signal: options.signal });
}

/** The worktree of this owner, made where it is not there yet. Rejects with DISK_FULL, DISK_CAP, PATH_ESCAPE, SETUP_FAILED, BASE_FETCH_FAILED, BASE_MISSING. */
export async function createWorktree(options: CreateWorktreeOptions): Promise<Worktree> {
  const { providers, repository } = options;
  const key = worktreeKeyOf(options.owner);
  const known = await readWorktreeRecord(providers.files, repository, key);
  if (known && (await providers.files.facts(join(known.worktree.path, ".git")))) return known.worktree;
  return providers.telemetry.span("worktree create", { owner: options.owner, repository: repository.name }, async () => {
    const startedMs = providers.clock.monotonicMs();
    const base = options.base ?? (await fetchBase(providers.git, repository, options.signal));
    await providers.files.makeFolder(worktreesPath(repository));
    const treeBytes = await readTreeBytes(providers.git, repository, base.commit);
    await refuseWithoutRoom(options, treeBytes);
    const path = join(worktreesPath(repository), key);
    const branch = branchNameOf(options.title, options.owner);
    await addToGit(options, { path, branch, commit: base.commit });
    await copyDeclaredPaths(options, path);
    await runSetup(options, path);
    const worktree: Worktree = { id: key as WorktreeId, path, branch, baseRef: base.ref, baseCommit: base.commit }; // a key made by worktreeKeyOf()
    await writeWorktreeRecord(providers.files, repository, key, { version: 1, worktree, owner: options.owner, createdAt: providers.clock.nowIso(), sizeBytes: treeBytes });
    providers.log.info("worktree.created", { worktreeId: key, path, branch, durationMs: Math.round(providers.clock.monotonicMs() - startedMs) });
    return worktree;
  });
}
