// Some clients wait for a command as long as anything holds its output, also what it left running in the background: ends that after a grace.
// Knows no protocol.
import { boundText } from "../../../base/text.ts";
import type { Clock, HeldOutput, Processes } from "../../../providers/index.ts";

export interface HeldCallsOptions {
  readonly clock: Clock;
  readonly processes: Pick<Processes, "heldOutputs" | "signal">;
  /** The client's process; `runId` where no namespace keeps what it started in its family. */
  readonly client: { readonly pid: number; readonly runId?: string };
  /** Whether a call of a tool runs now. */
  isCalling(): boolean;
  /** Told once for each that is ended, for the model. */
  tell(text: string): void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly pollMs?: number;
  readonly graceMs?: number;
}

const defaultPollMs = 1_000; // each look reads what /proc tells of some ten processes
/** What ends by itself soon after its shell (the rest of a pipeline, a build in the background) keeps its output. */
const defaultGraceMs = 8_000;
const commandCharsMax = 120;

const keyOf = ({ pid, startTime }: HeldOutput): string => `${pid} ${startTime}`;

function wordsOf(held: readonly HeldOutput[]): string {
  const names = held.map(({ command }) => JSON.stringify(boundText(command, commandCharsMax))).join(", ");
  return `the command was over, but what it left running (${boundText(names, 3 * commandCharsMax)}) held its output, and your tool waits for that. It was ended. To leave a program running, redirect its output: program >log.txt 2>&1 &`;
}

/** Resolves when `signal` aborts; never rejects. */
export async function watchHeldCalls({ clock, processes, client, isCalling, tell, signal, pollMs = defaultPollMs, graceMs = defaultGraceMs }: HeldCallsOptions): Promise<void> {
  /** When each was first seen, and whether it was asked to end. */
  let seen = new Map<string, { readonly sinceMs: number; isAsked: boolean }>();
  while (!signal.aborted) {
    await clock.sleep(pollMs, signal).catch(() => undefined); // the watch's own end
    if (signal.aborted) return;
    const held = isCalling() ? processes.heldOutputs(client) : [];
    const nowMs = clock.monotonicMs();
    seen = new Map(held.map((one) => [keyOf(one), seen.get(keyOf(one)) ?? { sinceMs: nowMs, isAsked: false }]));
    const due = held.filter((one) => nowMs - (seen.get(keyOf(one))?.sinceMs ?? nowMs) >= graceMs);
    const fresh = due.filter((one) => seen.get(keyOf(one))?.isAsked === false);
    if (fresh.length > 0) tell(wordsOf(fresh)); // before the answer of the tool, which goes out as soon as they are gone
    for (const one of due) {
      const entry = seen.get(keyOf(one));
      processes.signal(one, entry?.isAsked === true ? "SIGKILL" : "SIGTERM");
      if (entry !== undefined) entry.isAsked = true;
    }
  }
}
