// A round of review: the author's own check first, then all chosen reviewers, each in a session of its own, on one head.
import { mapBounded, throwIfAborted } from "../../../base/async.ts";
import type { Providers } from "../../../providers/index.ts";
import { noUsage, totalTokens } from "../../model/index.ts";
import { readBareDiff, readChangedFiles, readDiff, readDiffSince, type ReviewRange } from "../repo.ts";
import { allotDiff, fitDiff } from "../service/diff.ts";
import { isAtLeast, parseChangedLines } from "../service/findings.ts";
import { chooseReviewers, concernOf, generalReviewer, selfReviewer } from "../service/reviewers.ts";
import type { ChangedFile, Priority, Reviewer, ReviewFinding, ReviewRound, ReviewVerdict } from "../types.ts";
import { runReviewer, type ReviewerPart, type ReviewerRun } from "./session.ts";

// Two sessions at once: more would run into the rate limits of one account, and each holds a sandbox and a context.
const reviewersAtOnceMax = 2;

// A larger change is shown with one line of context: its reviewers read the files where they need more.
const wideContextLinesMax = 200;

export interface ReviewHeadOptions extends Omit<ReviewerRun, "tokens" | "money" | "providers"> {
  readonly providers: Pick<Providers, "clock" | "git" | "random" | "secrets" | "telemetry">;
  /** Of the base commit; empty means the general reviewer. */
  readonly reviewers: readonly Reviewer[];
  readonly baseCommit: string;
  /** Earlier rounds, oldest first: a reviewer that has judged before sees what changed since, and new findings count only there. */
  readonly rounds?: readonly ReviewRound[];
  /** Let a fresh session check the change against its task first; where that stops it, no other reviewer is asked. */
  readonly selfReview?: { readonly blockFrom: Priority } | undefined;
  /** What this round may use; unbounded unless told. */
  readonly tokensMax?: number;
  /** The same in US dollars. */
  readonly moneyMaxUsd?: number | undefined;
}

const isPending = (finding: ReviewFinding): boolean => !["resolved", "accepted-pushback", "deferred"].includes(finding.state);

function lastLook(rounds: readonly ReviewRound[], name: string): { readonly headCommit: string; readonly verdict: ReviewVerdict } | undefined {
  for (const round of rounds.toReversed()) {
    const verdict = round.verdicts.find((candidate) => candidate.reviewer === name && candidate.verdict !== "failed");
    if (verdict) return { headCommit: round.headCommit, verdict };
  }
  return undefined;
}

interface Change { readonly range: ReviewRange; readonly files: readonly ChangedFile[]; readonly diff: string }

/** What each reviewer gets to see, bounded over all of them. */
async function makeParts(options: ReviewHeadOptions, change: Change, reviewers: readonly Reviewer[]): Promise<readonly ReviewerPart[]> {
  const { providers: { git }, rounds = [] } = options;
  // After the base was merged into the branch, what came from there is nobody's to judge.
  const own = new Set(change.files.map(({ path }) => path));
  const ownConcern = (reviewer: Reviewer) => { const concerns = concernOf(reviewer); return (path: string): boolean => own.has(path) && concerns(path); };
  const wanted = await Promise.all(reviewers.map(async (reviewer) => {
    const since = lastLook(rounds, reviewer.name)?.headCommit;
    const range = { ...change.range, baseCommit: since ?? change.range.baseCommit };
    const diff = since === undefined ? change.diff : await readDiffSince(git, range);
    return { reviewer, since, diff, isConcerned: ownConcern(reviewer), changedSince: since === undefined ? undefined : parseChangedLines(await readBareDiff(git, range)) };
  }));
  const lines = change.files.reduce((sum, file) => sum + file.lines, 0);
  const shares = allotDiff(wanted.map(({ diff, isConcerned }) => fitDiff(diff, { isConcerned }).text.length), lines);
  return wanted.map(({ reviewer, since, diff, isConcerned, changedSince }, index) => ({
    reviewer,
    since,
    changedSince,
    diff: fitDiff(diff, { isConcerned, charsMax: shares[index] ?? 0 }),
  }));
}

