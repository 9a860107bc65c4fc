// What the state machine needs to know of the configuration.
import { checksSection, mergeSection } from "../../pull-request/index.ts";
import { reviewSection } from "../../review/index.ts";
import type { TaskRules, TaskState } from "../types/index.ts";
import type { TaskRun } from "./run.ts";

/** What the state machine needs of the configuration: read from the base commit, defaults before there is one. */
export async function readTaskRules(run: TaskRun, state: TaskState): Promise<TaskRules> {
  if (!state.worktree) return { mergePolicy: "none", hasChecks: false };
  const configuration = await run.configurationAt(state.worktree.baseCommit);
  const { policy, queue } = configuration.read(mergeSection);
  return { mergePolicy: policy, isQueued: queue, hasChecks: configuration.read(checksSection).length > 0, planApproval: configuration.read(reviewSection).planApproval };
}
