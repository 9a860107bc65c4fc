// When a client has let go of what it knew, seen from the size of its requests alone: the same for every client. Pure.
import type { Usage } from "../../model/index.ts";

export interface Window {
  /** Largest request since the last time that it shrank. */
  readonly peakTokens: number;
  /** Small requests in a row; a side request (a title, a suggestion) comes alone. */
  readonly smallCount: number;
  /** Size of the request in which plan and progress were last told. */
  readonly toldAtTokens: number;
}

export type WindowJudgement = "compacted" | "grown" | undefined;

// A conversation below this has room for all that was said in it.
const peakTokensMin = 6_000;
// A compaction leaves a summary; a request that is a little smaller has only lost a long answer.
const shrunkShare = 0.5;
const smallCountMin = 2;
// What stands farther back than this is followed less and less; a reminder costs less than a hundredth of it.
const grownTokensMax = 40_000;

export const newWindow: Window = { peakTokens: 0, smallCount: 0, toldAtTokens: 0 };

/** One model call's usage. "compacted": the conversation was cut down; "grown": much was said since plan and progress were last told. */
export function takeRequest(window: Window, usage: Usage): { readonly window: Window; readonly judgement: WindowJudgement } {
  const size = usage.inputTokens;
  if (window.peakTokens >= peakTokensMin && size < window.peakTokens * shrunkShare) {
    const smallCount = window.smallCount + 1;
    if (smallCount < smallCountMin) return { window: { ...window, smallCount }, judgement: undefined };
    return { window: { peakTokens: size, smallCount: 0, toldAtTokens: size }, judgement: "compacted" };
  }
  const grown: Window = { peakTokens: Math.max(window.peakTokens, size), smallCount: 0, toldAtTokens: window.toldAtTokens };
  if (size - window.toldAtTokens < grownTokensMax) return { window: grown, judgement: undefined };
  return { window: { ...grown, toldAtTokens: size }, judgement: "grown" };
}
