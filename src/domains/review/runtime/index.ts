// Door of the review runtime: reads reviewers, runs a round, and offers the author's tool.
export { readReviewersAt } from "./reviewers.ts";
export { createReplyTool } from "./reply-tool.ts";
export { reviewBranch, type BranchReview } from "./review-branch.ts";
export { reviewHead, type ReviewHeadOptions } from "./review-head.ts";
export type { ReviewLimits } from "./session.ts";
export { makeThreatModel, scanBranch, type SecurityOptions } from "./security-branch.ts";
export { securityRound, type SecurityRoundOptions } from "./security-round.ts";
export {
  drawThreatModel,
  offerPatch,
  reviewSecurity,
  scanChange,
  validate,
  type JudgedSuspicion,
  type OfferedPatch,
  type SecurityReport,
  type SecurityRun,
} from "./security-scan.ts";
