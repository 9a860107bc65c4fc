// Of what a job could start, the first that no earlier run has proposed. Asks the tasks and their pull requests.
import type { OperationContext } from "../../../providers/index.ts";
import { openPullRequests, type PullRequests } from "../../pull-request/runtime/index.ts";
import { isAtRest, type TaskState } from "../../task/index.ts";
import { openTasks } from "../../task/runtime/index.ts";
import { openRepository } from "../../worktree/runtime/index.ts";
import { aboutOf, type EarlierTask, reasonAgainst } from "../service/proposed.ts";

/** Older tasks have ended, and so has what they proposed. */
const tasksMax = 1_000;

export type FirstNew = { readonly kind: "prompt"; readonly prompt: string } | { readonly kind: "none"; readonly why: string };

export async function firstNew(context: OperationContext, prompts: readonly string[]): Promise<FirstNew> {
  const { providers, signal } = context;
  const repository = await openRepository(context);
  const tasks = await openTasks(context);
  const pullRequests =
    repository.remote === undefined
      ? undefined
      : await openPullRequests({ providers, repository, configuration: await context.loadConfiguration(repository.rootPath), signal });
  try {
    const states = (await tasks.store.list({ countMax: tasksMax })).map(({ state }) => state);
    const reasons: string[] = [];
    for (const prompt of prompts) {
      const earlier: EarlierTask[] = [];
      for (const state of states.filter((one) => aboutOf(one.prompt) === aboutOf(prompt))) earlier.push(await earlierOf(state, pullRequests));
      const reason = reasonAgainst(earlier);
      if (reason === undefined) return { kind: "prompt", prompt };
      reasons.push(`${aboutOf(prompt)}: ${reason}`);
    }
    return { kind: "none", why: reasons.slice(0, 3).join("; ") };
  } finally {
    pullRequests?.close();
    await tasks.close();
  }
}

async function earlierOf(state: TaskState, pullRequests: PullRequests | undefined): Promise<EarlierTask> {
  const request = state.pullRequest;
  const base = { id: state.id, prompt: state.prompt, status: state.status, isAtRest: isAtRest(state) };
  if (request === undefined) return { ...base, request: undefined };
  if (state.mergeCommit !== undefined) return { ...base, request: { id: request.id, state: "merged" } };
  const found = await pullRequests?.readPullRequest(request.id).catch(() => undefined); // one that cannot be read is taken for open: nothing is proposed twice
  // Without a forge a person says no by deleting the branch.
  const now = found === undefined ? "open" : found.state === "open" && found.headCommit === "" ? "closed" : found.state;
  return { ...base, request: { id: request.id, state: now } };
}
