// A forge as Inspan sees it: pull requests, what was said about them, what was checked; and the one port that each forge fills. Knows no wire form.
import { z } from "zod";

export const ForgeKind = z.enum(["github", "gitlab"]);
export type ForgeKind = z.infer<typeof ForgeKind>;

export const ForgePerson = z.object({ login: z.string(), isBot: z.boolean() });
export type ForgePerson = z.infer<typeof ForgePerson>;

export const ForgePull = z.object({
  number: z.number().int().positive(),
  title: z.string(),
  body: z.string(),
  state: z.enum(["open", "merged", "closed"]),
  branch: z.string(),
  /** Tip of the branch as the forge knows it. */
  headCommit: z.string(),
  baseBranch: z.string(),
  mergeCommit: z.string().optional(),
  /** `unknown`: the forge has not computed it yet. */
  mergeable: z.enum(["yes", "no", "unknown"]),
  url: z.string(),
  author: ForgePerson,
  /** ISO 8601. */
  createdAt: z.string(),
  updatedAt: z.string(),
  mergedAt: z.string().optional(),
});
export type ForgePull = z.infer<typeof ForgePull>;

/** `top-level`: the conversation; `inline`: at a line, with its thread; `review`: the words of a review with its state. */
export const FeedbackChannel = z.enum(["top-level", "inline", "review"]);
export type FeedbackChannel = z.infer<typeof FeedbackChannel>;

export const ForgeComment = z.object({
  /** Unique on the forge over all channels. */
  id: z.string(),
  channel: FeedbackChannel,
  author: ForgePerson,
  /** May the author push to the repository? Others' words are read, and decide nothing. */
  isTrusted: z.boolean(),
  body: z.string(),
  file: z.string().optional(),
  line: z.number().int().positive().optional(),
  commit: z.string().optional(),
  /** First comment of its thread; its own id where it begins one. */
  threadId: z.string(),
  isThreadResolved: z.boolean().optional(),
  /** Of a review. */
  verdict: z.enum(["approved", "changes-requested", "commented", "dismissed"]).optional(),
  createdAt: z.string(),
  url: z.string(),
});
export type ForgeComment = z.infer<typeof ForgeComment>;

export const ForgeCheck = z.object({
  id: z.string(),
  name: z.string(),
  /** Which workflow and event it belongs to, where the forge tells: two checks may bear one name. */
  source: z.string().optional(),
  commit: z.string(),
  /** `pending` until it has reported; `neutral` neither stops nor proves. */
  status: z.enum(["pending", "passed", "failed", "cancelled", "timed-out", "neutral"]),
  summary: z.string(),
  url: z.string(),
  /** The forge can run it again. */
  canRerun: z.boolean(),
  startedAt: z.string().optional(),
  completedAt: z.string().optional(),
});
export type ForgeCheck = z.infer<typeof ForgeCheck>;

/** All that is known of one pull request, from one look. */
export const PullSnapshot = z.object({
  pull: ForgePull,
  comments: z.array(ForgeComment),
  checks: z.array(ForgeCheck),
  isCut: z.boolean(),
  /** Who gave the request itself a thumb down, as far as the forge tells. */ thumbsDown: z.array(z.string()).optional(),
  /** What the forge's list of pipelines said when the checks were read; the same again means the same checks. */ checksMark: z.string().optional(),
});
export type PullSnapshot = z.infer<typeof PullSnapshot>;

export type ForgeMerge =
  | { readonly kind: "merged"; readonly commit: string }
  | { readonly kind: "head-moved" }
  | { readonly kind: "conflict" }
  /** Not allowed now, in the forge's words: a protected branch, a missing approval, a pending check. */
  | { readonly kind: "refused"; readonly reason: string };

/** What Inspan asks of a forge. Every read bounds what it returns; every write is made once per call, and looking first is the caller's. */
export interface Forge {
  readonly kind: ForgeKind;
  /** "owner/name", for people. */
  readonly repository: string;
  /** Who we are there. */
  readAccount(): Promise<ForgePerson>;
  /** Every open pull request with comments and checks, in as few requests as the forge allows; `known` is what the last look found. */
  readOpen(known?: readonly PullSnapshot[]): Promise<readonly PullSnapshot[]>;
  /** Undefined where the forge says that there is none; rejects where it does not answer. */
  readPull(number: number): Promise<ForgePull | undefined>;
  readSnapshot(number: number): Promise<PullSnapshot>;
  /** May this account push to the repository? Its words then count as a person's own. */
  canPush(login: string): Promise<boolean>;
  /** What was checked on these commits, wherever they stand. Few: a forge may take one request for each. */
  readChecks(commits: readonly string[]): Promise<ReadonlyMap<string, readonly ForgeCheck[]>>;
  /** Newest first, open, merged and closed ones. */
  findPulls(branch: string): Promise<readonly ForgePull[]>;
  /** Open, merged and closed ones, what changed last first. */
  findUpdated(countMax: number): Promise<readonly ForgePull[]>;
  openPull(options: { readonly branch: string; readonly baseBranch: string; readonly title: string; readonly body: string }): Promise<ForgePull>;
  editPull(number: number, change: { readonly title?: string; readonly body?: string; readonly state?: "closed" }): Promise<void>;
  comment(
    number: number,
    comment: { readonly body: string; readonly thread?: string; readonly place?: { readonly commit: string; readonly file: string; readonly line: number } },
  ): Promise<{ readonly id: string }>;
  /** The end of what a failed check wrote, or its summary where the forge keeps no log. */
  readCheckLog(check: ForgeCheck): Promise<string>;
  rerunCheck(check: ForgeCheck): Promise<void>;
  /** Our own check of a commit; the last word of a name counts. */
  reportCheck(check: { readonly commit: string; readonly name: string; readonly isPassed: boolean; readonly summary: string }): Promise<void>;
  merge(number: number, options: { readonly expectedHead: string; readonly title: string; readonly message: string }): Promise<ForgeMerge>;
  deleteBranch(branch: string): Promise<void>;
}
