// The real clock: the one place that asks the machine for the time.
import { delay } from "../../base/async.ts";
import type { Clock } from "../clock.ts";

export const nodeClock: Clock = {
  nowMs: () => Date.now(),
  nowIso: () => new Date().toISOString(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => delay(ms, signal),
};
