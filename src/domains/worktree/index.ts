// Door of the worktree domain: what a repository and a worktree are, how they are named, and their configuration.
export { Worktree } from "./types.ts";
export type { Commit, Repository, WorktreeId, WorktreeState } from "./types.ts";
export { copySection, SetupConfig, setupSection } from "./config.ts";
export { branchNameOf, containedPath, worktreeKeyOf } from "./service/naming.ts";
