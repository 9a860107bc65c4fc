// A task: its phases, its persisted state, and why it rests. Knows no store and no agent.
import { z } from "zod";
import type { Brand } from "../../../base/brand.ts";
import { Usage } from "../../model/index.ts";
import { CheckResult, PullRequest } from "../../pull-request/index.ts";
import { KeptFlaw, ReviewFinding, ReviewRound } from "../../review/index.ts";
import { Worktree, type Commit } from "../../worktree/index.ts";
import { FeatureList } from "./features.ts";

export type TaskId = Brand<string, "TaskId">;

/** The way from a prompt to a merge, in order. */
export const phases = ["prepared", "planning", "reproducing", "implementing", "validating", "reviewing", "publishing", "checking", "merging"] as const;
export const Phase = z.enum(phases);
export type Phase = z.infer<typeof Phase>;

export const TaskStatus = z.enum([...phases, "done", "held", "failed", "cancelled"]);
export type TaskStatus = z.infer<typeof TaskStatus>;

/** How far a task goes: a plan, commits on its branch, an open pull request, or the merge. */
export const Until = z.enum(["plan", "patch", "pr", "merge"]);
export type Until = z.infer<typeof Until>;

const CommitSchema = z.string().transform((text) => text as Commit); // the one door where a stored commit becomes one

export const HoldReason = z.enum(["budget", "attempts", "review", "checks", "conflict", "question", "paused", "takeover", "agent", "outside", "policy"]);
export type HoldReason = z.infer<typeof HoldReason>;

/** Why a task waits for a person: one clear question, and what can be done. */
export const Hold = z.object({
  reason: HoldReason,
  question: z.string(),
  options: z.array(z.string()),
  /** Evidence, bounded. */
  detail: z.string(),
});
export type Hold = z.infer<typeof Hold>;

export const Plan = z.object({
  summary: z.string(),
  steps: z.array(z.string()),
  /** Set where nothing can be reproduced; the pull request shows it. */
  noReproductionReason: z.string().optional(),
  /** Set where the author found that nothing is to be changed here: the task ends with this reason and without a pull request. */
  noChangeReason: z.string().optional(),
});
export type Plan = z.infer<typeof Plan>;

export const Reproduction = z.discriminatedUnion("kind", [
  /** By a command, or by a journey that the harness plays: then the command is how a person plays it. */
  z.object({
    kind: z.literal("shown"),
    command: z.string(),
    journey: z.string().optional(),
    files: z.array(z.string()),
    failure: z.string(),
    commit: CommitSchema.optional(),
    provenFiles: z.string().optional(),
  }),
  z.object({ kind: z.literal("none"), reason: z.string() }),
  /** Each feature of the list was seen to fail before and to pass after. */
  z.object({ kind: z.literal("proved") }),
]);
export type Reproduction = z.infer<typeof Reproduction>;

/** A journey that the change touches, or that shows the fault, as the harness saw it last; `commit` is the head that it was played at. */
export const PlayedJourney = z.object({
  id: z.string(),
  name: z.string(),
  because: z.string(),
  status: z.enum(["pass", "fail", "unplayed"]),
  commit: CommitSchema,
  detail: z.string(),
});
export type PlayedJourney = z.infer<typeof PlayedJourney>;

/** What the author keeps beyond its conversation. */
export const TaskNote = z.object({ at: z.string(), kind: z.enum(["progress", "decision", "surprise"]), text: z.string() });
export type TaskNote = z.infer<typeof TaskNote>;

export const TurnPurpose = z.enum(["plan", "reproduce", "implement", "repair", "answer-review", "repair-checks"]);
export type TurnPurpose = z.infer<typeof TurnPurpose>;

/** What the loop has to do next; stored with the state, so a killed runner goes on with it. Each can be repeated without harm. */
export const Effect = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("prepare") }),
  z.object({ kind: z.literal("turn"), purpose: TurnPurpose, text: z.string() }),
  z.object({ kind: z.literal("commit"), message: z.string() }),
  z.object({ kind: z.literal("prove") }),
  z.object({ kind: z.literal("validate") }),
  z.object({ kind: z.literal("review") }),
  z.object({ kind: z.literal("publish") }),
  z.object({ kind: z.literal("check") }),
  z.object({ kind: z.literal("merge") }),
  /** Merges through the queue, together with others that are ready. */
  z.object({ kind: z.literal("queue") }),
  z.object({ kind: z.literal("update") }),
  z.object({ kind: z.literal("clean-up") }),
]);
export type Effect = z.infer<typeof Effect>;

/** Limits of the whole task; a new count of each starts when a person resumes after a budget hold. */
/** What may be asked for is the configuration's and the command line's matter: one stored limit of 0 must not make every task of the repository unreadable. */
export const Budget = z.object({
  turns: z.number().nonnegative(),
  attempts: z.number().nonnegative(),
  tokens: z.number().nonnegative(),
  moneyUsd: z.number().nonnegative().optional(),
  minutes: z.number().nonnegative(),
});
export type Budget = z.infer<typeof Budget>;

