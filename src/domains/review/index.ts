// Door of the review domain: reviewers, findings, rounds, and what follows from them.
export { ChangeKind, type ChangedFile, FindingReply, FindingState, Priority, ReportedFinding, Reviewer, ReviewFinding, ReviewRound, ReviewVerdict, Ruling } from "./types.ts";
export type { ReviewDecision, ReviewTask } from "./types.ts";
export { ReviewConfig, reviewSection } from "./config.ts";
export { parseReviewAnswer, type ReviewAnswer } from "./service/answer.ts";
export { fitDiff } from "./service/diff.ts";
export { decideReview, isBlocking, roundsAllowed } from "./service/decision.ts";
export {
  admitFindings,
  applyReply,
  findingIdOf,
  isAtLeast,
  mergeRound,
  parseChangedLines,
  type AppliedReply,
  type ChangedLines,
  securityReviewerName,
} from "./service/findings.ts";
export {
  renderAuthorPrompt,
  renderReviewerInstructions,
  renderReviewPrompt,
  renderRetryPrompt,
  replyToolDescription,
  replyToolName,
  replyToolSchema,
  type ReviewDiff,
} from "./service/prompts.ts";
export { chooseReviewers, generalReviewer, parseReviewer, selfReviewer, type ParsedReviewer } from "./service/reviewers.ts";
export { attest, attestationName, type AttestationFacts, type AuthorWords, type HarnessRecord, parseClaims } from "./service/attestation.ts";
export { withDebt } from "./service/debt.ts";
export { isNamedByModel, KeptFlaw } from "./service/security-round.ts";
