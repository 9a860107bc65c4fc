// A journey: the way of a user through the product, in words and as steps that are played. Knows no browser.
import { z } from "zod";

const duration = z.string().regex(/^\d+(\.\d+)?(ms|s)$/, "expected a duration like 800ms or 2s");

/** Limits of the page's own timings; what is not named is not judged. */
export const Budgets = z.strictObject({
  lcp: duration.optional(), inp: duration.optional(), load: duration.optional(), ttfb: duration.optional(), longTask: duration.optional(),
  cls: z.number().min(0).max(10).optional(),
});
export type Budgets = z.infer<typeof Budgets>;

/** Front matter of docs/journeys/<id>.md. */
export const JourneyHead = z.looseObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,79}$/, "expected lower-case words joined by hyphens"),
  name: z.string().min(1).max(200),
  entry: z.string().min(1).max(2_000),
  budgets: Budgets.default({}),
  /** Globs of files that this way leads through, relative to the root: a change of one touches the journey. */
  covers: z.array(z.string().min(1).max(300)).max(100).default([]),
  /** The same by another name. */
  paths: z.array(z.string().min(1).max(300)).max(100).default([]),
  /** In the form of `assertions` of inspan.yaml; judged for the window of the run. */
  assertions: z.array(z.unknown()).max(50).default([]),
});
export type JourneyHead = z.infer<typeof JourneyHead>;

/** One line of a block that is played. */
export type PlayLine =
  | { readonly kind: "open"; readonly url: string; readonly line: number }
  | { readonly kind: "act"; readonly action: string; readonly target: string | undefined; readonly value: string | undefined; readonly line: number }
  | { readonly kind: "see"; readonly what: string; readonly isGone: boolean; readonly line: number };

export interface JourneyStep {
  readonly number: number;
  readonly words: string;
  /** Empty where the step is for people only. */
  readonly plays: readonly PlayLine[];
}

export interface Journey { readonly file: string; readonly head: JourneyHead; readonly steps: readonly JourneyStep[] }

export interface StepResult {
  readonly number: number;
  readonly words: string;
  readonly status: "pass" | "fail" | "not-played";
  readonly durationMs: number;
  /** Why it failed, bounded. */ readonly reason: string | undefined;
}

/** What makes a run fail, or would: one line each, the first cause first. */
export interface JourneyFault { readonly kind: "step" | "console" | "network" | "budget" | "telemetry"; readonly text: string }

export interface JourneyRun {
  readonly version: 1;
  readonly id: string;
  readonly status: "pass" | "fail";
  readonly faults: readonly JourneyFault[];
  readonly steps: readonly StepResult[];
  readonly timings: Readonly<Record<string, number>>;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly film: string | undefined;
  /** Why a film was wanted and there is none. */
  readonly noFilmBecause?: string | undefined;
  /** Playwright's trace, and why one was wanted and there is none. */
  readonly trace?: string | undefined;
  readonly noTraceBecause?: string | undefined;
}
