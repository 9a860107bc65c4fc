// Lists and removes worktrees. Uncommitted work goes to a rescue ref first; the folder is renamed away at once and deleted behind.
import { join } from "node:path";
import type { Providers } from "../../../providers/index.ts";
import { listWorktreeRecords, readWorktreeList, readWorktreeRecord, removeWorktreeRecord, trashPath, worktreesPath, writeWorktreeRecord } from "../repo/worktrees.ts";
import { isBelow } from "../repo/porcelain.ts";
import { worktreeKeyOf } from "../service/naming.ts";
import type { Repository, WorktreeState } from "../types.ts";
import { isWorktreeDirty } from "./changes.ts";

type Parts = Pick<Providers, "git" | "files" | "clock" | "log" | "random" | "processRecords">;

/** Saves uncommitted work of a worktree as a commit under refs/inspan/rescue/; undefined where there is none. */
export async function rescueWorktree(providers: Pick<Providers, "git" | "files" | "clock" | "log" | "random">, path: string): Promise<string | undefined> {
  if (!(await isWorktreeDirty(providers.git, path))) return undefined;
  const { git, files } = providers;
  const scratch = await files.makeTemporaryFolder("inspan-rescue-");
  try {
    const env = { GIT_INDEX_FILE: join(scratch, "index"), GIT_AUTHOR_NAME: "Inspan", GIT_AUTHOR_EMAIL: "inspan@localhost", GIT_COMMITTER_NAME: "Inspan", GIT_COMMITTER_EMAIL: "inspan@localhost" };
    await git.run(["read-tree", "HEAD"], { cwd: path, env });
    await git.run(["add", "-A"], { cwd: path, env });
    const tree = await git.text(["write-tree"], { cwd: path, env });
    const commit = await git.text(["commit-tree", tree, "-p", "HEAD", "-m", "Uncommitted work, saved by Inspan before the worktree was removed"], { cwd: path, env });
    const ref = `refs/inspan/rescue/${path.split("/").at(-1) ?? "worktree"}-${providers.clock.nowIso().replaceAll(/[^0-9]/g, "").slice(0, 14)}-${providers.random.id(4)}`;
    await git.run(["update-ref", ref, commit], { cwd: path });
    providers.log.info("worktree.rescued", { path, ref });
    return ref;
  } finally { await files.remove(scratch); }
}

/** Removes a worktree of ours: rescue, rename away, forget; `deleted` settles when the disk is free again. Idempotent. */
async function removeWorktree(providers: Parts, repository: Repository, path: string): Promise<{ readonly rescueRef: string | undefined; readonly deleted: Promise<void> }> {
  const { files, git } = providers;
  const isThere = (await files.facts(join(path, ".git"))) !== undefined;
  const rescueRef = isThere ? await rescueWorktree(providers, path) : undefined;
  const grave = join(trashPath(repository), `${path.split("/").at(-1) ?? "worktree"}-${providers.random.id(6)}`);
  await files.makeFolder(trashPath(repository));
  const isRenamed = (await files.facts(path)) !== undefined;
  if (isRenamed) await files.rename(path, grave);
  await git.run(["worktree", "prune"], { cwd: repository.rootPath });
  await removeWorktreeRecord(files, repository, path.split("/").at(-1) ?? "");
  providers.log.info("worktree.removed", { path, rescueRef });
  return { rescueRef, deleted: isRenamed ? files.remove(grave) : Promise.resolve() };
}

/** The owner needs its worktree no more: it is removed now. Uncommitted work, if any, is under the returned ref. */
export async function releaseWorktree(providers: Parts, repository: Repository, owner: string): Promise<{ readonly rescueRef: string | undefined; readonly deleted: Promise<void> }> {
  const key = worktreeKeyOf(owner);
  const record = await readWorktreeRecord(providers.files, repository, key);
  if (record) await writeWorktreeRecord(providers.files, repository, key, { ...record, releasedAt: providers.clock.nowIso() });
  return removeWorktree(providers, repository, join(worktreesPath(repository), key));
}

/** Our worktrees of this repository as git and our records know them, by path. */
export async function listWorktrees(providers: Parts, repository: Repository): Promise<readonly WorktreeState[]> {
  const living = new Set((await providers.processRecords.list()).map((record) => record.taskId));
  const states: WorktreeState[] = [];
  for (const listed of await readWorktreeList(providers.git, repository)) {
    if (!isBelow(listed.path, worktreesPath(repository)) || listed.isPrunable) continue;
    const record = await readWorktreeRecord(providers.files, repository, listed.path.split("/").at(-1) ?? "");
    const owner = record && !record.releasedAt ? `${record.owner}${living.has(record.owner) ? " (running)" : ""}` : undefined;
    states.push({ path: listed.path, branch: listed.branch, headCommit: listed.headCommit, owner, isDirty: await isWorktreeDirty(providers.git, listed.path), sizeBytes: record?.sizeBytes ?? 0 });
  }
  return states.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export interface PruneResult { readonly removed: readonly { readonly path: string; readonly rescueRef?: string | undefined }[]; readonly kept: number }

/** Removes worktrees that nobody owns (and, with `isIdleIncluded`, those of tasks that no process works on), what git lost, and the trash. */
export async function pruneWorktrees(providers: Parts, repository: Repository, options: { readonly isIdleIncluded: boolean }): Promise<PruneResult> {
  const { files, git } = providers;
  await git.run(["worktree", "prune"], { cwd: repository.rootPath });
  const states = await listWorktrees(providers, repository);
  const doomed = states.filter((state) => state.owner === undefined || (options.isIdleIncluded && !state.owner.endsWith(" (running)")));
  const known = new Set(states.map((state) => state.path));
  const orphans = (await files.list(worktreesPath(repository))).map((entry) => join(worktreesPath(repository), entry.name)).filter((path) => !known.has(path));
  const removed: { path: string; rescueRef?: string | undefined }[] = [];
  for (const path of [...doomed.map((state) => state.path), ...orphans]) {
    const { rescueRef, deleted } = await removeWorktree(providers, repository, path);
    await deleted;
    removed.push({ path, rescueRef });
  }
  for (const key of await listWorktreeRecords(files, repository)) {
    if (!(await files.facts(join(worktreesPath(repository), key)))) await removeWorktreeRecord(files, repository, key);
  }
  for (const entry of await files.list(trashPath(repository))) await files.remove(join(trashPath(repository), entry.name));
  return { removed, kept: states.length - doomed.length };
}
