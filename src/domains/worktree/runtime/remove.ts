// Lists and removes worktrees. Uncommitted work goes to a rescue ref first; the folder is renamed away at once and deleted behind.
import { basename, join } from "node:path";
import type { Providers } from "../../../providers/index.ts";
import {
  hasWorktreeRecord,
  listWorktreeRecords,
  readWorktreeList,
  readWorktreeRecord,
  removeWorktreeRecord,
  trashPath,
  worktreesPath,
  writeWorktreeRecord,
} from "../repo/worktrees.ts";
import { isBelow } from "../repo/porcelain.ts";
import { worktreeKeyOf } from "../service/naming.ts";
import type { Repository, WorktreeState } from "../types.ts";
import { isWorktreeDirty } from "./changes.ts";
import { addNestedFiles } from "./rescue-nested.ts";

type Parts = Pick<Providers, "git" | "files" | "clock" | "log" | "random" | "processRecords">;

// How a list tells a worktree whose task is at work.
const runningSuffix = " (running)";

type RescueParts = Pick<Providers, "git" | "files" | "clock" | "log" | "random">;

/** What git is told to save: a worktree that it knows, or a folder whose entry in .git is lost (then by `env`, against the branch that it was on). */
interface Rescue { readonly path: string; readonly cwd: string; readonly parent: string | undefined; readonly env: Readonly<Record<string, string>> }

async function saveUncommitted(providers: RescueParts, rescue: Rescue): Promise<string | undefined> {
  const { git, files } = providers;
  const { cwd, parent } = rescue;
  const scratch = await files.makeTemporaryFolder("inspan-rescue-");
  try {
    const env = {
      ...rescue.env,
      GIT_INDEX_FILE: join(scratch, "index"),
      GIT_AUTHOR_NAME: "Inspan",
      GIT_AUTHOR_EMAIL: "inspan@localhost",
      GIT_COMMITTER_NAME: "Inspan",
      GIT_COMMITTER_EMAIL: "inspan@localhost",
    };
    await git.run(parent === undefined ? ["read-tree", "--empty"] : ["read-tree", parent], { cwd, env });
    await git.run(["add", "-A"], { cwd, env });
    const isCut = await addNestedFiles({ git, files, worktreePath: rescue.path, cwd, env });
    const tree = await git.text(["write-tree"], { cwd, env });
    if (parent !== undefined && tree === (await git.text(["rev-parse", `${parent}^{tree}`], { cwd, env }))) return undefined;
    const commit = await git.text(
      [
        "commit-tree",
        tree,
        ...(parent === undefined ? [] : ["-p", parent]),
        "-m",
        `Uncommitted work, saved by Inspan before the worktree was removed${isCut ? "\n\nRepositories in it held more files than are kept; the rest is gone." : ""}`,
      ],
      { cwd, env },
    );
    const ref = `refs/inspan/rescue/${basename(rescue.path) || "worktree"}-${providers.clock.nowIso().replaceAll(/[^0-9]/g, "").slice(0, 14)}-${providers.random.id(4)}`;
    await git.run(["update-ref", ref, commit], { cwd, env: rescue.env });
    providers.log.info("worktree.rescued", { path: rescue.path, ref });
    if (isCut) providers.log.warn("worktree.rescue-cut", { path: rescue.path, ref });
    return ref;
  } finally { await files.remove(scratch); }
}

/** Saves uncommitted and untracked work of a worktree as a commit under refs/inspan/rescue/; undefined where there is none. Files of repositories in it are among them, files that git ignores are not. */
export async function rescueWorktree(providers: RescueParts, path: string): Promise<string | undefined> {
  if (!(await isWorktreeDirty(providers.git, path))) return undefined;
  return saveUncommitted(providers, { path, cwd: path, parent: "HEAD", env: {} });
}

/** The same for a folder that git does not know any more: compared with the branch of its record. */
async function rescueForgotten(providers: RescueParts, repository: Repository, path: string): Promise<string | undefined> {
  const record = await readWorktreeRecord(providers.files, repository, basename(path));
  let parent: string | undefined;
  for (const name of record ? [`refs/heads/${record.worktree.branch}`, record.worktree.baseCommit] : []) {
    const found = await providers.git.run(["rev-parse", "--verify", "--quiet", `${name}^{commit}`], { cwd: repository.rootPath, acceptExitCodes: [1, 128] });
    parent ??= found.exitCode === 0 ? found.stdout.trim() : undefined;
  }
  return saveUncommitted(providers, { path, cwd: repository.rootPath, parent, env: { GIT_DIR: repository.gitPath, GIT_WORK_TREE: path } });
}

/** Saves what nobody has committed, if the worktree was ever handed out: without a record it was not, and nobody's work is in it. */
export async function rescueIfUsed(providers: RescueParts, repository: Repository, path: string): Promise<string | undefined> {
  const { files, git } = providers;
  if ((await files.facts(path)) === undefined || !(await hasWorktreeRecord(files, repository, basename(path)))) return undefined;
  const isKnown = (await files.facts(join(path, ".git"))) !== undefined && (await readWorktreeList(git, repository)).some((listed) => listed.path === path);
  return isKnown ? rescueWorktree(providers, path) : rescueForgotten(providers, repository, path);
}

