// The pull requests of one repository as one object: what later domains hold. On the bare remote here, on a forge in forge-requests.ts.
import type { Configuration } from "../../../base/config-section.ts";
import type { Providers } from "../../../providers/index.ts";
import type { ForgeCheck, ForgeComment, OpenFeedback } from "../../forge/index.ts";
import { openForge } from "../../forge/runtime/index.ts";
import type { Repository } from "../../worktree/index.ts";
import type { ChecksRun, MergeResult, PullRequest, PullRequestDetails, PushResult } from "../types.ts";
import { runChecks, type RunChecksOptions } from "./checks.ts";
import { mergeSquash, type MergeSquashOptions } from "./merge.ts";
import { abandon, listPullRequests, openPullRequest, pushBranch, readDetails, readPullRequest, readWords, recordChecks, recordReview, say, type OpenRequest } from "./requests.ts";
import type { BaseChecks } from "../service/base-watch.ts";
import type { Word } from "../service/words.ts";
import { attachEvidence, fetchEvidence, type AttachedEvidence } from "../repo/evidence-ref.ts";
import { evidenceWays } from "./evidence-ways.ts";
import type { ForgeSweep, SweepOptions } from "./sweep.ts";
import type { PullEnd, PullNews } from "../service/news.ts";

/** Checks are those of the forge, not our own reports of ours. */
export interface Said { readonly comments: readonly ForgeComment[]; readonly failed: readonly ForgeCheck[] }

/** Everything that is done with pull requests of one repository. Each outside effect looks first, so that a call may be repeated after a crash. */
export interface PullRequests {
  pushBranch(options: Parameters<typeof pushBranch>[1]): Promise<PushResult>;
  openPullRequest(options: OpenRequest): Promise<PullRequest>;
  recordReview(pullRequest: Parameters<typeof recordReview>[1], review: Parameters<typeof recordReview>[2]): Promise<void>;
  recordChecks(commit: string, results: Parameters<typeof recordChecks>[2]): Promise<void>;
  readPullRequest(id: string): Promise<PullRequest>;
  /** The same for several at one look, in the order of `ids`; rejects where one is missing. */
  readPullRequests(ids: readonly string[]): Promise<readonly PullRequest[]>;
  readDetails(id: string): Promise<PullRequestDetails>;
  listPullRequests(): Promise<readonly PullRequest[]>;
  /** Puts a folder's files behind a ref of the task at the remote, bounded in size; the newest takes the place of what was there. */
  attachEvidence(options: Parameters<typeof attachEvidence>[1]): Promise<AttachedEvidence>;
  /** Writes them into a folder; undefined where the remote holds none. */
  fetchEvidence(options: Parameters<typeof fetchEvidence>[1]): ReturnType<typeof fetchEvidence>;
  runChecks(options: RunChecksOptions): Promise<ChecksRun>;
  /** What people, bots and checks of the forge say about this head; on the bare remote nobody speaks. */
  sweep(pullRequest: Pick<PullRequest, "id">, options: Omit<SweepOptions, "number">): Promise<ForgeSweep>;
  openFeedback(pullRequest: Pick<PullRequest, "id">): Promise<readonly OpenFeedback[]>;
  /** Open, merged and closed ones that changed since then (ISO 8601), the newest first. */
  listUpdated(options: { readonly since: string; readonly countMax: number }): Promise<readonly PullRequest[]>;
  /** All that others said on it, answered or not, and what failed on its head; on the bare remote nobody speaks. */
  readSaid(pullRequest: Pick<PullRequest, "id">): Promise<Said>;
  /** What the forge's checks say failed on these commits; starts nothing again. */
  readFailed(commits: readonly string[]): Promise<readonly ForgeCheck[]>;
  /** The end of what a failed check wrote. */
  readCheckLog(check: ForgeCheck): Promise<string>;
  /** Once for each effect. */
  say(pullRequest: Parameters<typeof say>[1], words: Parameters<typeof say>[2]): Promise<void>;
  /** What stands in the conversations of those that are open, by id; on a forge from the common look. */
  readWords(pullRequests: readonly Pick<PullRequest, "id" | "anchorCommit">[]): Promise<ReadonlyMap<string, readonly Word[]>>;
  /** What came to these after their tasks had ended, by id, and how they ended; those without news are left out. On the bare remote nobody speaks. */
  findNews(pullRequests: readonly { readonly id: string; readonly pushedCommit: string | undefined }[]): Promise<ReadonlyMap<string, PullNews | PullEnd>>;
  /** May whoever said this decide here? Whoever may push may. */
  mayDecide(word: Word): Promise<boolean>;
  /** The newest one of this branch, whatever became of it. */
  findByBranch(branch: string): Promise<PullRequest | undefined>;
  /** Closes it without a merge; what is closed or merged stays so. */
  abandon(pullRequest: PullRequest): Promise<void>;
  /** What the forge has checked on commits of the base; undefined where no forge checks anything. */
  readBaseChecks(commits: readonly string[]): Promise<ReadonlyMap<string, BaseChecks> | undefined>;
  mergeSquash(options: MergeSquashOptions): Promise<MergeResult>;
  close(): void;
}

