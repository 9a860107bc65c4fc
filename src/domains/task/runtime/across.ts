// One prompt over several repositories: a task in each, side by side, whose pull requests name each other. A repository where nothing is to be changed has none.
import { resolve } from "node:path";
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { openRepository } from "../../worktree/runtime/index.ts";
import { openPullRequests } from "../../pull-request/runtime/index.ts";
import { runTask, type StartOptions, type TaskResult } from "./start.ts";

export interface AcrossEnd { readonly repository: string; readonly result: TaskResult }

interface Place { readonly context: OperationContext; readonly repository: Repository }

/** Each repository once; rejects with REPOSITORY_TWICE before anything is spent, and as openRepository() does. */
async function openPlaces(context: OperationContext, also: readonly string[]): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const cwd of [context.cwd, ...also.map((path) => resolve(context.callerPath, path))]) {
    const here = { ...context, cwd };
    const repository = await openRepository(here);
    if (places.some((place) => place.repository.gitPath === repository.gitPath)) throw new InspanError("REPOSITORY_TWICE", `Cannot work in "${cwd}": it is the same repository as another one that was named.`, { kind: "usage", remedy: "name each repository once with --also" });
    places.push({ context: here, repository });
  }
  return places;
}

/** Each pull request says which others belong to it, once. That it cannot be said undoes nothing. */
async function link(ends: readonly (Place & { readonly result: TaskResult })[], groupId: string): Promise<void> {
  const urls = ends.flatMap(({ result: { state } }) => (state.pullRequest ? [{ id: state.id, line: `- ${state.pullRequest.repository}: ${state.pullRequest.url}` }] : []));
  const without = ends.flatMap(({ result: { state }, repository }) => (state.pullRequest ? [] : [`- ${repository.name}: ${state.plan?.noChangeReason === undefined ? `no pull request (${state.status})` : `nothing to change: ${state.plan.noChangeReason}`}`]));
  for (const { context, repository, result: { state } } of ends) {
    if (!state.pullRequest) continue;
    try {
      const pullRequests = await openPullRequests({ providers: context.providers, repository, configuration: await context.loadConfiguration(repository.rootPath), signal: context.signal });
      try { await pullRequests.say(state.pullRequest, { effect: `group:${groupId}`, body: `### Belongs together with\n\n${[...urls.filter(({ id }) => id !== state.id).map(({ line }) => line), ...without].join("\n")}` }); } finally { pullRequests.close(); }
    } catch (error) {
      context.signal.throwIfAborted();
      context.providers.log.warn("task.group.not-linked", { taskId: state.id, error: messageOf(error) });
    }
  }
}

/** Runs the prompt here and in each of `also`. Resolves when all rest; a task that could not even start rejects after the others have come to rest. */
export async function runAcross(context: OperationContext, options: StartOptions & { readonly also: readonly string[] }): Promise<readonly AcrossEnd[]> {
  const places = await openPlaces(context, options.also);
  const group = { id: context.providers.random.id(6), repositories: places.map(({ repository }) => repository.name) };
  const settled = await Promise.allSettled(places.map(async (place) => ({ ...place, result: await runTask(place.context, { ...options, group }) })));
  const ends = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  await link(ends, group.id);
  const failed = settled.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  return ends.map(({ repository, result }) => ({ repository: repository.name, result }));
}
