// Nouns of upkeep: principles that hold everywhere, deviations from them, and what was said about their repair.
import { z } from "zod";

/** How a deviation is found: by rules of the check, by a text in a line, by a reviewer who reads, or in the tracker of debt. */
export type Detector =
  | { readonly kind: "rule"; readonly rules: readonly string[] }
  | { readonly kind: "pattern"; readonly pattern: string; readonly in: readonly string[] }
  | { readonly kind: "reviewer"; readonly reviewer: string }
  | { readonly kind: "debt" };

export interface Principle {
  /** [a-z0-9-], unique. */
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  readonly detector: Detector;
  /** An instruction to whoever repairs. */
  readonly repair: string;
  /** Where it is written, relative to the root; line from 1. */
  readonly file: string;
  readonly line: number;
}

/** What is wrong with the page of principles itself. */
export interface PrincipleProblem { readonly file: string; readonly line: number; readonly principle: string; readonly found: string; readonly fix: string }

export interface Place { readonly file: string; readonly line: number; readonly endLine: number }

/** One thing that one small pull request repairs. */
export interface Deviation {
  /** Stable when lines move: of the principle and the finding's own id. */
  readonly id: string;
  readonly principle: string;
  /** `principle/rule`: what a rejection is about. */
  readonly kind: string;
  readonly file: string;
  readonly line: number;
  /** All places of it, the first one first. */
  readonly places: readonly Place[];
  readonly domain: string;
  readonly layer: string;
  readonly found: string;
  readonly fix: string;
}

/** What a task of ours has to reach; stored with the task. */
export const Goal = z.strictObject({
  version: z.literal(1),
  deviation: z.string(),
  principle: z.string(),
  /** A deviation is looked for again; a document's reading is judged by its bounds alone. */
  kind: z.enum(["deviation", "document"]),
  file: z.string(),
  linesMax: z.number().int().positive(),
  filesMax: z.number().int().positive(),
  /** Of a document: words that must not stand in it any more. */
  gone: z.array(z.string()).default([]),
});
export type Goal = z.infer<typeof Goal>;

/** "begun": written before its task, so that a kill between them starts no second one. */
export const ProposalState = z.enum(["begun", "open", "merged", "rejected", "stuck"]);
export type ProposalState = z.infer<typeof ProposalState>;

export const Proposal = z.object({
  deviation: z.string(), kind: z.string(), file: z.string(), title: z.string(), state: ProposalState,
  taskId: z.string().nullable(), pullRequest: z.string().nullable(), attempts: z.number().int(), at: z.string(),
});
export type Proposal = z.infer<typeof Proposal>;

/** A kind of repair that a person does not want, and why. */
export interface Lesson {
  readonly kind: string;
  /** Globs of files that it is about; `**` for all. */ readonly where: string;
  readonly since: string;
  readonly because: string;
  readonly from: string;
}
