// Door of the pull-request runtime: the pull requests of one repository, and the merge by a person.
export { createPullRequests, openPullRequests, type PullRequests, type Said } from "./pull-requests.ts";
export { readTemplate } from "../repo/template.ts";
export { mergeByPerson, type PersonMerge } from "./merge-by-person.ts";
export type { RunChecksOptions } from "./checks.ts";
export type { MergeSquashOptions } from "./merge.ts";
export type { OpenRequest } from "./requests.ts";
export type { ForgeSweep, SweepOptions } from "./sweep.ts";
export { mergeThroughQueue, type QueuedMerge, runQueue, type QueueOptions, type QueueReport } from "./run-queue.ts";
export { offerRevertOf, revertBranchOf, watchBase, type BaseWatch, type Regression, type RevertOffer } from "./watch-base.ts";
export { showEvidence } from "./show-evidence.ts";
export { approveRelease, checkRelease, type ReleaseReport } from "./release.ts";
