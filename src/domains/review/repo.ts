// Reads what a review is about from git: reviewers of the base commit, the diff, the lines that changed. Decides nothing.
import { InspanError } from "../../base/errors.ts";
import type { Git } from "../../providers/index.ts";
import { parseReviewer } from "./service/reviewers.ts";
import { parseChangedLines, type ChangedLines } from "./service/findings.ts";
import type { Reviewer } from "./types.ts";

// A file above this is shown as "differs": its lines would fill our memory and no reviewer reads them.
const bigFile = ["-c", "core.bigFileThreshold=1m", "-c", "core.quotePath=false"] as const;
// More personas than this would cost more than the change; the folder is then something else.
const reviewersMax = 30;

export interface ReviewRange { readonly cwd: string; readonly baseCommit: string; readonly headCommit: string; readonly signal?: AbortSignal }

const optionsOf = ({ cwd, signal }: Pick<ReviewRange, "cwd" | "signal">) => ({ cwd, ...(signal ? { signal } : {}) });

/** Reviewers of a folder at a commit, by name; empty where there is no such folder. Rejects with REVIEWER_INVALID, all reasons in one message. */
export async function readReviewersAt(options: { readonly providers: { readonly git: Git }; readonly rootPath: string; readonly commit: string; readonly folder: string }): Promise<readonly Reviewer[]> {
  const { rootPath: cwd, commit, providers: { git } } = options;
  const folder = options.folder.replaceAll(/^\.\/|\/+$/g, "");
  const paths = (await git.run(["ls-tree", "-z", "--name-only", commit, "--", `${folder}/`], { cwd })).stdout.split("\0")
    .filter((path) => path.endsWith(".md") && !/(^|\/)(readme|index)\.md$/i.test(path)).sort();
  if (paths.length > reviewersMax) throw new InspanError("REVIEWER_INVALID", `Cannot read the reviewers in "${folder}": ${paths.length} files, expected at most ${reviewersMax}.`, { kind: "usage", remedy: "mend review.reviewers in inspan.yaml" });
  const reviewers = new Map<string, Reviewer>();
  const problems: string[] = [];
  for (const path of paths) {
    const parsed = parseReviewer((await git.run(["cat-file", "blob", `${commit}:${path}`], { cwd })).stdout, path);
    if (parsed.kind === "invalid") problems.push(parsed.reason);
    else if (reviewers.has(parsed.reviewer.name)) problems.push(`Cannot read the reviewer "${path}": the name "${parsed.reviewer.name}" is taken.`);
    else reviewers.set(parsed.reviewer.name, parsed.reviewer);
  }
  if (problems.length > 0) throw new InspanError("REVIEWER_INVALID", problems.join("\n"), { kind: "usage", remedy: `mend the files in ${folder}; they are read from the base commit` });
  return [...reviewers.values()];
}

/** Paths that the head changed since it left the base, sorted by git. */
export async function readChangedPaths(git: Git, range: ReviewRange): Promise<readonly string[]> {
  const { stdout } = await git.run(["diff", "--name-only", "--no-renames", "-z", `${range.baseCommit}...${range.headCommit}`], optionsOf(range));
  return stdout.split("\0").filter((path) => path !== "");
}

/** The patch of what the head changed since it left the base. */
export async function readDiff(git: Git, range: ReviewRange): Promise<string> {
  return (await git.run([...bigFile, "diff", "--no-color", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/", `${range.baseCommit}...${range.headCommit}`], optionsOf(range))).stdout;
}

/** Lines that differ between two heads. */
export async function readChangedLines(git: Git, range: ReviewRange): Promise<ChangedLines> {
  const { stdout } = await git.run([...bigFile, "diff", "-U0", "--no-color", "--no-renames", "--src-prefix=a/", "--dst-prefix=b/", range.baseCommit, range.headCommit], optionsOf(range));
  return parseChangedLines(stdout);
}
