// Watches a running turn for progress: says once what is wrong, then ends the turn. What progress is, the agent domain decides.
import type { Clock } from "../../../providers/index.ts";
import { judgeProgress, startProgress, steered, steerText, takeProgress, type AgentEvent } from "../../agent/index.ts";

// How often silence is looked at; a stall takes minutes.
const lookMs = 2_000;

export interface StallWatch {
  take(event: AgentEvent): void;
  /** Set where the turn was ended for it. */
  readonly why: string | undefined;
  stop(): void;
}

export function watchStalls(clock: Clock, quietMsMax: number, turn: { steer(text: string): Promise<boolean>; interrupt(): void }): StallWatch {
  const end = new AbortController();
  let progress = startProgress(clock.monotonicMs());
  let why: string | undefined;
  const look = (): void => {
    if (end.signal.aborted || why !== undefined) return;
    const nowMs = clock.monotonicMs();
    const judgement = judgeProgress(progress, { nowMs, quietMsMax });
    if (judgement.kind === "fine") return;
    if (judgement.kind === "stalled") { why = judgement.why; turn.interrupt(); return; }
    progress = steered(progress, nowMs);
    void turn.steer(steerText(judgement.why)); // an agent that cannot hear it will stall again, and is then ended
  };
  const work = async (): Promise<void> => {
    while (!end.signal.aborted) { await clock.sleep(lookMs, end.signal); look(); }
  };
  work().catch(() => undefined); // the turn has ended
  return {
    take: (event) => { progress = takeProgress(progress, event, clock.monotonicMs()); look(); },
    get why() { return why; },
    stop: () => end.abort(),
  };
}
