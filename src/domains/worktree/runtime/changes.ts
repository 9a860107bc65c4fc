// What changed in a worktree, and the harness's commits of it. The agent never commits.
import { join } from "node:path";
import type { Files, Git } from "../../../providers/index.ts";
import { fetchBase } from "../repo/worktrees.ts";
import { parseNameStatus, parseStatus, type ChangedPath } from "../repo/porcelain.ts";
import type { Commit, Repository } from "../types.ts";

// A look must not take the index's lock: a commit of the harness at the same moment would fail.
const lookOnly = { GIT_OPTIONAL_LOCKS: "0" };

/** `-c` options that give commits an author where the person has configured none. */
export async function readIdentity(git: Git, cwd: string): Promise<readonly string[]> {
  const fallback = { "user.name": "Inspan", "user.email": "inspan@localhost" } as const;
  const options: string[] = [];
  for (const key of ["user.name", "user.email"] as const) {
    const found = await git.run(["config", "--get", key], { cwd, acceptExitCodes: [1] });
    if (found.stdout.trim() === "") options.push("-c", `${key}=${fallback[key]}`);
  }
  return options;
}

export async function headCommitOf(git: Git, path: string): Promise<Commit> {
  return (await git.text(["rev-parse", "--verify", "HEAD^{commit}"], { cwd: path })) as Commit; // rev-parse printed a commit
}

export async function isWorktreeDirty(git: Git, path: string): Promise<boolean> {
  return (await git.run(["status", "--porcelain=v1", "-z", "--untracked-files=normal"], { cwd: path, env: lookOnly })).stdout !== "";
}

/** Commits everything that changed; the new head, or undefined where nothing changed. Hooks of the repository do not run. */
export async function commitWorktree(git: Git, path: string, message: string): Promise<Commit | undefined> {
  await git.run(["add", "-A"], { cwd: path });
  const isEmpty = (await git.run(["diff", "--cached", "--quiet"], { cwd: path, acceptExitCodes: [1] })).exitCode === 0;
  // A merge whose result is our own side still has to be a commit.
  if (isEmpty && (await git.run(["rev-parse", "--verify", "--quiet", "MERGE_HEAD"], { cwd: path, acceptExitCodes: [1, 128] })).exitCode !== 0) return undefined;
  await git.run([...(await readIdentity(git, path)), "commit", "--quiet", "--no-verify", "-F", "-"], { cwd: path, input: message });
  return headCommitOf(git, path);
}

/** Every path that differs from a commit: committed, staged, unstaged and untracked; sorted, unique. */
export async function changedPaths(git: Git, path: string, since: Commit): Promise<readonly ChangedPath[]> {
  const [tracked, status] = [
    parseNameStatus((await git.run(["diff", "--name-status", "-z", "--no-renames", since], { cwd: path, env: lookOnly })).stdout),
    parseStatus((await git.run(["status", "--porcelain=v1", "-z", "--untracked-files=all"], { cwd: path, env: lookOnly })).stdout),
  ];
  const byPath = new Map(tracked.map((entry) => [entry.path, entry]));
  for (const entry of status) if (entry.kind === "untracked") byPath.set(entry.path, entry);
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Everything that differs from a commit, untracked files too, as a patch; the worktree's own index is only copied. */
export async function workingDiffText(providers: { readonly git: Git; readonly files: Files }, path: string, since: Commit): Promise<string> {
  const { git, files } = providers;
  const scratch = await files.makeTemporaryFolder("inspan-diff-");
  try {
    const env = { GIT_INDEX_FILE: join(scratch, "index") };
    await files.copy(await git.text(["rev-parse", "--path-format=absolute", "--git-path", "index"], { cwd: path }), env.GIT_INDEX_FILE);
    await git.run(["add", "-A", "--intent-to-add"], { cwd: path, env });
    return (await git.run(["diff", "--no-color", since], { cwd: path, env })).stdout;
  } finally { await files.remove(scratch); }
}

/** Where the base stands now, freshly fetched. */
export async function refreshBase(git: Git, repository: Repository, signal?: AbortSignal): Promise<{ readonly ref: string; readonly commit: Commit }> {
  return fetchBase(git, repository, signal);
}
