// Door of the worktree runtime: opens repositories, makes and removes worktrees, commits in them.
export { openRepository } from "./open.ts";
export { readTreeBytes } from "../repo/worktrees.ts";
export { copyDeclaredPaths, createWorktree, runSetup, type CreateWorktreeOptions } from "./create.ts";
export { listWorktrees, pruneWorktrees, releaseWorktree, rescueWorktree } from "./remove.ts";
export { changedPaths, commitWorktree, headCommitOf, isWorktreeDirty, readIdentity, refreshBase, workingDiffText } from "./changes.ts";
export { changedBetween, deleteBranch, identityOfFiles, textAt } from "./range.ts";
export { findForbiddenContent, type ForbiddenContent } from "./forbidden.ts";
export { beginMerge, conflictMarks, isMerging } from "./merge-base.ts";
export { removeDeadTrees, withTemporaryTree } from "./temporary-tree.ts";
export type { ChangedPath } from "../repo/porcelain.ts";
