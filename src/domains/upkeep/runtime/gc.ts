// `inspan gc`: looks at the freshly fetched base, proposes one small pull request a deviation, and nothing where nothing deviates.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { compileGlobs } from "../../lint/index.ts";
import { mergeSection } from "../../pull-request/index.ts";
import { openPullRequests } from "../../pull-request/runtime/index.ts";
import { type GradeRecord, rankCells } from "../../quality/index.ts";
import { assess } from "../../quality/runtime/index.ts";
import { budgetsSection, isAtRest } from "../../task/index.ts";
import { openTasks } from "../../task/runtime/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { openRepository, refreshBase, removeDeadTrees, withTemporaryTree } from "../../worktree/runtime/index.ts";
import { openProposalStore, type ProposalStore } from "../repo/proposals.ts";
import { orderDeviations } from "../service/deviations.ts";
import { lessonAgainst, parseLessons, withLessons } from "../service/lessons.ts";
import { quoteOf } from "../service/reviewing.ts";
import { repairPromptOf, titleOfRepair } from "../service/prompts.ts";
import type { Deviation, Goal, Lesson, Proposal } from "../types/index.ts";
import { attemptsMax, settleProposals, tasksByDeviation } from "./proposals.ts";
import { type PrincipleReadings, readPrinciples } from "./read-principles.ts";
import { type Repair, type RepairEnd, runRepairs } from "./repair.ts";
import { createRunTokens, type RunTokens } from "./run-tokens.ts";
import { type Definitions, readDefinitions, scanTree } from "./scan.ts";

export interface UpkeepInput {
  readonly max: number | undefined;
  readonly isDryRun: boolean;
  readonly agent: { readonly driver?: string | undefined; readonly model?: string | undefined; readonly effort?: string | undefined };
  readonly until: "pr" | "merge" | undefined;
  readonly isUnsandboxedAllowed: boolean;
  /** What an agent reads in this run: principles that name a reviewer, or pages; 0 for nothing. */
  readonly readings: number | undefined;
  /** Of the whole run; upkeep.tokens unless told. */
  readonly tokens: number | undefined;
}

export interface TokensLine { readonly spent: number; readonly max: number }
export const tokensLine = (tokens: RunTokens): TokensLine => ({ spent: tokens.spent(), max: tokens.max });

/** "new" is what this run proposes; the rest says why not. */
export interface FoundDeviation extends Deviation { readonly state: "new" | "over-max" | "open" | "stuck" | "rejected" | "waits"; readonly because: string }
export interface GradeLine { readonly overall: GradeRecord["overall"]; readonly debtRatio: number; readonly debtMinutes: number }
export interface GcAnswer {
  readonly version: 1;
  readonly base: string;
  readonly isDryRun: boolean;
  readonly isOwn: boolean;
  readonly principles: readonly string[];
  readonly found: readonly FoundDeviation[];
  /** Principles that a reader could not judge, and why. */
  readonly failed: PrincipleReadings["failed"];
  readonly proposed: readonly RepairEnd[];
  readonly lessons: readonly Lesson[];
  readonly tokens: TokensLine;
  readonly grades: { readonly before: GradeLine; readonly after: GradeLine | null };
  readonly durationMs: number;
}

export interface World { readonly repository: Repository; readonly store: ProposalStore }

/** One run of upkeep at a time; two would propose the same twice. Rejects with UPKEEP_RUNNING. */
export async function withUpkeep<Result>(context: OperationContext, work: (world: World) => Promise<Result>): Promise<Result> {
  const { providers } = context;
  const repository = await openRepository(context);
  const store = openProposalStore(providers.databases, repository.statePath);
  const lease = { pid: process.pid, startTime: providers.processes.startTimeOf(process.pid) ?? "" };
  try {
    if (!(await store.enter("upkeep", lease, ({ pid, startTime }) => providers.processes.isAlive(pid, startTime))))
      throw new InspanError("UPKEEP_RUNNING", `Cannot tend "${repository.name}": another run is at it, expected one at a time.`, { remedy: "inspan ps" });
    try { return await work({ repository, store }); } finally { await store.leave("upkeep", lease); }
  } finally { await store.close(); }
}

