// Judges the heads of our own tasks: the detector is run again on a clean checkout, and the change is measured.
import type { GoalJudge } from "../../../providers/index.ts";
import { judgeGoalFacts } from "../service/goal.ts";
import { Goal } from "../types/index.ts";
import { readDefinitions, scanTree } from "./scan.ts";

export const judgeGoal: GoalJudge = async (context, { rootPath, baseCommit, value, changed }) => {
  const goal = Goal.parse(JSON.parse(value));
  const definitions = await readDefinitions(context, { rootPath, commit: baseCommit });
  const principle = definitions.principles.find(({ id }) => id === goal.principle);
  const scan = await scanTree(context, { treePath: rootPath, definitions, principles: principle === undefined || goal.kind === "document" ? [] : [principle] });
  return judgeGoalFacts({ goal, changed, left: scan.deviations.find(({ id }) => id === goal.deviation), domainOf: (file) => scan.placeOf(file).domain });
};
