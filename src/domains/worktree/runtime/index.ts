// Door of the worktree runtime: opens repositories, makes and removes worktrees, commits in them.
export { openRepository } from "./open.ts";
export { copyDeclaredPaths, createWorktree } from "./create.ts";
export { listWorktrees, pruneWorktrees, releaseWorktree, rescueWorktree } from "./remove.ts";
export { changedPaths, commitWorktree, diffText, headCommitOf, isWorktreeDirty, refreshBase } from "./changes.ts";
