// What is learnt from signals: guardrails on a ladder of rungs, proposals of them, and what became of each.
import { z } from "zod";

/** From what is said to what is enforced; a fault that comes back moves one up. */
export const rungs = ["prompt", "document", "reviewer", "lint"] as const;
export const Rung = z.enum(rungs);
export type Rung = z.infer<typeof Rung>;

/** Where guardrails lie in a repository: one file each, so that two proposals never meet in one. */
export const guardrailsFolder = ".inspan/guardrails";

export const Guardrail = z.object({
  version: z.literal(1),
  id: z.string().regex(/^g[0-9a-f]{8}$/),
  title: z.string(),
  rung: Rung,
  /** The file that holds it now. */
  file: z.string(),
  /** Its sentence, as an instruction. */
  lesson: z.string(),
  why: z.string(),
  /** What it answers: causes of signals, and the words that they share. */
  causes: z.array(z.string()).max(50),
  terms: z.array(z.string()).max(12),
  signals: z.array(z.object({ kind: z.string(), at: z.string(), link: z.string() })).max(50),
  /** Of the newest signal that it rests on. */
  lastSignalAt: z.string(),
  proposedAt: z.string(),
});
export type Guardrail = z.infer<typeof Guardrail>;

/** A rule as a model words it, in ast-grep's form; fixtures are added from the real cases. */
export const WordedRule = z.object({
  language: z.enum(["TypeScript", "Tsx", "JavaScript", "Html", "Css", "python", "go", "rust", "java"]),
  rule: z.record(z.string(), z.unknown()),
  constraints: z.record(z.string(), z.unknown()).optional(),
  files: z.array(z.string().min(1).max(200)).max(20).optional(),
  ignores: z.array(z.string().min(1).max(200)).max(20).optional(),
  message: z.string().min(1).max(300),
  note: z.string().min(1).max(600),
  expected: z.string().min(1).max(300),
  valid: z.array(z.string().min(1).max(2_000)).max(10).default([]),
  invalid: z.array(z.string().min(1).max(2_000)).max(10).default([]),
});
export type WordedRule = z.infer<typeof WordedRule>;

/** A structural test: a function over the facts of all files, where no pattern of one file can express the fault. */
export const WordedTest = z.object({
  in: z.array(z.string().min(1).max(200)).min(1).max(20),
  facts: z.array(z.enum(["functions", "declarations", "typeUses", "comments", "strings", "shapes", "calls"])).max(7).default([]),
  /** A function of JavaScript: files with facts in, findings out. */
  check: z.string().min(20).max(8_000),
  valid: z.array(z.array(z.object({ file: z.string().min(1).max(300), text: z.string().max(4_000) })).min(1).max(10)).max(5).default([]),
  invalid: z.array(z.array(z.object({ file: z.string().min(1).max(300), text: z.string().max(4_000) })).min(1).max(10)).max(5).default([]),
});
export type WordedTest = z.infer<typeof WordedTest>;

/** What a model says about one cluster of signals. */
export const Wording = z.object({
  title: z.string().min(3).max(80),
  lesson: z.string().min(8).max(240),
  why: z.string().min(8).max(240),
  /** Numbers of signals that ask for opposite things. */
  contradictions: z.array(z.object({ a: z.number().int(), b: z.number().int(), why: z.string().max(300) })).max(20).default([]),
  rule: WordedRule.optional(),
  test: WordedTest.optional(),
});
export type Wording = z.infer<typeof Wording>;

/** What stands already against a fault. `since` is ISO 8601, "" where nobody knows. */
export interface Existing { readonly rung: Rung; readonly where: string; readonly since: string; readonly guardrailId?: string }

/** A place where a signal points to: the rule's real cases. */
export interface Case { readonly file: string; readonly line: number; readonly commit: string; readonly link: string }

/** One place that a rule finds in a change of the past. */
export interface Occurrence { readonly commit: string; readonly file: string; readonly line: number; readonly text: string }

export interface Replay {
  readonly changes: number;
  readonly found: number;
  readonly right: number;
  readonly wrong: number;
  /** Files or places that were not looked at, because there were too many or they are gone. */
  readonly unjudged: number;
  /** undefined where nothing was found that could be judged. */
  readonly precision: number | undefined;
  readonly wrongPlaces: readonly string[];
}

export const ProposalState = z.enum(["open", "merged", "rejected", "refused", "told"]);
export type ProposalState = z.infer<typeof ProposalState>;

/** One decision about a cluster that is kept, so that no night repeats it. */
export const Proposal = z.object({
  id: z.string(), cluster: z.string(), guardrail: z.string(), rung: Rung, title: z.string(), at: z.string(), state: ProposalState, reason: z.string(),
  branch: z.string(), pullRequest: z.string(), url: z.string(),
  /** Newest signal that it knew. */
  lastSignal: z.number().int(),
  signalIds: z.array(z.number().int()),
});
export type Proposal = z.infer<typeof Proposal>;

export interface NightDecision {
  readonly cluster: string;
  readonly title: string;
  readonly signals: number;
  /** `answered`: something stands against it and it has not come back since. `waiting`: for another night, or for a person. */
  readonly action: "proposed" | "told" | "refused" | "waiting" | "answered";
  readonly reason: string;
  readonly rung?: Rung;
  readonly existing?: readonly Existing[];
  readonly guardrail?: string;
  readonly lesson?: string;
  readonly pullRequest?: { readonly id: string; readonly url: string; readonly branch: string };
  readonly replay?: Replay;
  readonly files?: readonly string[];
}

/** One hunk of a diff without context; lines from 1. */
export interface Hunk {
  readonly oldFrom: number;
  readonly oldLines: number;
  readonly newFrom: number;
  readonly newLines: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}
export interface FileDiff { readonly file: string; readonly hunks: readonly Hunk[] }

/** What a guardrail has done since it stands, and what it costs. */
export interface LedgerEntry {
  readonly id: string;
  readonly title: string;
  readonly rung: Rung;
  readonly file: string;
  readonly since: string;
  readonly days: number;
  /** Signals that it rests on. */
  readonly answers: number;
  /** Signals of the same fault since then that it did not stop. The goal is 0. */
  readonly recurrences: number;
  readonly lastRecurrenceAt: string | null;
  /** The fault, stopped by it: findings of its rule, of its reviewer. Null where nothing tells (a line that is read). */
  readonly caught: number | null;
  /** Findings of it that were dropped or excepted. */
  readonly falseFindings: number;
  readonly cost: { readonly tokensPerTask: number; readonly tasks: number; readonly tokens: number; readonly msPerCheck: number | null };
  /** Tokens that what it caught would have cost as repairs; null where that is not known. */
  readonly savedTokens: number | null;
  readonly verdict: "young" | "works" | "comes-back" | "never-fires" | "costs-more";
  readonly advice: string;
}
