// The goal that another domain started a task for: judged by that domain on a clean checkout of the head. Knows none of them.
import type { Commit } from "../../worktree/index.ts";
import type { TaskState, ValidationFailure } from "../types/index.ts";
import { baseOf } from "./clean-tree.ts";
import type { TaskRun } from "./run.ts";

/** A binary file counts as one line: how much of it changed nobody can read. */
const binaryLines = 1;

export async function judgeGoal(run: TaskRun, state: TaskState, { tree, head }: { readonly tree: string; readonly head: Commit }): Promise<readonly ValidationFailure[]> {
  const { goal } = state;
  if (goal === undefined) return [];
  const judge = (await run.context.contributions()).find(({ domain }) => domain === goal.domain)?.judgeGoal;
  if (judge === undefined) throw new Error(`BUG: expected the domain "${goal.domain}" to judge its goals`);
  const base = baseOf(state);
  const listed = await run.providers.git.text(["-c", "core.quotePath=false", "diff", "--no-renames", "--numstat", "-z", base, head], { cwd: run.repository.rootPath });
  const changed = listed.split("\0").flatMap((entry) => {
    const [added = "", removed = "", path = ""] = entry.split("\t");
    return path === "" ? [] : [{ path, linesChanged: added === "-" ? binaryLines : Number(added) + Number(removed) }];
  });
  const texts = await judge(run.context, { rootPath: tree, baseCommit: base, configuration: await run.configurationAt(base), value: goal.value, changed });
  return texts.map((text) => ({ channel: "harness" as const, title: "the goal is not met", text }));
}
