// The two moves of the state machine: go on to an effect, or hold with one clear question. Pure.
import type { Effect, Hold, Phase, TaskState } from "../types/index.ts";

// A hold's evidence is read by a person on one screen; the whole lies in the task's events.
const detailCharsMax = 6000;

export function go(state: TaskState, phase: Phase, effect: Effect): TaskState {
  return { ...state, status: phase, phase, effect };
}

/** The task rests; its effect is kept, so that resuming goes on with it. */
export function hold(state: TaskState, reason: Hold): TaskState {
  return { ...state, status: "held", hold: { ...reason, detail: reason.detail.slice(-detailCharsMax) } };
}

export function holdForBudget(state: TaskState, passed: string): TaskState {
  return hold(state, { reason: "budget", question: `The budget is used: ${passed}.`, options: ["resume with a new count", "cancel"], detail: passed });
}

/** Ends the task after its worktree is removed. */
export function finish(state: TaskState, ending: "done" | "cancelled"): TaskState {
  return { ...state, ending, effect: { kind: "clean-up" } };
}
