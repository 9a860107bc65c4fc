// One prompt over several repositories: a task in each, side by side, whose pull requests name each other and merge together. Where nothing is to be changed there is none.
import { resolve } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { openRepository } from "../../worktree/runtime/index.ts";
import { settleGroup, type GroupReport } from "./group.ts";
import { runTask, type StartOptions, type TaskResult } from "./start.ts";
import { openTasks } from "./watch.ts";

export interface AcrossEnd { readonly repository: string; readonly result: TaskResult }

interface Place { readonly context: OperationContext; readonly repository: Repository }

/** Each repository once; rejects with REPOSITORY_TWICE before anything is spent, and as openRepository() does. */
async function openPlaces(context: OperationContext, also: readonly string[]): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const cwd of [context.cwd, ...also.map((path) => resolve(context.callerPath, path))]) {
    const here = { ...context, cwd };
    const repository = await openRepository(here);
    if (places.some((place) => place.repository.gitPath === repository.gitPath))
      throw new InspanError("REPOSITORY_TWICE", `Cannot work in "${cwd}": it is the same repository as another one that was named.`, {
        kind: "usage",
        remedy: "name each repository once with --also",
      });
    places.push({ context: here, repository });
  }
  return places;
}

async function readAgain({ context }: Place, { state, isStopped }: TaskResult): Promise<TaskResult> {
  const tasks = await openTasks(context);
  try { return { state: (await tasks.store.read(state.id)) ?? state, isStopped }; } finally { await tasks.close(); }
}

/** Runs the prompt here and in each of `also`. Resolves when all rest; a task that could not even start rejects after the others have come to rest. */
export async function runAcross(
  context: OperationContext,
  options: StartOptions & { readonly also: readonly string[] },
): Promise<{ readonly ends: readonly AcrossEnd[]; readonly group: GroupReport }> {
  const places = await openPlaces(context, options.also);
  const group = { id: context.providers.random.id(6), repositories: places.map(({ repository }) => repository.name), places: places.map(({ repository }) => repository.rootPath) };
  const settled = await Promise.allSettled(places.map(async (place) => ({ ...place, result: await runTask(place.context, { ...options, group }) })));
  const ends = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = settled.find((one) => one.status === "rejected");
  const isStopped = ends.some((end) => end.result.isStopped);
  const report: GroupReport = isStopped ? { state: "busy", order: group.repositories, missing: [], reverts: [] } : await settleGroup(context, group);
  if (failed) throw failed.reason;
  return { ends: await Promise.all(ends.map(async (end) => ({ repository: end.repository.name, result: await readAgain(end, end.result) }))), group: report };
}
