// Whether a turn that failed is tried again by itself, and when. Pure.
import type { TurnResult } from "../../agent/index.ts";

export interface Patience {
  /** Attempts of this turn so far, from 1. */
  readonly attempt: number;
  /** Waits of this turn so far. */
  readonly waitedMs: number;
  /** What is left of the task's time. */
  readonly leftMs: number;
  /** Of all waits of one turn; above it a person decides whether the task shall go on waiting. */
  readonly waitMsMax: number;
}

// A client that dies that often in one turn, or a limit that is set that often anew, is not going to let it pass.
const attemptsMax = 5;
// After the moment that a provider names; clocks differ.
const slackMs = 1_000;

/** Milliseconds to wait before the same turn is begun again, or undefined where the failure is a person's to see. Only failures that say when to try again are tried again. */
export function decidePatience(result: TurnResult, { attempt, waitedMs, leftMs, waitMsMax }: Patience): number | undefined {
  if (result.status !== "failed" || !result.isRetryable || result.retryAfterMs === undefined || attempt >= attemptsMax) return undefined;
  const waitMs = result.retryAfterMs + slackMs;
  return waitMs >= leftMs || waitedMs + waitMs > waitMsMax ? undefined : waitMs;
}
