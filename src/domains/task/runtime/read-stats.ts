// Reads what `inspan stats` tells from the task store of this repository.
import type { OperationContext } from "../../../providers/index.ts";
import { computeStats, type Stats, type TaskFacts } from "../service/stats.ts";
import { openTasks } from "./watch.ts";

// A team's month; older tasks are history.
const tasksMax = 2_000;
const linesMax = 20_000;
const dayMs = 24 * 3600_000;

/** Figures over the tasks that were created in the last `days`. */
export async function readStats(context: OperationContext, options: { readonly days: number; readonly engineers: number | undefined }): Promise<Stats> {
  const tasks = await openTasks(context);
  try {
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