export async function runGc(context: OperationContext, input: UpkeepInput): Promise<GcAnswer> {
  const { providers, signal } = context;
  const started = providers.clock.monotonicMs();
  return withUpkeep(context, async ({ repository, store }) => {
    const base = await refreshBase(providers.git, repository, signal);
    const definitions = await readDefinitions(context, { rootPath: repository.rootPath, commit: base.commit });
    const tokens = createRunTokens(input.tokens ?? definitions.upkeep.tokens);
    const { deviations, grade, failed } = await lookAt(context, { repository, store }, definitions, { ...input, run: tokens });
    const settled = await settle(context, { repository, store, isDryRun: input.isDryRun, lessonsPath: definitions.upkeep.lessons });
    const lessons = [...definitions.lessons, ...settled.lessons];
    const found = choose({ deviations, lessons, known: settled.known, max: input.max ?? definitions.upkeep.max, debtMax: definitions.upkeep.debtMax });
    const chosen = found.filter(({ state }) => state === "new");
    const proposed = input.isDryRun || chosen.length === 0 ? [] : await propose(context, { repository, store, definitions, chosen, input: { ...input, run: tokens } });
    const isMerged = proposed.some(({ pullRequest }) => pullRequest?.state === "merged");
    const after = isMerged ? await regrade(context, repository) : null;
    return {
      version: 1,
      base: base.commit,
      isDryRun: input.isDryRun,
      isOwn: definitions.isOwn,
      principles: definitions.principles.map(({ id }) => id),
      found,
      failed,
      proposed,
      lessons: settled.fresh,
      tokens: tokensLine(tokens),
      grades: { before: lineOf(grade), after }, durationMs: Math.round(providers.clock.monotonicMs() - started),
    };
  });
}

const lineOf = ({ overall, debtRatio, cells }: GradeRecord): GradeLine => ({ overall, debtRatio, debtMinutes: cells.reduce((sum, cell) => sum + cell.debtMinutes, 0) });

async function gradeTree(context: OperationContext, treePath: string, commit: string): Promise<GradeRecord> {
  return (await assess({ context, rootPath: treePath, statePath: join(context.statePath, "check"), commit, committedAt: context.providers.clock.nowIso() })).record;
}

/** With the tokens that this run shares. */
export interface RunInput extends UpkeepInput { readonly run: RunTokens }

interface Looked { readonly deviations: readonly Deviation[]; readonly grade: GradeRecord; readonly failed: PrincipleReadings["failed"] }

async function lookAt(context: OperationContext, { repository, store }: World, definitions: Definitions, input: RunInput): Promise<Looked> {
  await removeDeadTrees(context.providers, repository);
  return withTemporaryTree(context.providers, repository, { commit: definitions.commit, signal: context.signal }, async (treePath) => {
    const { deviations, placeOf } = await scanTree(context, { treePath, definitions, side: "code" });
    const readingsMax = input.isDryRun ? 0 : input.readings ?? definitions.upkeep.readings;
    const read = await readPrinciples({
      context,
      repository,
      store,
      treePath,
      commit: definitions.commit,
      definitions,
      readingsMax,
      agent: input.agent,
      isUnsandboxedAllowed: input.isUnsandboxedAllowed,
      tokens: input.run,
      placeOf,
    });
    const grade = await gradeTree(context, treePath, definitions.commit);
    const ranks = new Map(rankCells(grade.cells).map(({ domain, layer }, index) => [`${domain}\0${layer}`, index]));
    return { deviations: orderDeviations([...deviations, ...read.deviations], ({ domain, layer }) => ranks.get(`${domain}\0${layer}`) ?? ranks.size), grade, failed: read.failed };
  });
}

async function regrade(context: OperationContext, repository: Repository): Promise<GradeLine> {
  const base = await refreshBase(context.providers.git, repository, context.signal);
  return withTemporaryTree(context.providers, repository, { commit: base.commit, signal: context.signal }, async (treePath) =>
    lineOf(await gradeTree(context, treePath, base.commit)),
  );
}

export interface Choice {
  readonly deviations: readonly Deviation[];
  readonly lessons: readonly Lesson[];
  readonly known: ReadonlyMap<string, Proposal>;
  readonly max: number;
  readonly debtMax: number;
}

