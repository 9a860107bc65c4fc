// What a pull request and the result of a check are. Knows no forge's wire form.
import { z } from "zod";

export const PullRequestState = z.enum(["open", "merged", "closed"]);
export type PullRequestState = z.infer<typeof PullRequestState>;

export const PullRequest = z.object({
  /** Eight hexadecimal digits, from branch and task: stable, and short enough to type. */
  id: z.string(),
  /** Name of the repository, for people. */
  repository: z.string(),
  branch: z.string(),
  baseBranch: z.string(),
  /** Where the base stood when it was opened. */
  baseCommit: z.string(),
  /** Tip of the branch at the remote; after the merge, the head that was merged; "" where neither is known. */
  headCommit: z.string(),
  title: z.string(),
  body: z.string(),
  state: PullRequestState,
  mergeCommit: z.string().optional(),
  /** Remote without its password, and the branch. */
  url: z.string(),
  /** Undefined for a request that somebody made with another tool. */
  taskId: z.string().optional(),
  /** The commit that carries its notes: the first one of the branch when it was opened. */
  anchorCommit: z.string(),
  openedAt: z.string(),
});
export type PullRequest = z.infer<typeof PullRequest>;

export const CheckStatus = z.enum(["passed", "failed", "timed-out", "cancelled", "error"]);
export type CheckStatus = z.infer<typeof CheckStatus>;

export const CheckResult = z.object({
  name: z.string(),
  status: CheckStatus,
  exitCode: z.number().int().nullable(),
  durationMs: z.number().nonnegative(),
  /** The end of what it printed: bounded, secrets removed. */
  log: z.string(),
  /** The head that was tested, merged into `baseCommit`. */
  commit: z.string(),
  baseCommit: z.string(),
});
export type CheckResult = z.infer<typeof CheckResult>;

/** A comment of a review with the answers to it, oldest first. */
export interface ReviewThread {
  /** SHA-1 of its line; what an answer names as its parent. */
  readonly hash: string;
  readonly author: string;
  readonly at: string;
  readonly commit: string | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly text: string;
  readonly isResolved: boolean | undefined;
  /** False where the forge knows the author as a stranger; who can write notes to the remote is none. */
  readonly isTrusted?: boolean;
  readonly replies: readonly ReviewThread[];
}

/** A pull request with all that was said about it. */
export interface PullRequestDetails {
  readonly pullRequest: PullRequest;
  /** Latest result of each check for the head, sorted by name. */
  readonly checks: readonly CheckResult[];
  readonly threads: readonly ReviewThread[];
  /** People who may push and gave the request itself a thumb down. */
  readonly thumbsDown?: readonly string[];
}

/** git-appraise's refs that we use: requests, comments, results of checks. */
export const noteKinds = ["reviews", "discuss", "ci"] as const;
export type NoteKind = (typeof noteKinds)[number];

export type PushResult =
  | { readonly kind: "pushed"; readonly commit: string }
  | { readonly kind: "already-there"; readonly commit: string }
  /** Somebody else moved the branch; nothing was pushed. */
  | { readonly kind: "moved"; readonly remoteCommit: string | undefined };

export type ChecksRun =
  | { readonly kind: "done"; readonly results: readonly CheckResult[] }
  /** Base and head cannot be merged; sorted, unique. */
  | { readonly kind: "conflict"; readonly paths: readonly string[] };

export type MergeResult =
  | { readonly kind: "merged"; readonly commit: string; readonly wasAlreadyMerged: boolean }
  | { readonly kind: "base-moved"; readonly baseCommit: string }
  | { readonly kind: "head-moved"; readonly headCommit: string | undefined }
  | { readonly kind: "conflict"; readonly paths: readonly string[] }
  /** The base already holds everything that the branch changes. */
  | { readonly kind: "nothing-to-merge" };

export const QueueEntry = z.object({
  id: z.string(),
  head: z.string(),
  /** Its checks have passed on the merge with this commit: alone on that base it needs no other run. */
  testedBase: z.string().optional(),
});
export type QueueEntry = z.infer<typeof QueueEntry>;

export const QueueState = z.object({
  /** In order of arrival. */
  waiting: z.array(QueueEntry),
  /** Were in a red combination, and are not what made it red. */
  innocents: z.array(QueueEntry),
  /** One of these makes every combination with it red; empty while nothing is searched. */
  suspects: z.array(QueueEntry),
  /** Tested green together, on this base, and not landed yet. */
  landing: z.array(QueueEntry),
  landed: z.array(z.string()),
  rejected: z.array(z.object({ id: z.string(), reason: z.string() })),
  runs: z.number().int(),
});
export type QueueState = z.infer<typeof QueueState>;

/** How an entry left the queue. What landed together was tested together: `batch` is the commit that the base was at then. */
export const QueueEnd = z.object({
  id: z.string(), head: z.string(), outcome: z.enum(["landed", "conflict", "refused", "rejected"]), reason: z.string(), mergeCommit: z.string(), batch: z.string(),
  /** ISO 8601. */
  at: z.string(),
});
export type QueueEnd = z.infer<typeof QueueEnd>;

/** The queue as it is kept, with what was tested last, so that nothing else lands. */
export const KeptQueue = z.object({ queue: QueueState, tested: z.object({ baseCommit: z.string(), tree: z.string() }).optional() });
export type KeptQueue = z.infer<typeof KeptQueue>;

/** What is known of one commit of the base. `unknown`: nobody checked it. */
export const BaseChecks = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["green", "pending", "unknown"]) }),
  z.object({ kind: z.literal("red"), failed: z.array(z.object({ name: z.string(), log: z.string() })).readonly() }),
]);
export type BaseChecks = z.infer<typeof BaseChecks>;

/** The same as it is kept, for commits whose checks ran here; `answered` is set once the regression was told and its revert offered. */
export const KeptBaseChecks = z.object({ checks: BaseChecks, answered: z.string().optional() });
export type KeptBaseChecks = z.infer<typeof KeptBaseChecks>;
