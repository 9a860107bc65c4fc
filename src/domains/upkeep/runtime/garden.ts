// `inspan garden`: stale and untrue documents of the freshly fetched base become small pull requests, one a page. First what rules see, then what a reader finds.
import type { OperationContext } from "../../../providers/index.ts";
import { listFiles } from "../../lint/runtime/index.ts";
import { isAtRest } from "../../task/index.ts";
import { openTasks } from "../../task/runtime/index.ts";
import { InspanError } from "../../../base/errors.ts";
import { refreshBase, removeDeadTrees, withTemporaryTree } from "../../worktree/runtime/index.ts";
import { documentDeviations, documentsPrinciple } from "../service/documents.ts";
import { repairPromptOf, titleOfRepair } from "../service/prompts.ts";
import type { Deviation, Goal, Lesson } from "../types/index.ts";
import { choose, type FoundDeviation, type RunInput, settle, taskTokensMax, tokensLine, type TokensLine, untilOf, type UpkeepInput, withUpkeep, type World } from "./gc.ts";
import { createRunTokens } from "./run-tokens.ts";
import { tasksByDeviation } from "./proposals.ts";
import { readDocuments, type Readings } from "./read-documents.ts";
import { type Repair, type RepairEnd, runRepairs } from "./repair.ts";
import { type Definitions, readDefinitions, scanFindings } from "./scan.ts";

export interface GardenAnswer {
  readonly version: 1;
  readonly base: string;
  readonly isDryRun: boolean;
  readonly found: readonly FoundDeviation[];
  readonly read: readonly string[];
  readonly failed: Readings["failed"];
  readonly left: number;
  readonly proposed: readonly RepairEnd[];
  readonly lessons: readonly Lesson[];
  readonly tokens: TokensLine;
  readonly durationMs: number;
}

export async function runGarden(context: OperationContext, input: UpkeepInput): Promise<GardenAnswer> {
  const { providers, signal } = context;
  const started = providers.clock.monotonicMs();
  return withUpkeep(context, async (world) => {
    const { repository, store } = world;
    const base = await refreshBase(providers.git, repository, signal);
    const definitions = await readDefinitions(context, { rootPath: repository.rootPath, commit: base.commit });
    const settled = await settle(context, { repository, store, isDryRun: input.isDryRun, lessonsPath: definitions.upkeep.lessons });
    const tokens = createRunTokens(input.tokens ?? definitions.upkeep.tokens);
    const looked = await look(context, world, definitions, { ...input, run: tokens });
    const found = choose({
      deviations: looked.deviations,
      lessons: [...definitions.lessons, ...settled.lessons],
      known: settled.known,
      max: input.max ?? definitions.upkeep.max,
      debtMax: 0,
    });
    const chosen = found.filter(({ state }) => state === "new");
    const proposed = input.isDryRun || chosen.length === 0 ? [] : await propose(context, { world, definitions, chosen, quotes: looked.quotes, input: { ...input, run: tokens } });
    return {
      version: 1,
      base: base.commit,
      isDryRun: input.isDryRun,
      found,
      read: looked.read,
      failed: looked.failed,
      left: looked.left,
      proposed,
      lessons: settled.fresh,
      tokens: tokensLine(tokens),
      durationMs: Math.round(providers.clock.monotonicMs() - started),
    };
  });
}

interface Looked extends Readings { /** What must not stand in the page any more, by deviation. */ readonly quotes: ReadonlyMap<string, readonly string[]> }

async function look(context: OperationContext, { repository, store }: World, definitions: Definitions, input: RunInput): Promise<Looked> {
  await removeDeadTrees(context.providers, repository);
  return withTemporaryTree(context.providers, repository, { commit: definitions.commit, signal: context.signal }, async (treePath): Promise<Looked> => {
    const { findings, placeOf } = await scanFindings(context, { treePath, yaml: definitions.yaml });
    const seen = documentDeviations(findings, placeOf);
    const { files } = await listFiles(context.providers, treePath, context.signal);
    const readingsMax = input.readings ?? definitions.upkeep.readings;
    // What rules found in a page is mended first; it is read when it is right by them.
    const isSeen = new Set(seen.map(({ file }) => file));
    const readings =
      readingsMax === 0 || input.isDryRun
        ? { deviations: [], read: [], failed: [], left: 0 }
        : await readDocuments({
            context,
            repository,
            store,
            treePath,
            commit: definitions.commit,
            files: files.filter((file) => !isSeen.has(file)),
            readingsMax,
            agent: input.agent,
            isUnsandboxedAllowed: input.isUnsandboxedAllowed,
            tokens: input.run,
            placeOf,
          });
    const quotes = new Map(readings.deviations.map(({ id, found }) => [id, [...found.matchAll(/^It says "([^\n]*)", but /gm)].map((match) => match[1] ?? "")] as const));
    return { ...readings, deviations: [...seen, ...readings.deviations], quotes };
  });
}

interface Proposing { readonly world: World; readonly definitions: Definitions; readonly chosen: readonly Deviation[]; readonly quotes: Looked["quotes"]; readonly input: RunInput }

async function propose(context: OperationContext, { world: { repository, store }, definitions, chosen, quotes, input }: Proposing): Promise<readonly RepairEnd[]> {
  if (repository.remote === undefined)
    throw new InspanError("REMOTE_MISSING", `Cannot open pull requests for "${repository.rootPath}": it has no remote.`, {
      kind: "usage",
      remedy: "git remote add origin <url> (or look only: inspan garden --dry-run)",
    });
  const { linesMax, filesMax, atOnce } = definitions.upkeep;
  const tasks = await openTasks(context);
  const begun = await tasksByDeviation(tasks).finally(() => tasks.close());
  const repairs = chosen.map((deviation): Repair => {
    const goal: Goal = {
      version: 1,
      kind: "document",
      deviation: deviation.id,
      principle: documentsPrinciple.id,
      file: deviation.file,
      linesMax,
      filesMax,
      gone: [...(quotes.get(deviation.id) ?? [])],
    };
    const task = begun.get(deviation.id);
    return {
      deviation,
      title: titleOfRepair(deviation),
      prompt: repairPromptOf(deviation, documentsPrinciple, goal),
      goal,
      begun: task !== undefined && !isAtRest(task) ? task : undefined,
    };
  });
  return runRepairs(context, {
    store,
    repairs,
    settings: {
      agent: input.agent,
      until: await untilOf(context, definitions, input.until),
      isUnsandboxedAllowed: input.isUnsandboxedAllowed,
      atOnce,
      tokens: input.run,
      taskTokensMax: await taskTokensMax(context, definitions),
    },
  });
}
