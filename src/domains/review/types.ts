// What a reviewer, a finding and a round of review are. Knows no forge and no task's state.
import { z } from "zod";
import { Usage } from "../model/index.ts";

/** P0 stops everything (data loss, a hole), P1 is a defect, P2 should be repaired before the merge, P3 is a remark. */
export const Priority = z.enum(["P0", "P1", "P2", "P3"]);
export type Priority = z.infer<typeof Priority>;

/** What a changed file is, as far as its path tells. */
export const ChangeKind = z.enum(["code", "tests", "docs", "config", "dependencies", "schema", "ui", "ci"]);
export type ChangeKind = z.infer<typeof ChangeKind>;

/** One file of a change; `lines` counts added and removed ones, 0 for a binary file. */
export interface ChangedFile { readonly path: string; readonly lines: number }

/** A persona that reads a change, from one Markdown file. */
export const Reviewer = z.object({
  /** [a-z0-9-], unique in its folder. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  description: z.string().min(1),
  /** Globs relative to the root; the reviewer reads a change that touches one of them. */
  paths: z.array(z.string().min(1)).min(1),
  /** Globs that are not its business, taken from `paths`. */
  except: z.array(z.string().min(1)).optional(),
  /** It reads only files of these kinds; every kind unless told. */
  kinds: z.array(ChangeKind).min(1).optional(),
  /** It reads a change only where its files changed by this many lines or more. */
  linesMin: z.number().int().positive().optional(),
  /** Evidence that it demands where its files change: what the harness has not seen pass stops the change. */
  needs: z.array(z.enum(["test", "journey", "budget", "video"])).min(1).optional(),
  /** An agent and model of its own; those of the review unless told. */
  agent: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  effort: z.string().min(1).optional(),
  /** The file's body: what this reviewer insists on. */
  guardrails: z.string().min(1),
});
export type Reviewer = z.infer<typeof Reviewer>;

/**
 * open: the author owes an answer · fixed: the author says so, not verified yet · deferred: left for later, with a reason · pushed-back: the author disagrees, the
 * reviewer has not ruled · accepted-pushback: the reviewer dropped it · insisted: the reviewer kept it · resolved: the reviewer saw that it is repaired.
 */
export const FindingState = z.enum(["open", "fixed", "deferred", "pushed-back", "accepted-pushback", "insisted", "resolved"]);
export type FindingState = z.infer<typeof FindingState>;

export const ReviewFinding = z.object({
  /** Stable over rounds and when lines move: a hash of reviewer, file and normalised title. */
  id: z.string(),
  reviewer: z.string(),
  priority: Priority,
  /** Relative to the root; "" for the change as a whole. */
  file: z.string(),
  line: z.number().int().positive().optional(),
  title: z.string(),
  detail: z.string(),
  evidence: z.string(),
  suggestion: z.string(),
  state: FindingState,
  /** The author's answer. */
  reply: z.object({ decision: z.enum(["fix", "defer", "push-back"]), reason: z.string() }).optional(),
  /** What the reviewer said to that answer. */
  ruling: z.string().optional(),
  /** The reviewer has heard a push-back and kept the finding; there is no second one. */
  hasInsisted: z.literal(true).optional(),
  /** Where a person or bot said it on the forge: the thread, and its newest comment. Their word is answered once; they rule by saying more. */
  source: z.object({ thread: z.string(), comment: z.string() }).optional(),
  firstRound: z.number().int().positive(),
  /** Head at which it was last reported. */
  commit: z.string(),
});
export type ReviewFinding = z.infer<typeof ReviewFinding>;

/** What the author's tool takes. */
export const FindingReply = z.object({
  id: z.string().min(1),
  decision: z.enum(["fix", "defer", "push-back"]),
  reason: z.string().trim().min(1).max(4000),
});
export type FindingReply = z.infer<typeof FindingReply>;

const orEmpty = (value: unknown): unknown => value ?? "";
/** Models write a line as a number, as text, as a range, or 0, -1 and null for none. */
function lineIn(value: unknown): unknown {
  const line = typeof value === "string" ? Number(/^L?(\d{1,9})\b/i.exec(value.trim())?.[1] ?? 0) : value;
  if (line === null) return undefined;
  return typeof line !== "number" ? line : line >= 1 ? Math.trunc(line) : undefined;
}

/** "p1" and "P1 (major)" are P1. */
function priorityIn(value: unknown): unknown {
  return typeof value === "string" ? /^\s*(P[0-3])\b/i.exec(value)?.[1]?.toUpperCase() ?? value : value;
}

/** A finding as a reviewer wrote it, before it has an identity. */
export const ReportedFinding = z.object({
  priority: z.preprocess(priorityIn, Priority),
  file: z.preprocess(orEmpty, z.string().max(1000)),
  line: z.preprocess(lineIn, z.number().int().positive().optional()),
  /** The id of an earlier finding of the same reviewer that this one repeats. */
  id: z.string().max(40).optional(),
  title: z.string().trim().min(1).max(400),
  detail: z.preprocess(orEmpty, z.string().max(8000)),
  evidence: z.preprocess(orEmpty, z.string().max(8000)),
  suggestion: z.preprocess(orEmpty, z.string().max(8000)),
});
export type ReportedFinding = z.infer<typeof ReportedFinding>;

/** What a reviewer says about a finding of an earlier round. */
export const Ruling = z.object({
  id: z.string(),
  ruling: z.enum(["resolved", "still-open", "accept", "insist"]),
  reason: z.string().max(4000).default(""),
});
export type Ruling = z.infer<typeof Ruling>;

export const ReviewVerdict = z.object({
  reviewer: z.string(),
  /** `failed` is never an approval: the reviewer gave no answer that could be read. */
  verdict: z.enum(["approve", "request-changes", "failed"]),
  findings: z.array(ReviewFinding),
  rulings: z.array(Ruling),
  /** New findings outside of the lines that changed since the last round, which were not taken. */
  ignoredCount: z.number().int().nonnegative(),
  /** Why it failed. */
  reason: z.string().optional(),
  usage: Usage,
  /** Tokens of text that the harness put before this reviewer; estimated at four characters each. */
  harnessTokens: z.number().int().nonnegative().optional(),
});
export type ReviewVerdict = z.infer<typeof ReviewVerdict>;

/** One look of all chosen reviewers at one head. It says nothing about any other head. */
export const ReviewRound = z.object({
  round: z.number().int().positive(),
  baseCommit: z.string(),
  headCommit: z.string(),
  verdicts: z.array(ReviewVerdict),
  /** What the reviewers were not shown, in words; "" where they saw the whole diff. */
  leftOut: z.string(),
});
export type ReviewRound = z.infer<typeof ReviewRound>;

export interface ReviewTask {
  readonly id: string;
  readonly title: string;
  readonly prompt: string;
  /** What the harness recorded of the change; undefined where nobody looked. */ readonly evidence?: string | undefined;
}

export type ReviewDecision =
  | { readonly kind: "approved"; readonly headCommit: string; readonly failedReviewers: readonly string[] }
  | { readonly kind: "author"; readonly blocking: readonly ReviewFinding[] }
  | { readonly kind: "hold"; readonly question: string; readonly options: readonly string[] }
  /** The head moved after the review: its verdicts do not count. */
  | { readonly kind: "stale"; readonly reviewedCommit: string; readonly headCommit: string };
