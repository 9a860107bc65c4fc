// Clean checkouts of a commit for a task: what an agent left lying about in its worktree does not count there.
import type { Commit } from "../../worktree/index.ts";
import { copySection, setupSection } from "../../worktree/index.ts";
import { copyDeclaredPaths, runSetup, withTemporaryTree, type ChangedPath } from "../../worktree/runtime/index.ts";
import type { TaskState } from "../types/index.ts";
import type { TaskRun } from "./run.ts";

export function baseOf(state: TaskState): Commit {
  if (!state.worktree) throw new Error("BUG: expected a worktree to validate");
  return state.worktree.baseCommit;
}

/** Puts the tests of the head over a tree of the base: what was changed, added and deleted of them. */
export async function layTestsOver(run: TaskRun, tree: string, head: Commit, tests: readonly ChangedPath[]): Promise<void> {
  const env = { GIT_LITERAL_PATHSPECS: "1" };
  const listOf = (isDeleted: boolean) => tests.filter((entry) => (entry.kind === "deleted") === isDeleted).map((entry) => `${entry.path}\0`).join("");
  const fromStdin = ["--pathspec-from-file=-", "--pathspec-file-nul"];
  if (listOf(true) !== "") await run.providers.git.run(["rm", "--quiet", "--force", "--ignore-unmatch", ...fromStdin], { cwd: tree, env, input: listOf(true) });
  if (listOf(false) !== "") await run.providers.git.run(["checkout", "--quiet", head, ...fromStdin], { cwd: tree, env, input: listOf(false) });
}

/** Does `work` in a clean checkout of a commit, with the ignored files and the set-up that a worktree gets: what an agent left lying about does not count. */
export async function inCleanTree<T>(run: TaskRun, state: TaskState, commit: Commit, signal: AbortSignal, work: (tree: string) => Promise<T>): Promise<T> {
  const { providers, repository, context: { progress } } = run;
  const configuration = await run.configurationAt(baseOf(state));
  return withTemporaryTree(providers, repository, { commit, signal }, async (tree) => {
    await copyDeclaredPaths({ providers, repository, copy: configuration.read(copySection), progress }, tree);
    await runSetup({ providers, setup: configuration.read(setupSection), isUnsandboxedAllowed: state.isUnsandboxedAllowed, progress, signal }, tree);
    return work(tree);
  });
}