/** Nobody speaks up in notes by themselves; what can have come is an end. */
async function findEnds(requests: Parameters<typeof listPullRequests>[0], asked: readonly { readonly id: string }[]): Promise<ReadonlyMap<string, PullEnd>> {
  const ids = new Set(asked.map(({ id }) => id));
  const all = ids.size === 0 ? [] : await listPullRequests(requests);
  return new Map(
    all.flatMap((pullRequest) =>
      ids.has(pullRequest.id) && pullRequest.state !== "open" ? [[pullRequest.id, { kind: "ended" as const, pullRequest }] as const] : [],
    ),
  );
}

export function createPullRequests(providers: Providers, repository: Repository, signal?: AbortSignal): PullRequests {
  const requests = { providers, repository, signal };
  return {
    pushBranch: (options) => pushBranch(requests, options),
    openPullRequest: (options) => openPullRequest(requests, options),
    recordReview: (pullRequest, review) => recordReview(requests, pullRequest, review),
    recordChecks: (commit, results) => recordChecks(requests, commit, results),
    readPullRequest: (id) => readPullRequest(requests, id),
    readPullRequests: async (ids) => {
      // One look at the remote tells all of them.
      const all = ids.length > 1 ? await listPullRequests(requests) : [];
      return Promise.all(ids.map(async (id) => all.find((one) => one.id === id) ?? readPullRequest(requests, id)));
    },
    readDetails: (id) => readDetails(requests, id),
    listPullRequests: () => listPullRequests(requests),
    ...evidenceWays(requests),
    runChecks: (options) => runChecks(providers, repository, options),
    sweep: async () => ({ kind: "clear", requesters: [], flakes: [] }),
    openFeedback: async () => [],
    listUpdated: async () => [],
    readSaid: async () => ({ comments: [], failed: [] }),
    readFailed: async () => [],
    readCheckLog: async ({ summary }) => summary,
    say: (pullRequest, words) => say(requests, pullRequest, words),
    readWords: (pullRequests) => readWords(requests, pullRequests),
    findNews: (asked) => findEnds(requests, asked),
    mayDecide: async () => true, // a note comes by a push
    findByBranch: async (branch) => (await listPullRequests(requests)).find((pullRequest) => pullRequest.branch === branch),
    abandon: (pullRequest) => abandon(requests, pullRequest),
    readBaseChecks: async () => undefined,
    mergeSquash: (options) => mergeSquash(requests, options),
    close: () => undefined,
  };
}

/** On the forge that inspan.yaml or the remote names, otherwise in notes on the bare remote. Close it. */
export async function openPullRequests(options: {
  readonly providers: Providers;
  readonly repository: Repository;
  readonly configuration: Configuration;
  readonly signal: AbortSignal;
}): Promise<PullRequests> {
  const { providers, repository, signal } = options;
  const opened = await openForge(options);
  if (opened === undefined) return createPullRequests(providers, repository, signal);
  return (await import("./forge-requests.ts")).createForgePullRequests({ providers, repository, signal, opened });
}
