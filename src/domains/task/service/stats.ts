// Figures of finished and open tasks for people: how much lands, how long it waits, what it costs, how often nobody had to look. Pure.
import type { TaskState } from "../types/index.ts";

export interface TaskFacts {
  readonly state: TaskState;
  /** Lines of its journal in which a person was asked or spoke. */
  readonly personLines: number;
}

export interface Spread { readonly median: number | null; readonly p90: number | null; readonly max: number | null }

export interface Stats {
  readonly days: number;
  /** As told, or found: people who started tasks, by git's user.email. */
  readonly engineers: number;
  /** Each of them, most merged first; "unknown" where git knew nobody. */
  readonly people: readonly { readonly engineer: string; readonly tasks: number; readonly opened: number; readonly merged: number; readonly mergedPerDay: number }[];
  readonly tasks: { readonly total: number; readonly done: number; readonly held: number; readonly cancelled: number; readonly failed: number };
  readonly pullRequests: { readonly opened: number; readonly merged: number; readonly open: number; readonly mergedPerEngineerAndDay: number };
  /** From opening to merge, and of open ones until now, in minutes. */
  readonly ageMinutes: { readonly merged: Spread; readonly open: Spread };
  /** In which nothing worked: holds, pauses, a stopped runner. Minutes of each pull request. */
  readonly waitingMinutes: Spread;
  readonly reviewRounds: Spread;
  /** Share of merged ones whose first review and first checks let them pass; null where none was merged. */
  readonly firstPassRate: number | null;
  readonly mergedWithoutPersonRate: number | null;
  /** Null where a price is not known. */
  readonly costUsd: { readonly total: number | null; readonly perMerged: number | null };
  readonly tokens: { readonly total: number; readonly reviewShare: number | null };
}

const minuteMs = 60_000;

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number | null => {
    const value = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
    return value === undefined ? null : Math.round(value * 10) / 10;
  };
  return { median: at(0.5), p90: at(0.9), max: at(1) };
}

/** Time between the end of one phase and the start of the next: nobody worked. */
function waitingMs(state: TaskState, nowMs: number): number {
  let sum = 0;
  for (const [index, { endedAt }] of state.timeline.entries()) {
    const next = state.timeline[index + 1];
    if (endedAt === undefined) continue;
    if (next) sum += Math.max(0, Date.parse(next.startedAt) - Date.parse(endedAt));
    else if (state.status === "held") sum += Math.max(0, nowMs - Date.parse(endedAt));
  }
  return sum;
}

function isFirstPass(state: TaskState): boolean {
  const first = state.review.rounds[0];
  const isApprovedAtOnce = first === undefined || (state.review.rounds.length === 1 && first.verdicts.every(({ verdict }) => verdict !== "request-changes"));
  return isApprovedAtOnce && state.timeline.filter(({ phase }) => phase === "checking").length <= 1;
}

const tokensOf = (usage: { readonly inputTokens: number; readonly outputTokens: number }): number => usage.inputTokens + usage.outputTokens;
const rate = (part: number, whole: number): number | null => (whole === 0 ? null : Math.round((part / whole) * 1000) / 1000);
const money = (sum: number | null): number | null => (sum === null ? null : Math.round(sum * 10_000) / 10_000);

function peopleOf(facts: readonly TaskFacts[], days: number): Stats["people"] {
  const byPerson = new Map<string, TaskState[]>();
  for (const { state } of facts) byPerson.set(state.startedBy ?? "unknown", [...(byPerson.get(state.startedBy ?? "unknown") ?? []), state]);
  return [...byPerson].map(([engineer, states]) => {
    const merged = states.filter(({ mergeCommit }) => mergeCommit !== undefined).length;
    return {
      engineer,
      tasks: states.length,
      opened: states.filter(({ pullRequest }) => pullRequest !== undefined).length,
      merged,
      mergedPerDay: Math.round((merged / days) * 100) / 100,
    };
  }).sort((a, b) => b.merged - a.merged || b.tasks - a.tasks || (a.engineer < b.engineer ? -1 : 1));
}

/** `facts` are the tasks that were created since `sinceMs`; `engineers` is how many people they came from, those that are found unless told. */
export function computeStats(facts: readonly TaskFacts[], options: { readonly sinceMs: number; readonly nowMs: number; readonly engineers: number | undefined }): Stats {
  const { nowMs, sinceMs } = options;
  const days = Math.max(1, Math.ceil((nowMs - sinceMs) / (24 * 60 * minuteMs)));
  const people = peopleOf(facts, days);
  const engineers = Math.max(1, options.engineers ?? people.length);
  const opened = facts.filter(({ state }) => state.pullRequest !== undefined);
  const merged = opened.filter(({ state }) => state.mergeCommit !== undefined);
  const open = opened.filter(({ state }) => state.mergeCommit === undefined && state.status !== "cancelled" && state.status !== "failed");
  const age = (state: TaskState, end: number): number => Math.max(0, end - Date.parse(state.pullRequest?.openedAt ?? state.createdAt)) / minuteMs;
  const costs = facts.map(({ state }) => state.spent.usage.costUsd);
  const total = costs.includes(null) ? null : costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0);
  const tokens = facts.reduce((sum, { state }) => sum + tokensOf(state.spent.usage), 0);
  const reviewTokens = facts.reduce((sum, { state }) => sum + state.review.rounds.flatMap(({ verdicts }) => verdicts).reduce((all, { usage }) => all + tokensOf(usage), 0), 0);
  const count = (status: TaskState["status"]): number => facts.filter(({ state }) => state.status === status).length;
  return {
    days, engineers, people,
    tasks: { total: facts.length, done: count("done"), held: count("held"), cancelled: count("cancelled"), failed: count("failed") },
    pullRequests: { opened: opened.length, merged: merged.length, open: open.length, mergedPerEngineerAndDay: Math.round((merged.length / engineers / days) * 100) / 100 },
    ageMinutes: { merged: spreadOf(merged.map(({ state }) => age(state, Date.parse(state.updatedAt)))), open: spreadOf(open.map(({ state }) => age(state, nowMs))) },
    waitingMinutes: spreadOf(opened.map(({ state }) => waitingMs(state, nowMs) / minuteMs)),
    reviewRounds: spreadOf(opened.map(({ state }) => state.review.rounds.length)),
    firstPassRate: rate(merged.filter(({ state }) => isFirstPass(state)).length, merged.length),
    mergedWithoutPersonRate: rate(merged.filter(({ personLines }) => personLines === 0).length, merged.length),
    costUsd: { total: money(total), perMerged: money(total === null || merged.length === 0 ? null : total / merged.length) },
    tokens: { total: tokens, reviewShare: rate(reviewTokens, tokens) },
  };
}
