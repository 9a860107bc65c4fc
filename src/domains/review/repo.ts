// Reads what a review is about from git: files of reviewers at the base commit, the diff. Decides nothing.
import { InspanError } from "../../base/errors.ts";
import type { Git, GitOptions } from "../../providers/index.ts";
import type { ChangedFile } from "./types.ts";

// A file above this is shown as "differs": its lines would fill our memory and no reviewer reads them.
const bigFile = ["-c", "core.bigFileThreshold=1m", "-c", "core.quotePath=false"] as const;
const noAttributes = ["-c", "core.attributesFile=/dev/null"] as const;
// A submodule as two lines of commits, whatever diff.submodule says: its other forms have no head that names the file.
const shape = ["--no-color", "--no-renames", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/"] as const;
// More personas than this would cost more than the change; the folder is then something else.
const reviewersMax = 30;

export interface ReviewRange { readonly cwd: string; readonly baseCommit: string; readonly headCommit: string; readonly signal?: AbortSignal }

const optionsOf = ({ cwd, signal }: Pick<ReviewRange, "cwd" | "signal">) => ({ cwd, ...(signal ? { signal } : {}) });

/** Markdown files of a folder at a commit, sorted by path, READMEs and indexes left out; empty where there is no such folder. Rejects with REVIEWER_INVALID above the limit. */
export async function readReviewerFiles(
  git: Git,
  options: { readonly cwd: string; readonly commit: string; readonly folder: string },
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const { cwd, commit, folder } = options;
  const paths = (await git.run(["ls-tree", "-z", "--name-only", commit, "--", `${folder}/`], { cwd })).stdout.split("\0")
    .filter((path) => path.endsWith(".md") && !/(^|\/)(readme|index)\.md$/i.test(path)).sort();
  if (paths.length > reviewersMax)
    throw new InspanError("REVIEWER_INVALID", `Cannot read the reviewers in "${folder}": ${paths.length} files, expected at most ${reviewersMax}.`, {
      kind: "usage",
      remedy: "mend review.reviewers in inspan.yaml",
    });
  const files: { path: string; text: string }[] = [];
  for (const path of paths) files.push({ path, text: (await git.run(["cat-file", "blob", `${commit}:${path}`], { cwd })).stdout });
  return files;
}

/**
 * Where git finds no .gitattributes: the change could mark its own files as not to be shown (`-diff`, `binary`), and 2.39 has no switch
 * against that. Attributes are files of the working tree, or entries of the index where they are absent; so git gets the repository's own
 * folder as the tree, in which nobody but the person writes, and an index that is not there. What is binary by its content stays so.
 */
async function withoutAttributes(git: Git, range: Pick<ReviewRange, "cwd" | "signal">): Promise<GitOptions> {
  const gitPath = await git.text(["rev-parse", "--absolute-git-dir"], optionsOf(range));
  return { ...optionsOf(range), cwd: gitPath, env: { GIT_DIR: gitPath, GIT_WORK_TREE: gitPath, GIT_INDEX_FILE: `${gitPath}/inspan-no-index`, GIT_ATTR_NOSYSTEM: "1" } };
}

/** Paths that the head changed since it left the base with the lines that each gained and lost, sorted by git; 0 for what is binary by its content. */
export async function readChangedFiles(git: Git, range: ReviewRange): Promise<readonly ChangedFile[]> {
  const { stdout } = await git.run(
    [...bigFile, ...noAttributes, "diff", "--numstat", "--no-renames", "-z", `${range.baseCommit}...${range.headCommit}`],
    await withoutAttributes(git, range),
  );
  return stdout.split("\0").flatMap((row) => {
    const [added = "", removed = "", ...path] = row.split("\t");
    return path.length === 0 ? [] : [{ path: path.join("\t"), lines: (Number(added) || 0) + (Number(removed) || 0) }];
  });
}

/** The patch of what the head changed since it left the base. */
export async function readDiff(git: Git, range: ReviewRange, contextLines = 3): Promise<string> {
  return (
    await git.run(
      [...bigFile, ...noAttributes, "diff", `-U${contextLines}`, ...shape, `${range.baseCommit}...${range.headCommit}`],
      await withoutAttributes(git, range),
    )
  ).stdout;
}

/** The patch from one head to a later one: what a reviewer has not seen yet. */
export async function readDiffSince(git: Git, range: ReviewRange): Promise<string> {
  return (await git.run([...bigFile, ...noAttributes, "diff", ...shape, range.baseCommit, range.headCommit], await withoutAttributes(git, range))).stdout;
}

/** The patch between two heads without context, for the line numbers. */
export async function readBareDiff(git: Git, range: ReviewRange): Promise<string> {
  return (await git.run([...bigFile, ...noAttributes, "diff", "-U0", ...shape, range.baseCommit, range.headCommit], await withoutAttributes(git, range))).stdout;
}
