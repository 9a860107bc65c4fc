// What git's objects and refs say, and nothing that lies about in a worktree.
import type { Git } from "../../../providers/index.ts";
import { parseNameStatus, type ChangedPath } from "../repo/porcelain.ts";
import type { Commit, Repository } from "../types.ts";

interface Range { readonly from: Commit; readonly to: Commit }

/** Paths that differ, sorted; a rename is a deletion and an addition. */
export async function changedBetween(git: Git, path: string, range: Range): Promise<readonly ChangedPath[]> {
  const { stdout } = await git.run(["diff", "--name-status", "-z", "--no-renames", range.from, range.to], { cwd: path });
  return [...parseNameStatus(stdout)].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Blob ids of paths at a commit, as one text: equal texts mean equal files. Paths that are not there are left out. */
export async function identityOfFiles(git: Git, path: string, options: { readonly commit: Commit; readonly files: readonly string[] }): Promise<string> {
  if (options.files.length === 0) return "";
  return (await git.run(["ls-tree", "-r", "-z", "--full-tree", options.commit, "--", ...options.files], { cwd: path, env: { GIT_LITERAL_PATHSPECS: "1" } })).stdout;
}

/** A file's text at a commit; undefined where it is not there. */
export async function textAt(git: Git, path: string, options: { readonly commit: Commit; readonly file: string }): Promise<string | undefined> {
  const result = await git.run(["cat-file", "blob", `${options.commit}:${options.file}`], { cwd: path, acceptExitCodes: [128] });
  return result.exitCode === 0 ? result.stdout : undefined;
}

/** Deletes a local branch that stands at this commit; one that somebody moved or has checked out stays. Idempotent. */
export async function deleteBranch(git: Git, repository: Repository, options: { readonly branch: string; readonly head: Commit }): Promise<void> {
  const options128 = { cwd: repository.rootPath, acceptExitCodes: [1, 128] };
  const listed = await git.run(["worktree", "list", "--porcelain", "-z"], { cwd: repository.rootPath });
  if (listed.stdout.includes(`branch refs/heads/${options.branch}\0`)) return;
  await git.run(["update-ref", "-d", `refs/heads/${options.branch}`, options.head], options128);
}
