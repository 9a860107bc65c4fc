// Whether a turn gets on, by what changed: files, new commands, new findings. Words, thoughts and tokens are no progress; a running build is. Pure.
import type { AgentEvent } from "../types.ts";

export interface Progress {
  /** What has been seen in this turn, so that the same again is nothing new. */
  readonly seen: ReadonlySet<string>;
  /** Calls that have not ended. */
  readonly running: ReadonlySet<string>;
  readonly lastNewMs: number;
  /** Calls that ended since anything new. */
  readonly idleCalls: number;
  readonly isSteered: boolean;
}

export type ProgressJudgement = { readonly kind: "fine" } | { readonly kind: "steer" | "stalled"; readonly why: string };

// Looking around takes many calls, but not so many of the same ones.
const idleCallsMax = 15;
const seenMax = 2_000; // above it a turn is so long that everything counts as new again

export function startProgress(nowMs: number): Progress {
  return { seen: new Set(), running: new Set(), lastNewMs: nowMs, idleCalls: 0, isSteered: false };
}

/** What an event adds that may be new; undefined for what never is. */
function markOf(event: AgentEvent): string | undefined {
  switch (event.kind) {
    case "tool-started": return `call ${event.tool} ${event.title}`;
    case "findings-shown": return `findings ${event.text}`;
    case "files-changed": return `files ${event.paths.join("\n")}`;
    default: return undefined;
  }
}

export function takeProgress(progress: Progress, event: AgentEvent, nowMs: number): Progress {
  const running = new Set(progress.running);
  if (event.kind === "tool-started") running.add(event.callId);
  if (event.kind === "tool-finished") running.delete(event.callId);
  const mark = markOf(event);
  // The same file changed again is work only where the call that did it was another one.
  if (mark !== undefined && !progress.seen.has(mark)) {
    const seen = new Set(progress.seen.size >= seenMax ? [] : progress.seen).add(mark);
    return { ...progress, seen, running, lastNewMs: nowMs, idleCalls: 0 };
  }
  // What ended was alive until now; how often that may be is counted.
  if (event.kind === "tool-finished") return { ...progress, running, lastNewMs: nowMs, idleCalls: progress.idleCalls + 1 };
  return { ...progress, running };
}

/** After a steer the count begins anew, once. */
export function steered(progress: Progress, nowMs: number): Progress {
  return { ...progress, isSteered: true, lastNewMs: nowMs, idleCalls: 0 };
}

export function judgeProgress(progress: Progress, options: { readonly nowMs: number; readonly quietMsMax: number }): ProgressJudgement {
  const quietMs = options.nowMs - progress.lastNewMs;
  const why = progress.idleCalls >= idleCallsMax ? `${progress.idleCalls} calls in a row were repetitions`
    : progress.running.size === 0 && quietMs >= options.quietMsMax ? `nothing changed for ${Math.round(quietMs / 60_000)} minutes` : undefined;
  if (why === undefined) return { kind: "fine" };
  return { kind: progress.isSteered ? "stalled" : "steer", why };
}

export function steerText(why: string): string {
  return `You are not getting on: ${why}. Stop repeating, say in one sentence what blocks you, and do something else; where only a person can decide, call ask_person.`;
}