export const Spent = z.object({ turns: z.number().int(), attempts: z.number().int(), activeMs: z.number(), usage: Usage });
export type Spent = z.infer<typeof Spent>;

export const PhaseRecord = z.object({ phase: Phase, startedAt: z.string(), endedAt: z.string().optional(), activeMs: z.number(), usage: Usage });
export type PhaseRecord = z.infer<typeof PhaseRecord>;

export const TaskState = z.object({
  version: z.literal(1),
  id: z.string().transform((text) => text as TaskId), // the one door where a stored text becomes an id
  title: z.string(),
  prompt: z.string(),
  /** Where the prompt came from: a person's words are instructions, a file's or tracker's text is fenced. */
  source: z.enum(["person", "file", "stdin"]),
  agent: z.object({ driver: z.string(), model: z.string().optional(), effort: z.string().optional() }),
  until: Until,
  /** What the task was started for by another domain, which judges each head by it: the harness has seen the fault itself, so no test has to show it. */
  goal: z.object({ domain: z.string(), value: z.string() }).optional(),
  isUnsandboxedAllowed: z.boolean(),
  status: TaskStatus,
  /** The working phase now, or the one to go on with when it rests. */
  phase: Phase,
  effect: Effect.optional(),
  hold: Hold.optional(),
  failure: z.string().optional(),
  worktree: Worktree.optional(),
  sessionId: z.string().optional(),
  plan: Plan.optional(),
  /** Where a person approves plans: whether this one was asked about, and what came of it. */
  planGate: z.enum(["asked", "approved"]).optional(),
  reproduction: Reproduction.optional(),
  journeys: z.array(PlayedJourney).optional(),
  /** Who asked for it, as git knows them; undefined where git does not. */
  startedBy: z.string().optional(),
  /** One prompt over several repositories: each has its own task and pull request, and they name each other. */
  group: z.object({
    id: z.string(), repositories: z.array(z.string()),
    /** Their folders, in the order in which they merge; without them each merges on its own. */
    places: z.array(z.string()).optional(),
    /** Held before its merge until all of them may. */
    isWaiting: z.literal(true).optional(),
    isReleased: z.literal(true).optional(),
    /** A person's word let it through without the others. */
    isAlone: z.literal(true).optional(),
  }).optional(),
  /** Begun afresh: which task was thrown away, why in a person's words, and what it had tried. */
  rework: z
    .object({
      of: z.string(),
      why: z.string(),
      tried: z.string(),
      pullRequest: z.string().optional(),
      /** Refs that keep the work that was thrown away. */ kept: z.array(z.string()).optional(),
    })
    .optional(),
  /** A long job: where its list lies in the repository, the list as the harness knows it, and the feature in work since which commit. */
  features: z.object({ path: z.string(), list: FeatureList.optional(), current: z.string().optional(), startCommit: CommitSchema.optional() }).optional(),
  /** Oldest first, bounded. */
  notes: z.array(TaskNote).default([]),
  head: CommitSchema.optional(),
  /** Validation failures, reminders and repairs since the last success or answer, by what was tried. */
  tries: z.object({
    plan: z.number().int(),
    reproduce: z.number().int(),
    validate: z.number().int(),
    checks: z.number().int(),
    merge: z.number().int(),
    feature: z.number().int().default(0),
  }),
  review: z.object({
    round: z.number().int(),
    findings: z.array(ReviewFinding),
    approvedHead: CommitSchema.optional(),
    rounds: z.array(ReviewRound),
    /** What all reviewing has cost, and what it had when the present count of the budget began. */ tokens: z.number().optional(),
    tokensBefore: z.number().optional(),
    /** Security flaws that a program has triggered; it is run again on each later head. */ flaws: z.array(KeptFlaw).optional(),
  }),
  /** What the harness last pushed to the branch; anything else there is somebody's work. */
  pushedCommit: CommitSchema.optional(),
  pullRequest: PullRequest.optional(),
  checks: z.object({ head: CommitSchema.optional(), base: CommitSchema.optional(), results: z.array(CheckResult) }),
  mergeCommit: CommitSchema.optional(),
  /** Set while the worktree is cleaned up: how the task ends after that. */
  ending: z.enum(["done", "cancelled"]).optional(),
  /** Words of a person that the author has not been told yet. */
  messages: z.array(z.string()),
  /** Comments on the pull request that have answered a question of this task: each once. */
  heard: z.array(z.string()).optional(),
  /** The news on its pull request for which it was last taken up again after its end. */
  wokenBy: z.string().optional(),
  budget: Budget,
  spent: Spent,
  /** What had been spent when the present count of the budget began. */
  spentBefore: Spent,
  /** What the models of the present count cost: a difference to what was before would be unknown for ever once a price was. Older records lack it. */
  countUsage: Usage.optional(),
  timeline: z.array(PhaseRecord),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type TaskState = z.infer<typeof TaskState>;

/**
 * What happened; the only input of a state change. `at` is ISO 8601, `activeMs` the time that the effect took.
 * A turn's `toldCount` is how many of a person's waiting words it began with; `budgetPassed` names the limit that cut it off, `stalled` says how it made no progress.
 */
export type TaskEvent = { readonly at: string; readonly activeMs: number } & (
  | { readonly kind: "prepared"; readonly worktree: Worktree; readonly features?: FeatureList }
  | {
      readonly kind: "turn-ended";
      readonly purpose: TurnPurpose;
      readonly status: "completed" | "interrupted" | "failed";
      readonly reason: string;
      readonly remedy?: string;
      readonly text: string;
      readonly usage: Usage;
      readonly sessionId: string;
      readonly toldCount: number;
      readonly budgetPassed?: string;
      readonly stalled?: string;
      readonly plan?: Plan;
      readonly features?: FeatureList;
      readonly reproduction?: Reproduction;
      readonly question?: { readonly question: string; readonly options: readonly string[] };
      readonly findings?: readonly ReviewFinding[];
    }
  /** The worktree holds what must not become a commit. */
  | { readonly kind: "commit-refused"; readonly failures: readonly ValidationFailure[] }
  | { readonly kind: "committed"; readonly head: Commit; readonly isChanged: boolean }
  /** Of the feature in work; no failure means that its check fails without the change and passes with it. */
  | { readonly kind: "proved"; readonly failures: readonly ValidationFailure[] }
  /** `provenFiles`: identity of the tests that were seen to fail at the base. */
  | { readonly kind: "validated"; readonly failures: readonly ValidationFailure[]; readonly provenFiles?: string; readonly journeys?: readonly PlayedJourney[] }
  | {
      readonly kind: "reviewed";
      readonly round: ReviewRound;
      readonly findings: readonly ReviewFinding[];
      readonly usage: Usage;
      readonly decision: ReviewOutcome;
      readonly flaws?: readonly KeptFlaw[];
    }
  | { readonly kind: "published"; readonly pullRequest: PullRequest; readonly pushedCommit: Commit }
  | {
      readonly kind: "checked";
      readonly outcome: "passed" | "failed" | "conflict" | "silent";
      readonly base: Commit;
      readonly results: readonly CheckResult[];
      readonly detail: string;
      readonly reasonsForPerson: readonly string[];
    }
  /** People or bots said something on the forge that nobody has answered. */
  | { readonly kind: "feedback"; readonly findings: readonly ReviewFinding[]; readonly prompt: string }
  | { readonly kind: "merge-ended"; readonly outcome: "merged" | "base-moved" | "conflict" | "rejected"; readonly commit?: Commit; readonly detail?: string }
  /** The base that moved is merged into the worktree, not committed yet; `conflicts` are paths for the author. */
  | { readonly kind: "updated"; readonly base: Commit; readonly conflicts: readonly string[] }
  | { readonly kind: "cleaned-up" }
  /** The pull request of a task that was done is still open, and has news; `news` names it. */
  | { readonly kind: "woken"; readonly news: string }
  /** Somebody merged or closed the pull request of a task that was done. */
  | { readonly kind: "pull-ended"; readonly state: "merged" | "closed"; readonly commit?: Commit }
  | { readonly kind: "effect-failed"; readonly code: string; readonly message: string; readonly remedy: string }
  | { readonly kind: "pause-asked"; readonly isTakeover: boolean }
  | { readonly kind: "cancel-asked" }
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "noted"; readonly note: Omit<TaskNote, "at"> }
  | {
      readonly kind: "resumed";
      readonly answer?: string;
      readonly budget?: Partial<Budget>;
      /** The comment that said it. */ readonly comment?: string;
      /** All tasks of its group may merge now. */ readonly isGroupReady?: boolean;
    }
);

/** One reason why a head is not valid; `channel` names the fence that its text is shown in. */
export interface ValidationFailure { readonly channel: "test-output" | "finding" | "journey" | "harness"; readonly title: string; readonly text: string }

export type ReviewOutcome =
  | { readonly kind: "approved" }
  | { readonly kind: "author"; readonly prompt: string }
  | { readonly kind: "hold"; readonly question: string; readonly options: readonly string[] };

/** What the state machine needs to know of the configuration, read from the base commit. */
export interface TaskRules {
  readonly mergePolicy: "none" | "auto";
  readonly hasChecks: boolean;
  /** Whoever is ready enters the merge queue. */
  readonly isQueued?: boolean;
  /** A person approves the plan before any code is written. */
  readonly planApproval?: boolean;
}
