// Judges the heads of our own tasks: the detector is run again on a clean checkout, and the change is measured.
import { join } from "node:path";
import type { GoalJudge, OperationContext } from "../../../providers/index.ts";
import { documentDeviations, holdsQuote } from "../service/documents.ts";
import { judgeGoalFacts } from "../service/goal.ts";
import { type Deviation, Goal } from "../types/index.ts";
import { type Definitions, readDefinitions, scanFindings, scanTree } from "./scan.ts";

interface Seen { readonly left: Deviation | undefined; readonly quotes: readonly string[]; placeOf(file: string): { readonly domain: string } }

export const judgeGoal: GoalJudge = async (context, { rootPath, baseCommit, value, changed }) => {
  const goal = Goal.parse(JSON.parse(value));
  const definitions = await readDefinitions(context, { rootPath, commit: baseCommit });
  const { left, quotes, placeOf } = goal.kind === "document" ? await seeDocument(context, rootPath, definitions, goal) : await seeCode(context, rootPath, definitions, goal);
  return [...judgeGoalFacts({ goal, changed, left, domainOf: (file) => placeOf(file).domain }), ...quotes.map((quote) => `${goal.file} still says: ${quote}`)];
};

async function seeCode(context: OperationContext, treePath: string, definitions: Definitions, goal: Goal): Promise<Seen> {
  const principle = definitions.principles.find(({ id }) => id === goal.principle);
  const { deviations, placeOf } = await scanTree(context, { treePath, definitions, principles: principle === undefined ? [] : [principle] });
  const file = goal.gone.length === 0 ? "" : await context.providers.files.readText(join(treePath, goal.file)) ?? "";
  const lines = new Set(file.split("\n").map((line) => line.trim()));
  return { left: deviations.find(({ id }) => id === goal.deviation), quotes: goal.gone.filter((quote) => lines.has(quote)), placeOf };
}

async function seeDocument(context: OperationContext, treePath: string, definitions: Definitions, goal: Goal): Promise<Seen> {
  const { findings, placeOf } = await scanFindings(context, { treePath, yaml: definitions.yaml });
  const page = await context.providers.files.readText(join(treePath, goal.file)) ?? "";
  return { left: documentDeviations(findings, placeOf).find(({ id }) => id === goal.deviation), quotes: goal.gone.filter((quote) => holdsQuote(page, quote)), placeOf };
}
