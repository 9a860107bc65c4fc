// Opens the repository that a person stands in.
import type { OperationContext } from "../../../providers/index.ts";
import { readRepository } from "../repo/worktrees.ts";
import type { Repository } from "../types.ts";

/** The repository around the context's folder. Rejects as readRepository() does. */
export async function openRepository(context: Pick<OperationContext, "providers" | "cwd" | "statePath">): Promise<Repository> {
  return readRepository({ providers: context.providers, cwd: context.cwd, statePath: context.statePath });
}
