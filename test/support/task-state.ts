// Task states and events as plain values, for tests of decisions. No store, no agent, no clock.
import type { Commit, Worktree, WorktreeId } from "../../src/domains/worktree/index.ts";
import { TaskState, type Effect, type TaskEvent, type TurnPurpose } from "../../src/domains/task/index.ts";
import { noUsage, type Usage } from "../../src/domains/model/index.ts";

export const at = "2026-01-02T03:04:05.000Z";
export const commitOf = (text: string): Commit => text as Commit; // a commit of no repository
export const usage: Usage = { ...noUsage, inputTokens: 10, outputTokens: 5, costUsd: 0.01, source: "wire" };
export const worktree: Worktree = { id: "w" as WorktreeId, path: "/w", branch: "inspan/t", baseRef: "origin/main", baseCommit: commitOf("base") }; // an id of no worktree
export const pullRequest = {
  id: "12345678",
  repository: "r",
  branch: "inspan/t",
  baseBranch: "main",
  baseCommit: "base",
  headCommit: "head",
  title: "t",
  body: "b",
  state: "open" as const,
  url: "u",
  anchorCommit: "a",
  openedAt: at,
};

/** A task that has just been created, or what `more` makes of it. */
export function makeTask(more: Partial<TaskState> = {}): TaskState {
  const nothing = { turns: 0, attempts: 0, activeMs: 0, usage: noUsage };
  return TaskState.parse({
    version: 1, id: "abc234", title: "Mend it", prompt: "Mend it", source: "person", agent: { driver: "builtin" }, until: "merge", isUnsandboxedAllowed: false,
    status: "prepared", phase: "prepared", effect: { kind: "prepare" },
    tries: { plan: 0, reproduce: 0, validate: 0, checks: 0, merge: 0 }, review: { round: 0, findings: [], rounds: [] }, checks: { results: [] }, messages: [],
    budget: { turns: 20, attempts: 3, tokens: 1_000_000, minutes: 60 }, spent: nothing, spentBefore: nothing,
    timeline: [{ phase: "prepared", startedAt: at, activeMs: 0, usage: noUsage }], createdAt: at, updatedAt: at, ...more,
  });
}

/** At work in a phase, with all that the phases before it leave behind. */
export function makeTaskAt(phase: TaskState["phase"], effect: Effect, more: Partial<TaskState> = {}): TaskState {
  return makeTask({
    status: phase, phase, effect, worktree, head: commitOf("head"), plan: { summary: "s", steps: ["one"] },
    reproduction: { kind: "shown", command: "npm test", files: ["a.test.ts"], failure: "AssertionError", commit: commitOf("shown") }, ...more,
  });
}

export const turnEffect = (purpose: TurnPurpose): Effect => ({ kind: "turn", purpose, text: `do: ${purpose}` });

export function turnEnded(purpose: TurnPurpose, more: Partial<Extract<TaskEvent, { kind: "turn-ended" }>> = {}): TaskEvent {
  return { kind: "turn-ended", purpose, status: "completed", reason: "", text: "done", usage, sessionId: "s1", toldCount: 0, at, activeMs: 1000, ...more };
}
