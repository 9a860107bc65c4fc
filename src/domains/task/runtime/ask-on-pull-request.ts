// A held task tells its question where people look: on its pull request. Said once for each hold; that it cannot be said changes nothing of the task.
import { isAbort, messageOf } from "../../../base/errors.ts";
import { openPullRequests } from "../../pull-request/runtime/index.ts";
import { isAsking, questionEffect, renderQuestion } from "../service/hold-talk.ts";
import type { TaskState } from "../types/index.ts";
import type { TaskRun } from "./run.ts";

// A runner that has come to rest waits no longer than this for a forge; `inspan pr watch` says it later.
const sayMsMax = 30_000;

export async function askOnPullRequest(run: TaskRun, state: TaskState): Promise<void> {
  if (!isAsking(state) || !state.pullRequest || !state.worktree) return;
  const signal = AbortSignal.any([run.context.signal, AbortSignal.timeout(sayMsMax)]);
  try {
    const pullRequests = await openPullRequests({
      providers: run.providers,
      repository: run.repository,
      configuration: await run.configurationAt(state.worktree.baseCommit),
      signal,
    });
    try { await pullRequests.say(state.pullRequest, { effect: questionEffect(state), body: renderQuestion(state) }); } finally { pullRequests.close(); }
    await run.record(state, [{ type: "asked", data: { pullRequest: state.pullRequest.id } }]);
  } catch (error) {
    if (!isAbort(error)) run.providers.log.warn("task.question.not-said", { taskId: state.id, pullRequestId: state.pullRequest.id, error: messageOf(error) });
  }
}
