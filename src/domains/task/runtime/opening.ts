// Begins what every task asks of git while the rest of the program is still being loaded: which repository, where its base stands, and what of
// the person's checkout the base lacks.
import type { OperationContext } from "../../../providers/index.ts";
import type { AgentDriver } from "../../agent/index.ts";
import type { Commit, Repository } from "../../worktree/index.ts";
import { openRepository, readTreeBytes, refreshBase } from "../../worktree/runtime/index.ts";
import { describeOutsideBase } from "./outside-base.ts";

export interface Opening {
  readonly repository: Promise<Repository>;
  /** The base, freshly fetched. */
  readonly base: Promise<{ readonly ref: string; readonly commit: Commit }>;
  /** What the base's files hold: whether a worktree has room. */
  readonly treeBytes: Promise<number>;
  /** A warning of what the task will not see. */
  readonly outside: Promise<string | undefined>;
}

/** What the first turn needs, loaded while git makes the worktree. Never rejects: what is missing is told by whoever needs it. */
export async function loadForTurn(driver: AgentDriver): Promise<void> {
  await Promise.allSettled([driver.load?.(), import("../../knowledge/runtime/index.ts")]);
}

/** Never throws: what fails is told to whoever awaits it. */
export function beginOpening(context: OperationContext, known?: Repository): Opening {
  const { providers: { git }, signal } = context;
  const repository = known === undefined ? openRepository(context) : Promise.resolve(known);
  const base = repository.then((found) => refreshBase(git, found, signal));
  const outside = repository.then(({ rootPath }) => describeOutsideBase(git, rootPath, base, signal));
  const treeBytes = Promise.all([repository, base]).then(([found, { commit }]) => readTreeBytes(git, found, commit));
  void Promise.allSettled([repository, base, outside, treeBytes]);
  return { repository, base, outside, treeBytes };
}
