// Reads what `inspan stats` tells from the task store of this repository.
import { messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { openPullRequests } from "../../pull-request/runtime/index.ts";
import { computeStats, type Stats, type TaskFacts } from "../service/stats.ts";
import { isLeftOpen } from "../service/landing.ts";
import { settleEnded } from "./wake.ts";
import { openTasks, type OpenTasks } from "./watch.ts";

// A team's month; older tasks are history.
const tasksMax = 2_000;
const linesMax = 20_000;
const dayMs = 24 * 3600_000;

/** What people merged or closed since is written down first; where the remote does not answer, the figures are those of the last look. */
async function settleFirst(context: OperationContext, tasks: OpenTasks): Promise<void> {
  const left = (await tasks.store.list({ countMax: tasksMax })).flatMap(({ state }) =>
    state.pullRequest && isLeftOpen(state) ? [{ ...state, pullRequest: state.pullRequest }] : [],
  );
  if (left.length === 0) return;
  const { repository } = tasks.run;
  try {
    const pullRequests = await openPullRequests({
      providers: context.providers,
      repository,
      configuration: await context.loadConfiguration(repository.rootPath),
      signal: context.signal,
    });
    try { await settleEnded({ context, tasks, pullRequests }, left); } finally { pullRequests.close(); }
  } catch (error) {
    context.signal.throwIfAborted();
    context.progress(`open pull requests are told as of the last look: ${messageOf(error).split("\n")[0] ?? ""}`);
  }
}

/** Figures over the tasks that were created in the last `days`. */
export async function readStats(context: OperationContext, options: { readonly days: number; readonly engineers: number | undefined }): Promise<Stats> {
  const tasks = await openTasks(context);
  try {
    await settleFirst(context, tasks);
    const nowMs = context.providers.clock.nowMs();
    const sinceMs = nowMs - options.days * dayMs;
    const listed = (await tasks.store.list({ countMax: tasksMax })).filter(({ state }) => Date.parse(state.createdAt) >= sinceMs);
    const facts: TaskFacts[] = [];
    for (const { state } of listed) {
      const lines = state.mergeCommit === undefined ? [] : await tasks.store.records(state.id, 0, linesMax);
      facts.push({ state, personLines: lines.filter(({ type }) => type === "hold" || type === "message" || type === "pull-ended").length });
    }
    return computeStats(facts, { sinceMs, nowMs, engineers: options.engineers });
  } finally { await tasks.close(); }
}
