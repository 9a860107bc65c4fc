// Door of the pull-request domain: requests, checks, their notes and texts.
export { CheckResult, CheckStatus, PullRequest, PullRequestState } from "./types.ts";
export type { ChecksRun, MergeResult, PullRequestDetails, PushResult, ReviewThread } from "./types.ts";
export { CheckConfig, checksSection, MergeConfig, mergeSection } from "./config.ts";
export { renderBody, renderSquashMessage, renderTitle, type PullRequestSummary, withChecks } from "./service/message.ts";
export { fitTemplate } from "./service/template.ts";
export { markerOf, pullRequestIdOf, trailerTaskOf } from "./service/requests.ts";
export { withFeedback } from "./service/forge-feedback.ts";
export { findAnswers, type FoundAnswer, type Word } from "./service/words.ts";
