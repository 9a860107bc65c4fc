// One rung above what exists, and only where the fault came back since. Pure.
import type { StoredSignal } from "../../feedback/index.ts";
import { rungs, type Existing, type Rung } from "../types.ts";

export type RungChoice =
  | { readonly kind: "propose"; readonly rung: Rung; readonly recurrences: number }
  /** Something stands against it, and nobody has spoken of the fault since. */
  | { readonly kind: "answered"; readonly by: Existing }
  /** A rule finds it already: what is left is to act on it. */
  | { readonly kind: "top"; readonly by: Existing; readonly recurrences: number };

/** Told at or after `since`; by number where the clock has jumped back: what was kept after one that is later is later. */
export function signalsAfter<One extends Pick<StoredSignal, "id" | "at">>(signals: readonly One[], since: string): readonly One[] {
  const sinceMs = Date.parse(since);
  if (Number.isNaN(sinceMs)) return signals;
  const first = signals.filter(({ at }) => Date.parse(at) > sinceMs).reduce((least, { id }) => Math.min(least, id), Number.POSITIVE_INFINITY);
  return signals.filter(({ id }) => id >= first);
}

export function chooseRung(existing: readonly Existing[], signals: readonly StoredSignal[]): RungChoice {
  const highest = [...existing].sort((left, right) => rungs.indexOf(right.rung) - rungs.indexOf(left.rung))[0];
  if (highest === undefined) return { kind: "propose", rung: "prompt", recurrences: 0 };
  const recurrences = signalsAfter(signals, highest.since).length;
  const next = rungs[rungs.indexOf(highest.rung) + 1];
  if (next === undefined) return { kind: "top", by: highest, recurrences };
  return recurrences === 0 ? { kind: "answered", by: highest } : { kind: "propose", rung: next, recurrences };
}

/** Enough said for a proposal: several times, or once by what weighs more than a remark. */
export function isEnough(signals: readonly Pick<StoredSignal, "kind">[], repeatsMin: number): boolean {
  return signals.length >= repeatsMin || signals.some(({ kind }) => kind === "lesson" || kind === "incident" || kind === "revert");
}
