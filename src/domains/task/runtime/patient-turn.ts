// Runs a turn, and again where a provider's limit or a client that died ended it: each wait is told, bounded, and ended by whoever stops the task.
import type { Clock } from "../../../providers/index.ts";
import type { TurnResult } from "../../agent/index.ts";
import { addUsage } from "../../model/index.ts";
import { decidePatience } from "../service/patience.ts";

export interface PatientTurnOptions {
  readonly clock: Pick<Clock, "nowIso" | "monotonicMs" | "sleep">;
  readonly signal: AbortSignal;
  readonly leftMs: number;
  readonly waitMsMax: number;
  /** One attempt to its end; `before` is what the earlier ones came to. */
  run(attempt: number, before: TurnResult | undefined, leftMs: number): Promise<TurnResult>;
  /** Told before each wait. */
  onWait(wait: { readonly attempt: number; readonly waitMs: number; readonly reason: string; readonly until: string }): void;
}

function sum(before: TurnResult | undefined, result: TurnResult): TurnResult {
  return before === undefined ? result : { ...result, usage: addUsage(before.usage, result.usage), modelCalls: before.modelCalls + result.modelCalls };
}

/** The result of the last attempt, with what all of them cost. An abort while it waits is an interrupted turn. */
export async function runPatiently({ clock, signal, leftMs, waitMsMax, run, onWait }: PatientTurnOptions): Promise<TurnResult> {
  const startedMs = clock.monotonicMs();
  const left = () => leftMs - (clock.monotonicMs() - startedMs);
  let total: TurnResult | undefined;
  for (let attempt = 1, waitedMs = 0; ; attempt++) {
    const result = await run(attempt, total, left());
    total = sum(total, result);
    const waitMs = signal.aborted ? undefined : decidePatience(result, { attempt, waitedMs, leftMs: left(), waitMsMax });
    if (waitMs === undefined || result.status !== "failed") return total;
    onWait({ attempt, waitMs, reason: result.reason.split("\n")[0] ?? "", until: new Date(Date.parse(clock.nowIso()) + waitMs).toISOString() });
    try { await clock.sleep(waitMs, signal); } catch {
      const { text, usage, modelCalls } = total;
      return { status: "interrupted", text, usage, modelCalls }; // stopped while it waited: nothing has failed
    }
    waitedMs += waitMs;
  }
}
