// The pull requests of one repository as one object: what later domains hold.
import type { Providers } from "../../../providers/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { runChecks, type RunChecksOptions } from "./checks.ts";
import { mergeSquash, type MergeSquashOptions } from "./merge.ts";
import { listPullRequests, openPullRequest, pushBranch, readDetails, readPullRequest, recordChecks, recordReview, type OpenRequest } from "./requests.ts";

/** Everything that is done with pull requests of one repository. Each outside effect looks first, so that a call may be repeated after a crash. */
export function createPullRequests(providers: Providers, repository: Repository, signal?: AbortSignal) {
  const requests = { providers, repository, signal };
  return {
    pushBranch: (options: Parameters<typeof pushBranch>[1]) => pushBranch(requests, options),
    openPullRequest: (options: OpenRequest) => openPullRequest(requests, options),
    recordReview: (pullRequest: Parameters<typeof recordReview>[1], review: Parameters<typeof recordReview>[2]) => recordReview(requests, pullRequest, review),
    recordChecks: (commit: string, results: Parameters<typeof recordChecks>[2]) => recordChecks(requests, commit, results),
    readPullRequest: (id: string) => readPullRequest(requests, id),
    readDetails: (id: string) => readDetails(requests, id),
    listPullRequests: () => listPullRequests(requests),
    runChecks: (options: RunChecksOptions) => runChecks(providers, repository, options),
    mergeSquash: (options: MergeSquashOptions) => mergeSquash(requests, options),
  };
}

export type PullRequests = ReturnType<typeof createPullRequests>;
