// A task's end in the form of CONTRACTS.
import { passedCount } from "../service/features.ts";
import type { TaskState } from "../types/index.ts";

export function toResult(state: TaskState, isStopped: boolean) {
  const { usage } = state.spent;
  const durationMs = Math.max(0, Date.parse(state.updatedAt) - Date.parse(state.createdAt));
  return {
    // A runner that was told to stop has cancelled its run, not the task: that can be resumed.
    state: isStopped ? ("cancelled" as const) : state.status, ...(isStopped ? { isResumable: true as const } : {}), taskId: state.id, title: state.title, phase: state.phase,
    ...(state.status === "held" && state.hold ? { hold: state.hold } : {}),
    ...(state.features?.list ? { features: { path: state.features.path, passed: passedCount(state.features.list), total: state.features.list.features.length } } : {}),
    ...(state.plan?.noChangeReason === undefined ? {} : { noChange: state.plan.noChangeReason }),
    ...(state.plan ? { plan: state.plan } : {}),
    ...(state.reproduction ? { reproduction: state.reproduction } : {}),
    pullRequests: state.pullRequest
      ? [
          {
            repository: state.pullRequest.repository,
            id: state.pullRequest.id,
            url: state.pullRequest.url,
            state: state.mergeCommit ? "merged" : state.pullRequest.state,
            mergeCommit: state.mergeCommit ?? null,
          },
        ]
      : [],
    usage: {
      inputTokens: usage.inputTokens,
      cachedInputTokens: usage.cachedInputTokens,
      outputTokens: usage.outputTokens,
      reasoningTokens: usage.reasoningTokens,
      costUsd: usage.costUsd,
      source: usage.source,
    },
    durationMs,
  };
}

export function exitCodeOfTask(result: { readonly state: string }): number {
  switch (result.state) {
    case "done": return 0;
    case "held": return 4;
    case "cancelled": return 130;
    default: return 1;
  }
}
