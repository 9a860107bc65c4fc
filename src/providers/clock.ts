// Time, by interface. Everything outside providers/node asks here, so that tests can hold the clock.

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  nowMs(): number;
  /** ISO 8601 with milliseconds, UTC. */
  nowIso(): string;
  /** Milliseconds that only grow; for durations. */
  monotonicMs(): number;
  /** Rejects with an AbortError when the signal aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
