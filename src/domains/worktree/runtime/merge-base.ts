// Brings a base that moved into a worktree as a merge that is not committed yet. Nothing is rebased, so nothing has to be forced.
import type { Git } from "../../../providers/index.ts";
import type { Commit } from "../types.ts";
import { readIdentity } from "./changes.ts";

async function mergeHeadOf(git: Git, path: string): Promise<string | undefined> {
  const found = await git.run(["rev-parse", "--verify", "--quiet", "MERGE_HEAD"], { cwd: path, acceptExitCodes: [1, 128] });
  return found.exitCode === 0 ? found.stdout.trim() : undefined;
}

/** Begins the merge of `base` (once, however often it is called), and gives the paths that conflict, sorted; empty where git could merge alone or nothing is new. */
export async function beginMerge(git: Git, path: string, base: Commit): Promise<readonly string[]> {
  const running = await mergeHeadOf(git, path);
  if (running !== undefined && running !== base) await git.run(["merge", "--abort"], { cwd: path });
  if (running !== base) await git.run([...(await readIdentity(git, path)), "merge", "--quiet", "--no-commit", "--no-ff", "--no-verify", base], { cwd: path, acceptExitCodes: [1] });
  const { stdout } = await git.run(["diff", "--name-only", "--diff-filter=U", "-z"], { cwd: path });
  return [...new Set(stdout.split("\0").filter((name) => name !== ""))].sort();
}

/** Files of a merge in progress in which a mark of the conflict was left; empty where there is no merge. Stages everything. */
export async function conflictMarks(git: Git, path: string): Promise<readonly string[]> {
  if (await mergeHeadOf(git, path) === undefined) return [];
  await git.run(["add", "-A"], { cwd: path });
  const { stdout } = await git.run(["diff", "--cached", "--check"], { cwd: path, acceptExitCodes: [2] });
  return stdout.split("\n").filter((line) => line.endsWith("leftover conflict marker"));
}

/** True while a merge waits for its commit. */
export async function isMerging(git: Git, path: string): Promise<boolean> {
  return await mergeHeadOf(git, path) !== undefined;
}
