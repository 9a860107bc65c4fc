// A round of review: all chosen reviewers read one head, each in a session of its own.
import { mapBounded, throwIfAborted } from "../../../base/async.ts";
import type { Providers } from "../../../providers/index.ts";
import { readBareDiff, readChangedPaths, readDiff } from "../repo.ts";
import { fitDiff } from "../service/diff.ts";
import { parseChangedLines } from "../service/findings.ts";
import { chooseReviewers, generalReviewer } from "../service/reviewers.ts";
import type { Reviewer, ReviewRound } from "../types.ts";
import { runReviewer, type ReviewerRun } from "./session.ts";

// Two sessions at once: more would run into the rate limits of one account, and each holds a sandbox and a context.
const reviewersAtOnceMax = 2;

export interface ReviewHeadOptions extends Omit<ReviewerRun, "diff" | "changedSince" | "providers"> {
  readonly providers: Pick<Providers, "git" | "random" | "secrets" | "telemetry">;
  /** Of the base commit; empty means the general reviewer. */
  readonly reviewers: readonly Reviewer[];
  readonly baseCommit: string;
  /** Head of the round before: new findings then count only on lines that changed since. */
  readonly previousHeadCommit?: string | undefined;
}

/**
 * The verdicts of every reviewer that the changed paths concern, or that still has a finding to rule on; bound to `headCommit`. No verdict at all means that no
 * reviewer's paths match, or that nothing changed. Rejects when the signal is aborted and where git cannot tell the diff.
 */
export async function reviewHead(options: ReviewHeadOptions): Promise<ReviewRound> {
  const { providers, baseCommit, headCommit, worktreePath, round, findings, previousHeadCommit, signal } = options;
  throwIfAborted(signal);
  const range = { cwd: worktreePath, baseCommit, headCommit, signal };
  const changed = await readChangedPaths(providers.git, range);
  const diff = fitDiff(await readDiff(providers.git, range));
  const changedSince = round > 1 && previousHeadCommit !== undefined ? parseChangedLines(await readBareDiff(providers.git, { ...range, baseCommit: previousHeadCommit })) : undefined;
  const reviewers = options.reviewers.length === 0 ? [generalReviewer] : options.reviewers;
  const chosen = new Set(chooseReviewers(reviewers, changed));
  for (const reviewer of reviewers) {
    if (findings.some((finding) => finding.reviewer === reviewer.name && !["resolved", "accepted-pushback", "deferred"].includes(finding.state))) chosen.add(reviewer);
  }
  const run: ReviewerRun = { ...options, diff, changedSince };
  const verdicts = await mapBounded([...chosen], reviewersAtOnceMax, (reviewer) => providers.telemetry.span(`review ${reviewer.name}`, { reviewer: reviewer.name, commit: headCommit, round }, () => runReviewer(run, reviewer)));
  throwIfAborted(signal);
  return { round, baseCommit, headCommit, verdicts, leftOut: diff.leftOut };
}
