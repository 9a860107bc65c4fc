// What a person has in their checkout that a task will not see, because it starts from the base. Changes nothing there.
import { plural } from "../../../base/text.ts";
import type { Git } from "../../../providers/index.ts";

/** A status of a huge tree is worth a moment, not the start of the task. */
const lookMsMax = 10_000;

/** One line of warning, or undefined where the checkout holds nothing that the base does not; a checkout that cannot be read is not worth a word. Rejects as `based` does. */
export async function describeOutsideBase(
  git: Git,
  rootPath: string,
  based: Promise<{ readonly ref: string; readonly commit: string }>,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const options = { cwd: rootPath, timeoutMs: lookMsMax, ...(signal === undefined ? {} : { signal }) };
  const ask = async (args: readonly string[]): Promise<string> => {
    try {
      const { exitCode, stdout } = await git.run(args, { ...options, acceptExitCodes: [1, 128] });
      return exitCode === 0 ? stdout : "";
    } catch (error) {
      if (signal?.aborted) throw error;
      return ""; // too slow, or no repository with a work tree
    }
  };
  const [base, status, ahead, branch] = await Promise.all([
    based,
    ask(["status", "--porcelain", "-z", "--untracked-files=normal", "--no-renames"]),
    based.then(({ commit }) => ask(["rev-list", "--count", "--end-of-options", `${commit}..HEAD`])),
    ask(["symbolic-ref", "--quiet", "--short", "HEAD"]),
  ]);
  const changed = status.split("\0").filter((entry) => entry !== "").length;
  const commits = Number(ahead.trim()) || 0;
  const parts = [
    ...(changed > 0 ? [`${plural(changed, "uncommitted change")}`] : []),
    ...(commits > 0 ? [`${plural(commits, "commit")} ${branch === "" ? "of a detached HEAD" : `of ${branch.trim()}`}`] : []),
  ];
  return parts.length === 0 ? undefined : `warning: the task starts from ${base.ref} (${base.commit.slice(0, 10)}); your checkout has ${parts.join(" and ")} that it will not see`;
}
