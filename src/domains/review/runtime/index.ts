// Door of the review runtime: reads reviewers, runs a round, and offers the author's tool.
export { readReviewers } from "../repo.ts";
export { createReplyTool } from "./reply-tool.ts";
export { reviewHead, type ReviewHeadOptions } from "./review-head.ts";
export type { ReviewLimits } from "./session.ts";
