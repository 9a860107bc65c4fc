// Reads git's and our own record of repositories and worktrees. Decides nothing.
import { basename, dirname, join } from "node:path";
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import { fingerprint } from "../../../base/hash.ts";
import type { Files, Git, Providers } from "../../../providers/index.ts";
import { parseWorktreeList, type ListedWorktree } from "./porcelain.ts";
import { type Commit, type Repository, Worktree } from "../types.ts";
import { z } from "zod";

// Fetching one branch of a large repository over a slow line; above this the line is taken for dead.
const fetchTimeoutMs = 300_000;
// Tasks that start together fetch the same branch; git lets one of them write its ref, and the others look again. More than this is no race.
const fetchTriesMax = 6;

/** What we know of a worktree beside git: written when it is ready, so its absence means that making it was cut off. */
export const WorktreeRecord = z.object({
  version: z.literal(1),
  worktree: Worktree,
  /** The task it was made for. */
  owner: z.string(),
  createdAt: z.string(),
  /** Bytes of the checked-out tree, for the disk cap. */
  sizeBytes: z.number(),
  /** Set when its owner needs it no more. */
  releasedAt: z.string().optional(),
});
export type WorktreeRecord = z.infer<typeof WorktreeRecord>;

async function ask(git: Git, cwd: string, args: readonly string[]): Promise<string | undefined> {
  const result = await git.run(args, { cwd, acceptExitCodes: [1, 2, 128] });
  return result.exitCode === 0 ? result.stdout.trim() || undefined : undefined;
}

async function readBaseBranch(git: Git, cwd: string, remote: string | undefined): Promise<string> {
  if (remote) {
    const head = await ask(git, cwd, ["symbolic-ref", "--quiet", `refs/remotes/${remote}/HEAD`]);
    if (head) return head.slice(`refs/remotes/${remote}/`.length);
    for (const name of ["main", "master", "trunk"]) {
      if (await ask(git, cwd, ["rev-parse", "--verify", "--quiet", `refs/remotes/${remote}/${name}`])) return name;
    }
    const listed = await ask(git, cwd, ["ls-remote", "--symref", remote, "HEAD"]);
    const found = /^ref: refs\/heads\/(\S+)\s+HEAD/m.exec(listed ?? "");
    if (found?.[1]) return found[1];
  }
  return (await ask(git, cwd, ["symbolic-ref", "--quiet", "--short", "HEAD"])) ?? "main";
}

/** The path with the links of its existing part resolved: git names worktrees so, and ours have to be found among them. */
async function resolveExisting(files: Files, path: string): Promise<string> {
  const real = await files.realPath(path);
  if (real !== undefined) return real;
  return dirname(path) === path ? path : join(await resolveExisting(files, dirname(path)), basename(path));
}

/** Rejects with NOT_A_REPOSITORY, REPOSITORY_BARE, REPOSITORY_EMPTY or GIT_TOO_OLD, each with the command that cures it. */
export async function readRepository(options: { readonly providers: Pick<Providers, "git" | "files">; readonly cwd: string; readonly statePath: string }): Promise<Repository> {
  const { git, files } = options.providers;
  if ((await files.facts(options.cwd))?.kind !== "folder")
    throw new InspanError("FOLDER_MISSING", `Cannot work in "${options.cwd}": no such folder.`, { kind: "usage", remedy: "inspan --cwd <folder>" });
  // Each question is a process: those that do not need each other's answers are asked at once.
  const [version, inside, topLevel, listed, commit] = await Promise.all([
    git.version(),
    git.run(["rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--path-format=absolute", "--git-common-dir"], {
      cwd: options.cwd,
      acceptExitCodes: [128, 129],
    }),
    ask(git, options.cwd, ["rev-parse", "--path-format=absolute", "--show-toplevel"]),
    ask(git, options.cwd, ["remote"]),
    ask(git, options.cwd, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]),
  ]);
  if (version[0] < 2 || (version[0] === 2 && version[1] < 31)) {
    throw new InspanError("GIT_TOO_OLD", `Cannot use git ${version.join(".")}: expected 2.31 or newer.`, { kind: "usage", remedy: "install a newer git" });
  }
  if (inside.exitCode !== 0)
    throw new InspanError("NOT_A_REPOSITORY", `Cannot work in "${options.cwd}": it is not a git repository.`, {
      kind: "usage",
      remedy: "git init && git add -A && git commit -m start",
    });
  const [isBare, isInside, commonPath] = inside.stdout.trim().split("\n");
  if (isBare === "true" || isInside !== "true" || !commonPath || topLevel === undefined)
    throw new InspanError("REPOSITORY_BARE", `Cannot work in "${options.cwd}": it has no work tree.`, {
      kind: "usage",
      remedy: `git clone ${options.cwd} <folder>`,
    });
  const rootPath = topLevel;
  const remotes = (listed ?? "").split("\n").filter((name) => name !== "");
  const remoteName = remotes.includes("origin") ? "origin" : remotes.length === 1 ? remotes[0] : undefined;
  const [gitPath, url, baseBranch] = await Promise.all([
    files.realPath(commonPath).then((real) => real ?? commonPath),
    remoteName ? ask(git, rootPath, ["remote", "get-url", remoteName]) : undefined,
    readBaseBranch(git, rootPath, remoteName),
  ]);
  if (!commit && !remoteName)
    throw new InspanError("REPOSITORY_EMPTY", `Cannot work in "${rootPath}": it has no commit yet.`, {
      kind: "usage",
      remedy: "git add -A && git commit -m start",
    });
  const name = basename(gitPath) === ".git" ? basename(join(gitPath, "..")) : basename(gitPath).replace(/\.git$/, "");
  return {
    rootPath,
    gitPath,
    name,
    statePath: join(
      await resolveExisting(files, options.statePath),
      "repositories",
      `${name.replaceAll(/[^A-Za-z0-9._-]/g, "_")}-${fingerprint(gitPath).slice(0, 8)}`,
    ),
    remote: remoteName && url ? { name: remoteName, url } : undefined,
    baseBranch,
  };
}

