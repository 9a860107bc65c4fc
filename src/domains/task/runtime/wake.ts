// Tasks that had ended with their pull request open: taken up again where something came there since, settled where somebody merged or closed it.
import { messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import type { PullRequest } from "../../pull-request/index.ts";
import type { PullRequests } from "../../pull-request/runtime/index.ts";
import { transition } from "../service/transition.ts";
import type { TaskState } from "../types/index.ts";
import { withLease } from "./loop.ts";
import { readTaskRules } from "./rules.ts";
import { wakeTask } from "./start.ts";
import type { OpenTasks } from "./watch.ts";

export interface Woken { readonly taskId: string; readonly reasons: readonly string[]; readonly outcome: string }

export interface Waker {
  readonly context: OperationContext;
  readonly tasks: OpenTasks;
  readonly pullRequests: PullRequests;
  readonly options: { readonly atOnce: number; readonly isUnsandboxedAllowed: boolean };
  readonly running: Map<string, Promise<void>>;
  readonly woken: Woken[];
}

type Ended = TaskState & { readonly pullRequest: PullRequest };

/** When it was merged, as far as the commit tells; not before the task rested, and not later than now. */
async function timeOfEnd({ providers, repository }: OpenTasks["run"], state: TaskState, commit: string | undefined): Promise<string> {
  const now = providers.clock.nowIso();
  if (commit === undefined) return now;
  const told = await providers.git.run(["log", "-1", "--format=%cI", "--end-of-options", commit], { cwd: repository.rootPath, acceptExitCodes: [128] });
  const atMs = Date.parse(told.stdout.trim());
  if (told.exitCode !== 0 || Number.isNaN(atMs)) return now; // not fetched
  return new Date(Math.min(Date.parse(now), Math.max(Date.parse(state.updatedAt), atMs))).toISOString();
}

/** Writes down that a person decided; a task that somebody works on now is settled in a later look. */
async function settle({ tasks: { run }, context }: Pick<Waker, "tasks" | "context">, { id }: Ended, pullRequest: PullRequest): Promise<void> {
  const state = await run.store.read(id);
  if (!state) return;
  const ended = pullRequest.state === "merged" ? "merged" : "closed";
  await withLease(run, state, async () => {
    const commit = pullRequest.mergeCommit as TaskState["mergeCommit"]; // a forge named it
    const { state: settled } = transition(
      state,
      { kind: "pull-ended", at: await timeOfEnd(run, state, commit), activeMs: 0, state: ended, ...(commit ? { commit } : {}) },
      await readTaskRules(run, state),
    );
    await run.store.save(settled, [{ type: "pull-ended", data: { state: ended, commit: commit ?? null } }]);
  });
  context.progress(`task ${id}: its pull request was ${ended} by a person`);
}

/** Settles the tasks of which the pull request was merged or closed by a person since they had ended. */
export async function settleEnded(parts: Pick<Waker, "context" | "tasks" | "pullRequests">, left: readonly Ended[]): Promise<void> {
  const news = await parts.pullRequests.findNews(left.map(({ pullRequest, pushedCommit }) => ({ id: pullRequest.id, pushedCommit })));
  for (const state of left) {
    const found = news.get(state.pullRequest.id);
    if (found?.kind === "ended") await settle(parts, state, found.pullRequest);
  }
}

export async function wakeTasks(waker: Waker, ended: readonly Ended[]): Promise<void> {
  if (ended.length === 0) return;
  const { context, pullRequests, options, running } = waker;
  const news = await pullRequests.findNews(ended.map(({ pullRequest, pushedCommit }) => ({ id: pullRequest.id, pushedCommit })));
  for (const state of ended) {
    const { id, pullRequest, wokenBy } = state;
    const found = news.get(pullRequest.id);
    if (found?.kind === "ended") {
      await settle(waker, state, found.pullRequest).catch((error: unknown) =>
        context.providers.log.warn("watch.settle.failed", { taskId: id, error: messageOf(error) }),
      );
      continue;
    }
    if (found === undefined || found.key === wokenBy || running.size >= options.atOnce) continue; // what is too much at once comes in a later look
    context.emit({ type: "woken", taskId: id, reasons: [...found.reasons] });
    const told = wakeTask(context, { id, news: found.key, reasons: found.reasons, isUnsandboxedAllowed: options.isUnsandboxedAllowed }).then((result) => (result === undefined ? "nothing to do" : result.isStopped ? "stopped" : result.state.status), (error: unknown) => {
      context.providers.log.warn("watch.wake.failed", { taskId: id, error: messageOf(error) });
      return `failed: ${messageOf(error).split("\n")[0] ?? ""}`;
    }).then((outcome) => {
      waker.woken.push({ taskId: id, reasons: found.reasons, outcome });
      context.emit({ type: "rested", taskId: id, outcome });
      context.progress(`task ${id}: ${outcome}`);
    }).finally(() => running.delete(id));
    running.set(id, told);
  }
}
