// What a repository and a worktree are. Knows no task.
import { z } from "zod";
import type { Brand } from "../../base/brand.ts";

export type WorktreeId = Brand<string, "WorktreeId">;
export type Commit = Brand<string, "Commit">;

/** A git repository that a person stands in, and where Inspan keeps what belongs to it. */
export interface Repository {
  /** Absolute, links resolved: the checkout's top folder. */
  readonly rootPath: string;
  /** Absolute: the common .git folder, shared by all worktrees. */
  readonly gitPath: string;
  /** Last part of the root path, for people. */
  readonly name: string;
  /** Absolute: our state of this repository, outside of it; named after the common .git folder, so all its worktrees share one. */
  readonly statePath: string;
  /** The remote that branches go to (`origin` where there is one); undefined where the repository has none. */
  readonly remote: { readonly name: string; readonly url: string } | undefined;
  /** Branch that changes are merged into, without the remote's name. */
  readonly baseBranch: string;
}

export const Worktree = z.object({
  id: z.string().transform((text) => text as WorktreeId), // the one door where a stored text becomes an id
  /** Absolute; below the repository's state folder. */
  path: z.string(),
  branch: z.string(),
  /** For example "origin/main", as it was when the worktree was made. */
  baseRef: z.string(),
  baseCommit: z.string().transform((text) => text as Commit),
});
export type Worktree = z.infer<typeof Worktree>;

/** One row of `inspan worktree list`. */
export interface WorktreeState {
  readonly path: string;
  readonly branch: string | undefined;
  readonly headCommit: string;
  /** A living task runner works in it, a task at rest owns it, or nobody does (it can be pruned). */
  readonly owner: string | undefined;
  readonly isDirty: boolean;
  readonly sizeBytes: number;
}