export function choose({ deviations, lessons, known, max, debtMax }: Choice): readonly FoundDeviation[] {
  let taken = 0, debts = 0;
  return deviations.map((deviation): FoundDeviation => {
    const lesson = lessonAgainst(deviation, lessons, (globs, file) => compileGlobs(globs.split(/[\s,]+/))(file));
    const row = known.get(deviation.id);
    if (row?.state === "rejected" || lesson !== undefined) return { ...deviation, state: "rejected", because: lesson?.because ?? `rejected: ${row?.title ?? ""}` };
    if (row?.state === "open")
      return {
        ...deviation,
        state: "open",
        because: row.pullRequest === null ? `task ${row.taskId ?? ""} waits for a person` : `pull request ${row.pullRequest} is open`,
      };
    if (row !== undefined && row.state !== "begun" && row.attempts >= attemptsMax) return { ...deviation, state: "stuck", because: `${row.attempts} repairs did not end it` };
    const isDebt = deviation.kind.endsWith("/debt");
    if (isDebt && debts >= debtMax) return { ...deviation, state: "waits", because: `${debtMax} entries of the tracker a run` };
    if (taken >= max) return { ...deviation, state: "over-max", because: `${max} pull requests a run` };
    taken++;
    if (isDebt) debts++;
    return { ...deviation, state: "new", because: "" };
  });
}

interface Settling { readonly repository: Repository; readonly store: ProposalStore; readonly isDryRun: boolean; readonly lessonsPath: string }

/** Earlier proposals as they stand, and lessons of the checkout; new ones are written there for the person to commit. */
export async function settle(context: OperationContext, { repository, store, isDryRun, lessonsPath }: Settling) {
  const { providers, signal } = context;
  const configuration = await context.loadConfiguration(repository.rootPath);
  const pullRequests = repository.remote === undefined ? undefined : await openPullRequests({ providers, repository, configuration, signal });
  const tasks = await openTasks(context);
  try {
    const { lessons: fresh, known } = await settleProposals(context, { store, tasks, pullRequests });
    const path = join(repository.rootPath, lessonsPath);
    const text = await providers.files.readText(path);
    const rejected = [...known.values()]
      .filter(({ state }) => state === "rejected")
      .map(({ kind, title, at }): Lesson => ({ kind, where: "**", since: at.slice(0, 10), because: "a person did not want it", from: title }));
    if (fresh.length > 0 && !isDryRun) await providers.files.writeText(path, withLessons(text, fresh));
    return { fresh, known, lessons: [...parseLessons(text ?? ""), ...fresh, ...rejected] };
  } finally {
    await tasks.close();
    pullRequests?.close();
  }
}

interface Proposing {
  readonly repository: Repository;
  readonly store: ProposalStore;
  readonly definitions: Definitions;
  readonly chosen: readonly Deviation[];
  readonly input: RunInput;
}

async function propose(context: OperationContext, { repository, store, definitions, chosen, input }: Proposing): Promise<readonly RepairEnd[]> {
  if (repository.remote === undefined)
    throw new InspanError("REMOTE_MISSING", `Cannot open pull requests for "${repository.rootPath}": it has no remote.`, {
      kind: "usage",
      remedy: "git remote add origin <url> (or look only: inspan gc --dry-run)",
    });
  const { linesMax, filesMax, atOnce } = definitions.upkeep;
  const tasks = await openTasks(context);
  const begun = await tasksByDeviation(tasks).finally(() => tasks.close());
  const repairs = chosen.flatMap((deviation): Repair[] => {
    const principle = definitions.principles.find(({ id }) => id === deviation.principle);
    if (principle === undefined) return [];
    const goal: Goal = {
      version: 1,
      kind: "deviation",
      deviation: deviation.id,
      principle: principle.id,
      file: deviation.file,
      linesMax: deviation.kind.endsWith("/debt") ? linesMax * debtTimes : linesMax,
      filesMax,
      gone: deviation.kind.endsWith("/reviewer") ? [quoteOf(deviation)] : [],
    };
    const task = begun.get(deviation.id);
    return [
      {
        deviation,
        title: titleOfRepair(deviation),
        prompt: repairPromptOf(deviation, principle, goal),
        goal,
        begun: task !== undefined && !isAtRest(task) ? task : undefined,
      },
    ];
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

/** An entry of the tracker was thought too large for the change that made it. */
const debtTimes = 3;

export async function taskTokensMax(context: OperationContext, definitions: Definitions): Promise<number> {
  return (await context.parseConfiguration(definitions.yaml, "inspan.yaml")).read(budgetsSection).tokens;
}

/** As policy says: merged where the repository merges by itself, else open for a person. */
export async function untilOf(context: OperationContext, definitions: Definitions, asked: "pr" | "merge" | undefined): Promise<"pr" | "merge"> {
  if (asked !== undefined) return asked;
  const { policy } = (await context.parseConfiguration(definitions.yaml, "inspan.yaml")).read(mergeSection);
  return policy === "none" ? "pr" : "merge";
}
