// Owns the end of processes that are known by the marker in their environment alone: those that left their group, or whose parent is gone.
import { performance } from "node:perf_hooks";
import { delay } from "../../base/async.ts";
import { findByMarker, findOrphans, startTimeOf } from "./process-table.ts";

/** How long a killed process may take to vanish; without it one in uninterruptible sleep holds us for ever. */
const vanishMs = 1000;

/** TERM once, then KILL until none is left: a round may meet a process that is just forking. Resolves with how many were met first. */
export async function endByMarker(runId: string, options: { readonly graceMs: number; readonly isSpared?: (pgid: number) => boolean }): Promise<number> {
  const signalAll = (signal: NodeJS.Signals) => findByMarker(runId).filter(({ pid, pgid }) => {
    if (options.isSpared?.(pgid) === true) return false;
    try { return process.kill(pid, signal); } catch { return false; } // gone meanwhile
  });
  let count: number | undefined;
  for (const [signal, waitMs] of [["SIGTERM", options.graceMs], ["SIGKILL", vanishMs], ["SIGKILL", vanishMs]] as const) {
    const found = signalAll(signal);
    count ??= found.length;
    if (found.length === 0) break;
    const untilMs = performance.now() + waitMs;
    const isOneLeft = () => found.some(({ pid }) => startTimeOf(pid) !== undefined);
    for (let pauseMs = 2; isOneLeft() && performance.now() < untilMs; pauseMs = Math.min(pauseMs * 2, 50)) await delay(pauseMs);
  }
  return count ?? 0;
}

/** A round may meet a process that is just forking. */
const orphanRoundsMax = 3;

/** Ends what a killed Inspan left of its runs; nobody waits for it, so it gets no grace. */
export function endOrphans(): void {
  for (let round = 0; round < orphanRoundsMax; round++) {
    const orphans = findOrphans();
    if (orphans.length === 0) return;
    for (const pid of orphans) { try { process.kill(pid, "SIGKILL"); } catch { /* gone meanwhile */ } }
  }
}
