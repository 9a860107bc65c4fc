// One repair each: writes down that it is begun, runs the task by the task runner's own path, writes down what came of it.
import { mapBounded } from "../../../base/async.ts";
import { InspanError, isAbort } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { isAtRest, type TaskState } from "../../task/index.ts";
import { resumeTask, runTask, type TaskResult } from "../../task/runtime/index.ts";
import { totalTokens } from "../../model/index.ts";
import type { ProposalStore } from "../repo/proposals.ts";
import type { Deviation, Goal } from "../types/index.ts";
import type { RunTokens } from "./run-tokens.ts";

export interface Repair {
  readonly deviation: Deviation;
  readonly title: string;
  readonly prompt: string;
  readonly goal: Goal;
  /** A task of an earlier run that was killed. */ readonly begun: TaskState | undefined;
}

export interface RepairSettings {
  readonly agent: { readonly driver?: string | undefined; readonly model?: string | undefined; readonly effort?: string | undefined };
  readonly until: "pr" | "merge";
  readonly isUnsandboxedAllowed: boolean;
  readonly atOnce: number;
  readonly tokens: RunTokens;
  /** Of one task, as `budgets` says. */
  readonly taskTokensMax: number;
}

export interface RepairEnd {
  readonly deviation: string; readonly kind: string; readonly title: string; readonly taskId: string | null; readonly state: string; readonly question: string | null;
  readonly pullRequest: { readonly id: string; readonly url: string; readonly state: string; readonly mergeCommit: string | null } | null;
}

/** Ends in the order of `repairs`. The first one that cannot begin at all (no agent, no sandbox) ends the run. */
export async function runRepairs(
  context: OperationContext,
  options: { readonly store: ProposalStore; readonly repairs: readonly Repair[]; readonly settings: RepairSettings },
): Promise<readonly RepairEnd[]> {
  const { store, repairs, settings } = options;
  // Tasks tell their events as lines of progress; our own answer is one document.
  const quiet: OperationContext = { ...context, emit: () => undefined };
  return mapBounded(repairs, settings.atOnce, async (repair, index) => {
    context.signal.throwIfAborted();
    const { deviation, title, prompt, goal, begun } = repair;
    // A task of a killed run has its budget; what it takes from now on is counted.
    const allotted = begun === undefined ? settings.tokens.allot({ waiting: repairs.length - index, lanes: settings.atOnce, perTaskMax: settings.taskTokensMax }) : undefined;
    if (begun === undefined && allotted === undefined) return leftOut(repair, settings.tokens);
    let taken = 0;
    if (begun === undefined) await store.begin({ deviation: deviation.id, kind: deviation.kind, file: deviation.file, title, at: context.providers.clock.nowIso() });
    try {
      const result = begun === undefined
        ? await runTask(quiet, { prompt, source: "person", agent: settings.agent, until: settings.until, budget: allotted === undefined ? {} : { tokens: allotted.tokens }, isUnsandboxedAllowed: settings.isUnsandboxedAllowed, goal: { domain: "upkeep", value: JSON.stringify(goal) } })
        : await resumeTask(quiet, { id: begun.id, isUnsandboxedAllowed: settings.isUnsandboxedAllowed });
      taken = totalTokens(result.state.spent.usage) - (begun === undefined ? 0 : totalTokens(begun.spent.usage));
      const end = endOf(repair, result);
      if (!result.isStopped) await store.settle(deviation.id, stateOf(result), { taskId: end.taskId, pullRequest: end.pullRequest?.id ?? null });
      context.progress(
        `${title}: ${end.state}${end.pullRequest === null ? "" : `, pull request ${end.pullRequest.id} ${end.pullRequest.state}`}${end.question === null ? "" : `: ${end.question}`}`,
      );
      return end;
    } catch (error) {
      if (begun === undefined && !isAbort(error) && error instanceof InspanError) await store.forget(deviation.id);
      throw error;
    } finally {
      if (allotted === undefined) settings.tokens.spend(taken); else allotted.settle(taken);
    }
  });
}

function leftOut({ deviation, title }: Repair, tokens: RunTokens): RepairEnd {
  return {
    deviation: deviation.id,
    kind: deviation.kind,
    title,
    taskId: null,
    state: "left-out",
    question: `the ${tokens.max} tokens of this run are spent (${tokens.spent()}); the next run takes it, or one with a larger --tokens`,
    pullRequest: null,
  };
}

function stateOf({ state }: TaskResult): "merged" | "open" | "stuck" {
  return state.mergeCommit !== undefined ? "merged" : state.pullRequest !== undefined ? "open" : state.status === "held" ? "open" : "stuck";
}

function endOf({ deviation, title }: Repair, { state, isStopped }: TaskResult): RepairEnd {
  const request = state.pullRequest;
  return {
    deviation: deviation.id,
    kind: deviation.kind,
    title,
    taskId: state.id,
    state: isStopped ? "cancelled" : state.status,
    question: isAtRest(state) && state.hold !== undefined ? state.hold.question : null,
    pullRequest:
      request === undefined
        ? null
        : { id: request.id, url: request.url, state: state.mergeCommit === undefined ? request.state : "merged", mergeCommit: state.mergeCommit ?? null },
  };
}
