// `inspan pr merge`: a person merges. Asks for green checks on this head and base, and runs them where nobody has.
import { InspanError } from "../../../base/errors.ts";
import { configurationAt, type OperationContext } from "../../../providers/index.ts";
import { copySection, type Repository } from "../../worktree/index.ts";
import { openRepository, refreshBase } from "../../worktree/runtime/index.ts";
import { checksSection, type CheckConfig } from "../config.ts";
import { fetchRefs } from "../repo/remote.ts";
import { withChecks } from "../service/message.ts";
import type { CheckResult, MergeResult, PullRequest } from "../types.ts";
import { openPullRequests, type PullRequests } from "./pull-requests.ts";
import { portOf } from "./requests.ts";

// A base that moves under each of these moves faster than its checks run; the person is told.
const attemptsMax = 3;

export type PersonMerge =
  | MergeResult
  | { readonly kind: "checks-failed"; readonly results: readonly CheckResult[] }
  /** Reviewers judged an earlier head, not this one. */
  | { readonly kind: "not-reviewed"; readonly reviewedCommit: string; readonly headCommit: string }
  | { readonly kind: "closed" };

/** True where each configured check has passed on this head merged into this base. */
function areGreen(checks: readonly CheckConfig[], results: readonly CheckResult[], baseCommit: string): boolean {
  return checks.every(({ name }) => results.some((result) => result.name === name && result.status === "passed" && result.baseCommit === baseCommit));
}

export interface PersonMergeOptions { readonly id: string; readonly isUncheckedAllowed: boolean; readonly isUnsandboxedAllowed: boolean }

/** Rejects as mergeSquash() and runChecks() do, and with HEAD_MISSING where the branch is gone. */
export async function mergeByPerson(context: OperationContext, options: PersonMergeOptions): Promise<{ readonly pullRequest: PullRequest; readonly result: PersonMerge }> {
  const { providers, signal } = context;
  const repository = await openRepository(context);
  const pullRequests = await openPullRequests({ providers, repository, configuration: await context.loadConfiguration(repository.rootPath), signal });
  try {
    // Somebody else merged meanwhile, maybe this very one: the look is made again, on the base as it is now.
    for (let attempt = 1; ; attempt++) {
      const found = await mergeFound(context, { ...options, repository, pullRequests });
      if (found.result.kind !== "base-moved" || attempt >= attemptsMax) return found;
      context.progress("the base has moved: looking again");
    }
  } finally { pullRequests.close(); }
}

async function mergeFound(
  context: OperationContext,
  options: PersonMergeOptions & { readonly repository: Repository; readonly pullRequests: PullRequests },
): Promise<{ readonly pullRequest: PullRequest; readonly result: PersonMerge }> {
  const { providers, signal } = context;
  const { repository, pullRequests } = options;
  const { pullRequest, checks: recorded, threads } = await pullRequests.readDetails(options.id);
  if (pullRequest.state === "merged") return { pullRequest, result: { kind: "merged", commit: pullRequest.mergeCommit ?? "", wasAlreadyMerged: true } };
  if (pullRequest.state === "closed") return { pullRequest, result: { kind: "closed" } };
  const { headCommit, branch, baseBranch } = pullRequest;
  if (headCommit === "")
    throw new InspanError("HEAD_MISSING", `Cannot merge "${pullRequest.id}": its branch "${branch}" is not at the remote.`, {
      remedy: `git push ${repository.remote?.name ?? "origin"} ${branch}`,
    });
  const verdicts = threads.filter((thread) => thread.author.startsWith("inspan/") && thread.file === undefined && thread.commit !== undefined && thread.isResolved !== undefined);
  const reviewedCommit = verdicts.at(-1)?.commit;
  if (reviewedCommit !== undefined && !verdicts.some((thread) => thread.commit === headCommit) && !options.isUncheckedAllowed)
    return { pullRequest, result: { kind: "not-reviewed", reviewedCommit, headCommit } };
  const base = await refreshBase(providers.git, { ...repository, baseBranch }, signal);
  await fetchRefs(portOf({ providers, repository, signal }), [`+refs/heads/${branch}:refs/remotes/${repository.remote?.name ?? "origin"}/${branch}`]);
  let seen: readonly CheckResult[] = recorded.filter((result) => result.baseCommit === base.commit);
  if (!options.isUncheckedAllowed) {
    const configuration = await configurationAt(context, { cwd: repository.rootPath, commit: base.commit });
    const checks = configuration.read(checksSection);
    if (!areGreen(checks, recorded, base.commit)) {
      // Red on this very merge is an answer; results for another base, or none, are not.
      const red = recorded.filter((result) => result.baseCommit === base.commit && result.status === "failed");
      if (red.length > 0) return { pullRequest, result: { kind: "checks-failed", results: red } };
      const run = await pullRequests.runChecks({
        baseCommit: base.commit, headCommit, checks, copy: configuration.read(copySection), isUnsandboxedAllowed: options.isUnsandboxedAllowed, signal,
        progress: context.progress, onResult: (result) => context.progress(`${result.name}: ${result.status}`),
      });
      if (run.kind === "conflict") return { pullRequest, result: run };
      signal.throwIfAborted();
      await pullRequests.recordChecks(headCommit, run.results);
      seen = run.results;
      if (!areGreen(checks, run.results, base.commit)) return { pullRequest, result: { kind: "checks-failed", results: run.results.filter(({ status }) => status !== "passed") } };
    }
  }
  const result = await pullRequests.mergeSquash({
    pullRequest,
    expectedHead: headCommit,
    expectedBase: base.commit,
    title: pullRequest.title,
    body: seen.length > 0 ? withChecks(pullRequest.body, seen) : pullRequest.body,
  });
  return { pullRequest, result };
}
