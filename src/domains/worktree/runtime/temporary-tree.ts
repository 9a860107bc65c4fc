// Trees of one commit that live for one piece of work: checks of a merge result, a test run at the base. Knows not what runs in them.
import { join } from "node:path";
import type { Providers } from "../../../providers/index.ts";
import type { Repository } from "../types.ts";

// A checkout of the largest public repositories takes under a minute on a slow disk.
const checkoutTimeoutMs = 600_000;

type Parts = Pick<Providers, "files" | "git" | "processes" | "random">;

const treesPathOf = (repository: Repository): string => join(repository.statePath, "checks");

/** Only this tree's entry goes from git's list: a general prune would also forget a person's worktree on a drive that is not mounted. Idempotent. */
async function removeTree({ files, git }: Parts, repository: Repository, path: string): Promise<void> {
  const options = { cwd: repository.rootPath, acceptExitCodes: [128] }; // 128: not locked by a cut-off checkout, or not in the list any more
  await git.run(["worktree", "unlock", path], options);
  await files.remove(path);
  await git.run(["worktree", "remove", "--force", path], options);
  await files.remove(`${path}.owner`);
}

/** Removes trees whose process was killed: their owner, written before them, no longer lives. */
export async function removeDeadTrees(providers: Parts, repository: Repository): Promise<void> {
  const { files, processes } = providers;
  for (const entry of await files.list(treesPathOf(repository))) {
    if (!entry.name.endsWith(".owner")) continue;
    const path = join(treesPathOf(repository), entry.name);
    const [pid = "", startTime] = ((await files.readText(path)) ?? "").split("\n");
    if (!processes.isAlive(Number(pid), startTime)) await removeTree(providers, repository, path.slice(0, -".owner".length));
  }
}

/** Does `work` in a fresh checkout of the commit, which is gone when this settles; one that a kill leaves behind goes with the next call of removeDeadTrees(). */
export async function withTemporaryTree<T>(
  providers: Parts,
  repository: Repository,
  options: { readonly commit: string; readonly signal: AbortSignal },
  work: (path: string) => Promise<T>,
): Promise<T> {
  const { files, git, processes, random } = providers;
  const { commit, signal } = options;
  const path = join(treesPathOf(repository), `${commit.slice(0, 12)}-${random.id(8)}`);
  await files.writeText(`${path}.owner`, `${process.pid}\n${processes.startTimeOf(process.pid) ?? ""}`);
  try {
    const parallel = ["-c", "checkout.workers=4", "-c", "checkout.thresholdForParallelism=100"];
    await git.run([...parallel, "worktree", "add", "--quiet", "--detach", path, commit], { cwd: repository.rootPath, timeoutMs: checkoutTimeoutMs, signal });
    return await work(path);
  } finally { await removeTree(providers, repository, path); }
}
