// The merge of two commits, made from git's plumbing alone: no checkout, no index of the user is touched.
import { InspanError } from "../../../base/errors.ts";
import type { Git } from "../../../providers/index.ts";
import type { Repository } from "../../worktree/index.ts";

/** The tree of the merge, or the paths that conflict (sorted, unique). Rejects with GIT_TOO_OLD below 2.38. */
export async function readMergeTree(
  git: Git,
  repository: Repository,
  sides: { readonly base: string; readonly head: string },
): Promise<{ readonly kind: "tree"; readonly tree: string } | { readonly kind: "conflict"; readonly paths: readonly string[] }> {
  const version = await git.version();
  if (version[0] < 2 || (version[0] === 2 && version[1] < 38))
    throw new InspanError("GIT_TOO_OLD", `Cannot merge with git ${version.join(".")}: expected 2.38 or newer.`, {
      kind: "usage",
      remedy: "install a newer git",
    });
  const result = await git.run(["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", sides.base, sides.head], { cwd: repository.rootPath, acceptExitCodes: [1] });
  const [tree = "", ...paths] = result.stdout.split("\0").map((part) => part.trim()).filter((part) => part !== "");
  return result.exitCode === 0 ? { kind: "tree", tree } : { kind: "conflict", paths: [...new Set(paths)].sort() };
}

/** A commit object that no ref names yet. */
export async function writeCommit(
  git: Git,
  repository: Repository,
  commit: { readonly tree: string; readonly parents: readonly string[]; readonly message: string; readonly identity: readonly string[] },
): Promise<string> {
  const args = [...commit.identity, "commit-tree", commit.tree, ...commit.parents.flatMap((parent) => ["-p", parent]), "-F", "-"];
  return git.text(args, { cwd: repository.rootPath, input: commit.message });
}
