// The real clock: the one place that asks the machine for the time.
import { delay } from "../../base/async.ts";
import { InspanError } from "../../base/errors.ts";
import type { Clock } from "../clock.ts";

/** A clock that begins at the moment that `INSPAN_NOW` names, for trying out schedules and weeks; durations and waits are real. Throws NOW_INVALID. */
export function createNodeClock(env: Readonly<Record<string, string | undefined>>): Clock {
  const told = env["INSPAN_NOW"];
  if (told === undefined || told === "") return nodeClock;
  const startMs = Date.parse(told);
  if (!/^\d{4}-\d{2}-\d{2}/.test(told) || Number.isNaN(startMs))
    throw new InspanError("NOW_INVALID", `Cannot begin at "${told.slice(0, 60)}": INSPAN_NOW is no date, expected for example 2026-11-16T03:00:00Z.`, {
      kind: "usage",
      remedy: "unset INSPAN_NOW",
    });
  const offsetMs = startMs - Date.now();
  return { ...nodeClock, nowMs: () => Date.now() + offsetMs, nowIso: () => new Date(Date.now() + offsetMs).toISOString() };
}

export const nodeClock: Clock = {
  nowMs: () => Date.now(),
  nowIso: () => new Date().toISOString(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => delay(ms, signal),
};