async function fetchBranch(
  git: Git,
  repository: Repository,
  branch: { readonly remote: string; readonly name: string; readonly ref: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = [
    "-c",
    "core.filesRefLockTimeout=5000",
    "fetch",
    "--no-tags",
    "--quiet",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
    branch.remote,
    `+refs/heads/${branch.name}:${branch.ref}`,
  ];
  for (let tries = 1; ; tries++) {
    try {
      await git.run(args, { cwd: repository.rootPath, timeoutMs: fetchTimeoutMs, ...(signal ? { signal } : {}) });
      return;
    } catch (error) {
      // git ends with 1 where a ref could not be moved, often without a word, and with 128 where the remote did not answer.
      const isRace = /cannot lock ref|unable to create '[^']*\.lock'|but expected|ended with code 1,/i.test(messageOf(error));
      if (!isRace || tries >= fetchTriesMax) throw error;
    }
  }
}

/** Fetches the base branch and says where it stands; without a remote the local branch is the base. A failed fetch is an error, never an old answer. */
export async function fetchBase(git: Git, repository: Repository, signal?: AbortSignal): Promise<{ readonly ref: string; readonly commit: Commit }> {
  const { remote, baseBranch, rootPath } = repository;
  const ref = remote ? `refs/remotes/${remote.name}/${baseBranch}` : `refs/heads/${baseBranch}`;
  if (remote) {
    try {
      await fetchBranch(git, repository, { remote: remote.name, name: baseBranch, ref }, signal);
    } catch (error) {
      if (isAbort(error) || (error instanceof InspanError && error.code === "GIT_MISSING")) throw error;
      throw new InspanError("BASE_FETCH_FAILED", `Cannot fetch "${baseBranch}" from ${remote.name}: ${messageOf(error)}`, {
        remedy: `git fetch ${remote.name} ${baseBranch}`,
        cause: error,
        isRetryable: true,
      });
    }
  }
  const commit = await ask(git, rootPath, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
  if (!commit)
    throw new InspanError("BASE_MISSING", `Cannot start from "${baseBranch}": no such branch${remote ? ` at ${remote.name}` : ""}.`, {
      kind: "usage",
      remedy: remote ? `git push ${remote.name} HEAD:${baseBranch}` : `git switch -c ${baseBranch}`,
    });
  return { ref: ref.replace(/^refs\/(remotes|heads)\//, ""), commit: commit as Commit }; // rev-parse printed a commit
}

/** All worktrees that git knows of, ours and others, the main one first. */
export async function readWorktreeList(git: Git, repository: Repository): Promise<readonly ListedWorktree[]> {
  return parseWorktreeList((await git.run(["worktree", "list", "--porcelain", "-z"], { cwd: repository.rootPath })).stdout);
}

export function worktreesPath(repository: Repository): string { return join(repository.statePath, "worktrees"); }
export function trashPath(repository: Repository): string { return join(repository.statePath, "trash"); }
function recordPath(repository: Repository, key: string): string { return join(repository.statePath, "worktree-records", `${key}.json`); }

/** Undefined where making the worktree never ended, or where the record cannot be read. */
export async function readWorktreeRecord(files: Files, repository: Repository, key: string): Promise<WorktreeRecord | undefined> {
  const text = await files.readText(recordPath(repository, key));
  if (text === undefined) return undefined;
  try {
    const parsed = WorktreeRecord.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch { return undefined; } // half-written by an older version: the same as none
}

/** True where a record was written once, even one that cannot be read any more: then somebody may have worked in that worktree. */
export async function hasWorktreeRecord(files: Files, repository: Repository, key: string): Promise<boolean> {
  return (await files.facts(recordPath(repository, key))) !== undefined;
}

export async function writeWorktreeRecord(files: Files, repository: Repository, key: string, record: WorktreeRecord): Promise<void> {
  await files.writeText(recordPath(repository, key), `${JSON.stringify(record)}\n`);
}

export async function removeWorktreeRecord(files: Files, repository: Repository, key: string): Promise<void> {
  await files.remove(recordPath(repository, key));
}

/** Keys with a record, sorted. */
export async function listWorktreeRecords(files: Files, repository: Repository): Promise<readonly string[]> {
  return (await files.list(join(repository.statePath, "worktree-records"))).filter((entry) => entry.name.endsWith(".json")).map((entry) => entry.name.slice(0, -5));
}

/** Bytes of all files of a commit's tree, from git's own sizes: no walk of the disk. */
export async function readTreeBytes(git: Git, repository: Repository, commit: Commit): Promise<number> {
  const listing = await git.run(["ls-tree", "-r", "-l", "-z", commit], { cwd: repository.rootPath });
  let bytes = 0;
  for (const entry of listing.stdout.split("\0")) bytes += Number(/^\S+ \S+ \S+ +(\d+)\t/.exec(entry)?.[1] ?? 0);
  return bytes;
}