/** Removes a worktree of ours: rescue, rename away, forget; `deleted` settles when the disk is free again. Idempotent. */
async function removeWorktree(providers: Parts, repository: Repository, path: string): Promise<{ readonly rescueRef: string | undefined; readonly deleted: Promise<void> }> {
  const { files, git } = providers;
  const key = basename(path);
  const isThere = (await files.facts(path)) !== undefined;
  const rescueRef = await rescueIfUsed(providers, repository, path);
  const grave = join(trashPath(repository), `${key}-${providers.random.id(6)}`);
  await files.makeFolder(trashPath(repository));
  if (isThere) await files.rename(path, grave);
  // A killed `git worktree add` leaves its entry locked; 128: it was not locked, or is not known.
  await git.run(["worktree", "unlock", path], { cwd: repository.rootPath, acceptExitCodes: [128] });
  // Ours alone: a prune of all would also forget a person's own worktree on a disk that is not mounted now.
  await git.run(["worktree", "remove", "--force", path], { cwd: repository.rootPath, acceptExitCodes: [128] });
  await removeWorktreeRecord(files, repository, key);
  providers.log.info("worktree.removed", { path, rescueRef });
  return { rescueRef, deleted: isThere ? files.remove(grave) : Promise.resolve() };
}

/** The owner needs its worktree no more: it is removed now. Uncommitted work, if any, is under the returned ref. */
export async function releaseWorktree(
  providers: Parts,
  repository: Repository,
  owner: string,
): Promise<{ readonly rescueRef: string | undefined; readonly deleted: Promise<void> }> {
  const key = worktreeKeyOf(owner);
  const record = await readWorktreeRecord(providers.files, repository, key);
  if (record) await writeWorktreeRecord(providers.files, repository, key, { ...record, releasedAt: providers.clock.nowIso() });
  return removeWorktree(providers, repository, join(worktreesPath(repository), key));
}

/** Keys of worktrees whose task has a living runner, also where the worktree is only being made. */
async function livingKeys(providers: Parts): Promise<ReadonlySet<string>> {
  return new Set((await providers.processRecords.list()).flatMap((record) => (record.taskId === undefined ? [] : [worktreeKeyOf(record.taskId)])));
}

/** Our worktrees of this repository as git and our records know them, by path. One that is half-made counts as dirty, for nobody can tell. */
export async function listWorktrees(providers: Parts, repository: Repository): Promise<readonly WorktreeState[]> {
  const living = await livingKeys(providers);
  const states: WorktreeState[] = [];
  for (const listed of await readWorktreeList(providers.git, repository)) {
    if (!isBelow(listed.path, worktreesPath(repository)) || (await providers.files.facts(join(listed.path, ".git"))) === undefined) continue;
    const key = basename(listed.path);
    const record = await readWorktreeRecord(providers.files, repository, key);
    const owner = record && !record.releasedAt ? record.owner : living.has(key) ? key : undefined;
    const hasHead = (await providers.git.run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], { cwd: listed.path, acceptExitCodes: [1, 128] })).exitCode === 0;
    states.push({
      path: listed.path, branch: listed.branch, headCommit: listed.headCommit, owner: owner && `${owner}${living.has(key) ? runningSuffix : ""}`,
      isDirty: !hasHead || (await isWorktreeDirty(providers.git, listed.path)), sizeBytes: record?.sizeBytes ?? 0,
    });
  }
  return states.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export interface PruneResult { readonly removed: readonly { readonly path: string; readonly rescueRef?: string | undefined }[]; readonly kept: number }

/** Removes worktrees that nobody owns (and, with `isIdleIncluded`, those of tasks that no process works on), what git lost, and the trash. */
export async function pruneWorktrees(providers: Parts, repository: Repository, options: { readonly isIdleIncluded: boolean }): Promise<PruneResult> {
  const { files, git } = providers;
  const living = await livingKeys(providers);
  const states = await listWorktrees(providers, repository);
  const doomed = states.filter((state) => !living.has(basename(state.path)) && (state.owner === undefined || options.isIdleIncluded));
  const known = new Set(states.map((state) => state.path));
  // Folders that git does not know, and entries of git whose folder is gone but which a killed `git worktree add` left locked.
  const folders = (await files.list(worktreesPath(repository))).map((entry) => join(worktreesPath(repository), entry.name));
  const entries = (await readWorktreeList(git, repository)).map((listed) => listed.path).filter((path) => isBelow(path, worktreesPath(repository)));
  const orphans = [...new Set([...folders, ...entries])].filter((path) => !known.has(path) && !living.has(basename(path)));
  const removed: { path: string; rescueRef?: string | undefined }[] = [];
  for (const path of [...doomed.map((state) => state.path), ...orphans]) {
    const { rescueRef, deleted } = await removeWorktree(providers, repository, path);
    await deleted;
    removed.push({ path, rescueRef });
  }
  for (const key of await listWorktreeRecords(files, repository)) {
    if (!living.has(key) && !(await files.facts(join(worktreesPath(repository), key)))) await removeWorktreeRecord(files, repository, key);
  }
  for (const entry of await files.list(trashPath(repository))) await files.remove(join(trashPath(repository), entry.name));
  return { removed, kept: states.length - doomed.length };
}
