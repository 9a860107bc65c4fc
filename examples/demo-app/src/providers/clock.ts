// The only source of the time of day and of waiting. Everything else is handed a Clock.

import { setTimeout as wait } from "node:timers/promises";

export type Clock = {
  /** Milliseconds since 1970, UTC. */
  readonly nowMs: () => number;
  /** Resolves after `durationMs`; rejects with an AbortError as soon as `signal` aborts. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
};

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (durationMs, signal) => {
    await wait(durationMs, undefined, { signal });
  },
};
