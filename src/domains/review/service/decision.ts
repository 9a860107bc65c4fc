// What follows from a round of review. Pure.
import { plural } from "../../../base/text.ts";
import type { Priority, ReviewDecision, ReviewFinding, ReviewRound } from "../types.ts";
import { findDisputes, isAtLeast } from "./findings.ts";
import { selfReviewer } from "./reviewers.ts";

/** True while this finding stops the merge: at or above the threshold, and neither closed, deferred nor dropped by its reviewer. */
export function isBlocking(finding: ReviewFinding, blockFrom: Priority): boolean {
  if (finding.source !== undefined) return finding.state === "open" && isAtLeast(finding.priority, blockFrom);
  return isAtLeast(finding.priority, blockFrom) && ["open", "insisted", "fixed", "pushed-back"].includes(finding.state);
}

/** Why a reviewer was not asked, or not to its end. */
export const shareUsedReason = "reviewing has used its share of the task's tokens";
export const moneyUsedReason = "the task's budget of money is used";

/** Rounds that a change may have: one in which only the author's own check spoke does not count. */
export function roundsAllowed(roundsMax: number, rounds: readonly ReviewRound[]): number {
  return roundsMax + (rounds.some(({ verdicts }) => verdicts.length === 1 && verdicts[0]?.reviewer === selfReviewer.name) ? 1 : 0);
}

// What a person reads of a dispute; the whole stands in the findings.
const disputesMax = 5;

function describeDisputes(findings: readonly ReviewFinding[]): string {
  const disputes = findDisputes(findings).slice(0, disputesMax);
  return disputes.map(([a, b]) => `\n${a.reviewer} and ${b.reviewer} both judge ${a.file}:${a.line ?? "?"}: "${a.title}" against "${b.title}".`).join("");
}

const holdOptions = ["approve as it is", "one more round", "stop"] as const;

/**
 * `findings` are those after mergeRound(). Approved only where no finding blocks and not every reviewer failed; a hold at the round limit, or where the only
 * thing missing is the word of a reviewer that failed.
 */
export function decideReview(options: {
  readonly findings: readonly ReviewFinding[]; readonly round: ReviewRound; readonly roundsMax: number; readonly blockFrom: Priority; readonly head: string;
  /** What reviewing may still use of the task's tokens; unbounded unless told. */
  readonly tokensLeft?: number;
}): ReviewDecision {
  const { findings, round, roundsMax, blockFrom, head, tokensLeft = Infinity } = options;
  if (round.headCommit !== head) return { kind: "stale", reviewedCommit: round.headCommit, headCommit: head };
  const failed = round.verdicts.filter(({ verdict }) => verdict === "failed");
  const failedReviewers = failed.map(({ reviewer }) => reviewer);
  // The author's own check is no second pair of eyes: where everybody else failed, nobody has judged.
  const others = round.verdicts.filter(({ reviewer }) => reviewer !== selfReviewer.name);
  if (failed.length > 0 && (others.length === 0 ? failed.length === round.verdicts.length : others.every(({ verdict }) => verdict === "failed"))) {
    const reasons = failed.map(({ reviewer, reason }) => `${reviewer}: ${reason ?? "no answer"}`).join("; ");
    return { kind: "hold", question: `No reviewer could judge ${head.slice(0, 10)} (${reasons}). Merge without a review?`, options: ["review again", "approve as it is", "stop"] };
  }
  const blocking = findings.filter((finding) => isBlocking(finding, blockFrom));
  const unasked = failed.filter(({ reason }) => reason === shareUsedReason || reason === moneyUsedReason).map(({ reviewer }) => reviewer);
  // A reviewer that nobody could pay for is no accident that may be left out: a person says whether the change goes without it.
  if (unasked.length > 0 && blocking.length === 0)
    return {
      kind: "hold",
      question: `${failed.some(({ reason }) => reason === moneyUsedReason) ? "The task's budget of money was used" : "Reviewing has used its share of the task's tokens"} before ${unasked.join(", ")} could judge ${head.slice(0, 10)}. Merge without?`,
      options: ["review again (a new count)", "approve as it is", "stop"],
    };
  if (blocking.length === 0) return { kind: "approved", headCommit: head, failedReviewers };
  const owed = blocking.filter(({ state }) => state === "open" || state === "insisted");
  const list = blocking.map((finding) => `${finding.priority} ${finding.id} ${finding.reviewer}: ${finding.title}${finding.file === "" ? "" : ` (${finding.file})`}`).join("\n");
  if (owed.length === 0)
    return {
      kind: "hold",
      question: `${failedReviewers.join(", ")} could not judge the answers to ${plural(blocking.length, "finding")}:\n${list}`,
      options: ["review again", "approve as it is", "stop"],
    };
  if (round.round >= roundsMax)
    return {
      kind: "hold",
      question: `After ${plural(round.round, "round")} of review ${plural(blocking.length, "finding")} at or above ${blockFrom} remain:\n${list}${describeDisputes(blocking)}`,
      options: holdOptions,
    };
  if (tokensLeft <= 0 || unasked.length > 0)
    return {
      kind: "hold",
      question: `Reviewing has used its share of the task's tokens, and ${plural(blocking.length, "finding")} at or above ${blockFrom} remain:\n${list}${describeDisputes(blocking)}`,
      options: holdOptions,
    };
  return { kind: "author", blocking };
}
