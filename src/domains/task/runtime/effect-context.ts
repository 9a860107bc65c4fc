// What every effect of a task is given.
import type { AgentDriver } from "../../agent/index.ts";
import type { Commit, Worktree } from "../../worktree/index.ts";
import type { TaskEvent, TaskState } from "../types/index.ts";
import type { Author } from "./author.ts";
import type { TaskRun } from "./run.ts";

export interface EffectContext { readonly run: TaskRun; readonly author: Author; readonly driver: AgentDriver; readonly signal: AbortSignal }

/** An event before the loop adds when it happened and how long it took. */
export type BareEvent = TaskEvent extends infer Event ? (Event extends TaskEvent ? Omit<Event, "at" | "activeMs"> : never) : never;

export function worktreeOf(state: TaskState): Worktree {
  if (!state.worktree) throw new Error(`BUG: expected a worktree in phase ${state.phase}`);
  return state.worktree;
}

export function headOf(state: TaskState): Commit {
  if (!state.head) throw new Error(`BUG: expected a head commit in phase ${state.phase}`);
  return state.head;
}
