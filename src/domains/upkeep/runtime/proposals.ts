// What became of earlier proposals: merged, closed by a person, thumbed down, or stuck. Asks the tasks and the pull requests; repairs nothing.
import type { OperationContext } from "../../../providers/index.ts";
import type { PullRequest, PullRequestDetails } from "../../pull-request/index.ts";
import type { PullRequests } from "../../pull-request/runtime/index.ts";
import type { TaskState } from "../../task/index.ts";
import type { OpenTasks } from "../../task/runtime/index.ts";
import type { ProposalStore } from "../repo/proposals.ts";
import { isThumbDown } from "../service/thumbs.ts";
import { Goal, type Lesson, type Proposal } from "../types/index.ts";

/** Tasks of a repository that are looked through; older ones have ended. */
const tasksMax = 1_000;
/** A deviation that two repairs did not end needs a person. */
export const attemptsMax = 2;

/** The deviation that a task was started for; undefined for tasks of others. */
export function goalOf(state: TaskState): Goal | undefined {
  if (state.goal?.domain !== "upkeep") return undefined;
  const parsed = Goal.safeParse(JSON.parse(state.goal.value));
  return parsed.success ? parsed.data : undefined;
}

/** Newest task of each deviation. */
export async function tasksByDeviation(tasks: OpenTasks): Promise<ReadonlyMap<string, TaskState>> {
  const found = new Map<string, TaskState>();
  for (const { state } of await tasks.store.list({ countMax: tasksMax })) {
    const goal = goalOf(state);
    if (goal !== undefined && !found.has(goal.deviation)) found.set(goal.deviation, state);
  }
  return found;
}

export interface Settled { readonly lessons: readonly Lesson[]; readonly known: ReadonlyMap<string, Proposal> }

/** Brings each row up to date; what a person closed or thumbed down since becomes a lesson. */
export async function settleProposals(
  context: OperationContext,
  options: { readonly store: ProposalStore; readonly tasks: OpenTasks; readonly pullRequests: PullRequests | undefined },
): Promise<Settled> {
  const { store, tasks, pullRequests } = options;
  const lessons: Lesson[] = [];
  const byDeviation = await tasksByDeviation(tasks);
  const rows = await store.all();
  const listed =
    pullRequests !== undefined && rows.some(({ state }) => state === "open" || state === "begun" || state === "stuck")
      ? new Map((await pullRequests.listPullRequests()).map((one) => [one.id, one]))
      : new Map<string, never>();
  for (const row of rows) {
    if (row.state === "merged" || row.state === "rejected") continue;
    const task = byDeviation.get(row.deviation);
    const taskId = task?.id ?? row.taskId;
    const id = task?.pullRequest?.id ?? row.pullRequest;
    // A forge lists what is open; what is not in the list was merged or closed.
    const found =
      id === null || id === undefined || pullRequests === undefined
        ? undefined
        : (listed.get(id) ?? (await pullRequests.readPullRequest(id).catch(() => undefined))); // one that cannot be read is not closed
    const listedState = stateOf(task, found);
    // A list may be a minute old: what it calls open is read anew, with what people said of it.
    const details = id === null || id === undefined || listedState !== "open" ? undefined : await pullRequests?.readDetails(id);
    const state = details === undefined ? listedState : stateOf(task, details.pullRequest);
    const keep = (next: Proposal["state"]) => store.settle(row.deviation, next, { taskId, pullRequest: id ?? null });
    if (state === "merged") { await keep("merged"); continue; }
    const refusal =
      state === "closed"
        ? { because: `a person closed pull request ${id ?? ""} unmerged`, from: `${id ?? ""} ${row.title}` }
        : details === undefined
          ? undefined
          : thumbOf(details, row);
    if (refusal !== undefined) {
      await keep("rejected");
      lessons.push({ kind: row.kind, where: "**", since: context.providers.clock.nowIso().slice(0, 10), ...refusal });
      continue;
    }
    // A task that waits for a person is not begun a second time beside them.
    if (state === "open" || task?.status === "held") await keep("open");
    else if (task !== undefined && (task.status === "failed" || task.status === "cancelled" || (task.status === "done" && id === undefined))) await keep("stuck");
  }
  return { lessons, known: new Map((await store.all()).map((row) => [row.deviation, row])) };
}

/** Without a forge a person says no by deleting the branch. */
function stateOf(task: TaskState | undefined, found: PullRequest | undefined): PullRequest["state"] | undefined {
  if (task?.mergeCommit !== undefined || found?.state === "merged") return "merged";
  return found?.state === "open" && found.headCommit === "" ? "closed" : found?.state;
}

function thumbOf({ pullRequest: { id }, threads, thumbsDown = [] }: PullRequestDetails, row: Proposal): { readonly because: string; readonly from: string } | undefined {
  if (thumbsDown.length > 0) return { because: `a thumb down of ${thumbsDown.join(", ")}`, from: `${id} ${row.title}` };
  const said = threads.flatMap((thread) => [thread, ...thread.replies]).find(({ text, isTrusted }) => isTrusted !== false && isThumbDown(text)); // a stranger decides nothing
  return said === undefined ? undefined : { because: `${said.author}: ${said.text}`, from: `${id} ${row.title}` };
}