/** Reviewers that the change concerns, or that still have a finding to rule on; `settled` are verdicts on this very head that still stand. */
function chooseForRound(options: ReviewHeadOptions, changed: readonly ChangedFile[]): { readonly asked: readonly Reviewer[]; readonly settled: readonly ReviewVerdict[] } {
  const { headCommit, findings, rounds = [] } = options;
  const others = options.selfReview === undefined ? options.reviewers : options.reviewers.filter(({ name }) => name !== selfReviewer.name);
  const reviewers = others.length === 0 ? [generalReviewer] : others;
  const owes = (reviewer: Reviewer): boolean => findings.some((finding) => finding.reviewer === reviewer.name && isPending(finding));
  const concerned = new Set(chooseReviewers(reviewers, changed));
  const chosen = reviewers.filter((reviewer) => concerned.has(reviewer) || owes(reviewer));
  const settled = chosen.flatMap((reviewer) => {
    const look = lastLook(rounds, reviewer.name);
    return look?.headCommit === headCommit && look.verdict.verdict === "approve" && !owes(reviewer) ? [{ ...look.verdict, usage: noUsage }] : [];
  });
  return { asked: chosen.filter(({ name }) => !settled.some((verdict) => verdict.reviewer === name)), settled };
}

/** True while the author's own check has something to say: until it has approved once, or where nobody else reads the change. */
function isSelfAsked(options: ReviewHeadOptions, otherCount: number): boolean {
  const { selfReview, findings, rounds = [], headCommit } = options;
  if (selfReview === undefined) return false;
  const look = lastLook(rounds, selfReviewer.name);
  if (findings.some((finding) => finding.reviewer === selfReviewer.name && isPending(finding))) return true;
  return look === undefined || (otherCount === 0 && look.headCommit !== headCommit);
}

/**
 * The verdicts of every reviewer that the changed paths concern, or that still has a finding to rule on; bound to `headCommit`. No verdict at all means that no
 * reviewer's paths match, or that nothing changed. Rejects when the signal is aborted and where git cannot tell the diff.
 */
export async function reviewHead(options: ReviewHeadOptions): Promise<ReviewRound> {
  const { providers, baseCommit, headCommit, worktreePath, round, signal, selfReview, tokensMax = Infinity, moneyMaxUsd } = options;
  throwIfAborted(signal);
  const range = { cwd: worktreePath, baseCommit, headCommit, signal };
  const files = await readChangedFiles(providers.git, range);
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const change: Change = { range, files, diff: await readDiff(providers.git, range, lines > wideContextLinesMax ? 1 : 3) };
  const run: ReviewerRun = {
    ...options,
    tokens: { left: tokensMax, dearest: Math.max(0, ...(options.rounds ?? []).flatMap(({ verdicts }) => verdicts.map(({ usage }) => totalTokens(usage)))) },
    money: moneyMaxUsd === undefined ? undefined : { leftUsd: moneyMaxUsd },
  };
  const ask = (parts: readonly ReviewerPart[]) =>
    mapBounded(parts, reviewersAtOnceMax, (part) =>
      providers.telemetry.span(`review ${part.reviewer.name}`, { reviewer: part.reviewer.name, commit: headCommit, round }, () => runReviewer(run, part)),
    );
  const { asked, settled } = chooseForRound(options, files);
  const isSelf = files.length > 0 && isSelfAsked(options, asked.length + settled.length);
  // A file of that name takes the place of our own guardrails.
  const self = options.reviewers.find(({ name }) => name === selfReviewer.name) ?? selfReviewer;
  const parts = await makeParts(options, change, [...(isSelf ? [self] : []), ...asked]);
  const own = await ask(parts.filter(({ reviewer }) => isSelf && reviewer === self));
  const isFirstLook = (options.rounds ?? []).length === 0;
  const isStopped = isFirstLook && selfReview !== undefined && own.some(({ findings }) => findings.some(({ priority }) => isAtLeast(priority, selfReview.blockFrom)));
  const verdicts = [...own, ...settled, ...(isStopped ? [] : await ask(parts.filter(({ reviewer }) => !isSelf || reviewer !== self)))];
  throwIfAborted(signal);
  return { round, baseCommit, headCommit, verdicts, leftOut: fitDiff(change.diff).leftOut };
}
