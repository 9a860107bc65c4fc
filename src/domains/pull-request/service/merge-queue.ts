// A merge queue as a state machine: which combination to test next, and what a result means. Pure; runtime makes the combinations and runs the checks.
// Nothing lands that was not tested green as the very combination that lands.
import type { QueueEntry, QueueState } from "../types.ts";

export type QueueStep =
  /** Put these upon the base in this order, and run the checks once. */
  | { readonly kind: "test"; readonly entries: readonly QueueEntry[] }
  | { readonly kind: "land"; readonly entries: readonly QueueEntry[] }
  | { readonly kind: "rest" };

export type QueueEvent =
  | { readonly kind: "added"; readonly entry: QueueEntry }
  /** A person took it out, or it has another head now. */
  | { readonly kind: "removed"; readonly id: string }
  /** `isKnown`: it was tested before it came, and no checks ran now. */
  | { readonly kind: "tested"; readonly entries: readonly QueueEntry[]; readonly isGreen: boolean; readonly reason: string; readonly isKnown?: boolean }
  /** It cannot be put onto those before it: `conflict` where it cannot be merged, `refused` where the forge does not let it, otherwise it moved or was closed. */
  | { readonly kind: "conflicted"; readonly id: string; readonly reason: string; readonly outcome?: "conflict" | "refused" }
  | { readonly kind: "landed" }
  /** The base holds it already: a person merged it, or a runner that was killed. */
  | { readonly kind: "found-landed"; readonly id: string }
  /** Somebody else moved the base: what was tested says nothing about it. */
  | { readonly kind: "base-moved" };

// Fresh ones in one run. With one bad change among them the search takes log2 of this and one run more; 16 keeps twenty changes within six runs.
const freshMax = 16;

export const emptyQueue: QueueState = { waiting: [], innocents: [], suspects: [], landing: [], landed: [], rejected: [], runs: 0 };

/** The next step; the same state gives the same one, so a killed runner goes on with it. */
export function nextStep(state: QueueState): QueueStep {
  const { waiting, innocents, suspects, landing } = state;
  if (landing.length > 0) return { kind: "land", entries: landing };
  if (suspects.length > 0) return { kind: "test", entries: [...innocents, ...suspects.slice(0, Math.ceil(suspects.length / 2))] };
  const entries = [...innocents, ...waiting.slice(0, freshMax)];
  return entries.length > 0 ? { kind: "test", entries } : { kind: "rest" };
}

function without(state: QueueState, ids: ReadonlySet<string>): QueueState {
  const keep = (entries: readonly QueueEntry[]): QueueEntry[] => entries.filter(({ id }) => !ids.has(id));
  return { ...state, waiting: keep(state.waiting), innocents: keep(state.innocents), suspects: keep(state.suspects), landing: keep(state.landing) };
}

/** A search that has come down to one entry has found it. */
function settled(state: QueueState, reason: string): QueueState {
  const [only, ...rest] = state.suspects;
  if (only === undefined || rest.length > 0) return state;
  return { ...state, suspects: [], rejected: [...state.rejected, { id: only.id, reason }] };
}

function onTested(state: QueueState, { entries, isGreen, reason, isKnown = false }: Extract<QueueEvent, { kind: "tested" }>): QueueState {
  const counted: QueueState = isKnown ? state : { ...state, runs: state.runs + 1 };
  const ids = new Set(entries.map(({ id }) => id));
  if (isGreen) return { ...without(counted, ids), landing: [...entries] };
  if (state.suspects.length === 0) return settled({ ...without(counted, ids), suspects: [...entries] }, reason);
  const guilty = state.suspects.filter(({ id }) => ids.has(id));
  const cleared = state.suspects.filter(({ id }) => !ids.has(id));
  return settled({ ...counted, innocents: [...state.innocents, ...cleared], suspects: guilty }, reason);
}

export function advance(state: QueueState, event: QueueEvent): QueueState {
  switch (event.kind) {
    case "added":
      return [...state.waiting, ...state.innocents, ...state.suspects, ...state.landing].some(({ id }) => id === event.entry.id)
        ? state
        : { ...state, waiting: [...state.waiting, event.entry] };
    case "removed": return without(state, new Set([event.id]));
    case "conflicted": return { ...without(state, new Set([event.id])), rejected: [...state.rejected, { id: event.id, reason: event.reason }] };
    case "tested": return onTested(state, event);
    case "landed": return settled({ ...state, landed: [...state.landed, ...state.landing.map(({ id }) => id)], landing: [] }, "the checks fail with it, and pass without it");
    case "found-landed": return { ...without(state, new Set([event.id])), landed: [...state.landed, event.id] };
    case "base-moved": return { ...state, waiting: [...state.landing, ...state.innocents, ...state.suspects, ...state.waiting], landing: [], innocents: [], suspects: [] };
  }
}
