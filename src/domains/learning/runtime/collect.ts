// Feedback that nobody sends: reverts, what people changed in agents' files, words on pull requests, commands tried in vain. Each is kept once.
import { messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import type { SignalRecorder } from "../../feedback/runtime/index.ts";
import type { PullRequests, Said } from "../../pull-request/runtime/index.ts";
import { openTasks } from "../../task/runtime/index.ts";
import type { Repository } from "../../worktree/index.ts";
import type { LearningConfig } from "../config.ts";
import { readChanges, readDiff, type HistoryPort, type PastChange } from "../repo/history.ts";
import { correctionOf, failedCheckOf, failedCommandsOf, isByPerson, revertOf, taskOf, wordsOf, type Collected } from "../service/collecting.ts";

/** First-parent commits that are read; more in two weeks and a night sees the newest. */
const commitsMax = 1_000;
/** Of one change by a person: a reformatting is no correction. */
const filesPerChangeMax = 20;
const hunksPerFileMax = 5;
/** Pull requests whose words are read a night, newest first. */
const pullsMax = 30;
/** Commits of the base whose checks are asked for: a day's merges. */
const checkedCommitsMax = 20;
/** Failed checks whose logs are read: each is two requests. */
const failedMax = 30;
const tasksMax = 50;
const linesPerTask = 500;
const dayMs = 86_400_000;

export interface CollectOptions {
  readonly context: OperationContext;
  readonly repository: Repository;
  readonly signals: SignalRecorder;
  readonly pullRequests: PullRequests | undefined;
  readonly base: string;
  readonly config: LearningConfig;
}
export interface CollectAnswer { readonly added: number; readonly byKind: Readonly<Record<string, number>>; readonly warnings: readonly string[] }

/** A source that cannot be read is a warning; the others are read all the same. */
export async function collectSignals(options: CollectOptions): Promise<CollectAnswer> {
  const { context, repository, signals } = options;
  const port: HistoryPort = { git: context.providers.git, rootPath: repository.rootPath, signal: context.signal };
  const warnings: string[] = [];
  const byKind: Record<string, number> = {};
  const sources: readonly (readonly [string, () => Promise<readonly Collected[]>])[] = [
    ["git", () => fromHistory(port, options)],
    ["pull requests", () => fromPulls(options, warnings)],
    ["transcripts", () => fromTranscripts(options)],
  ];
  for (const [name, read] of sources) {
    try {
      for (const { signal, once } of await read()) if (await signals.record(signal, once)) byKind[signal.kind] = (byKind[signal.kind] ?? 0) + 1;
    } catch (error) {
      context.signal.throwIfAborted();
      warnings.push(`${name} cannot be read: ${messageOf(error)}`);
    }
  }
  return { added: Object.values(byKind).reduce((sum, count) => sum + count, 0), byKind, warnings };
}

async function fromHistory(port: HistoryPort, { context, base, config }: CollectOptions): Promise<readonly Collected[]> {
  const since = new Date(context.providers.clock.nowMs() - config.editDays * dayMs).toISOString();
  const changes = await readChanges(port, base, { countMax: commitsMax, since });
  const find = (commit: string) => changes.find((one) => one.commit.startsWith(commit));
  const reverts = changes.flatMap((change) => revertOf(change, find) ?? []);
  const agents = new Map(changes.flatMap((change): [string, string][] => { const task = taskOf(change); return task === undefined ? [] : [[change.commit, task]]; }));
  const corrections: Collected[] = [];
  if (agents.size > 0) for (const change of changes.filter(isByPerson)) corrections.push(...await correctionsIn(port, change, agents));
  return [...reverts, ...corrections];
}

/** Hunks of a person's change whose old lines an agent's merge had brought, by blame of the commit before. */
async function correctionsIn(port: HistoryPort, change: PastChange, agents: ReadonlyMap<string, string>): Promise<readonly Collected[]> {
  const files = await readDiff(port, change.parent, change.commit);
  if (files.length > filesPerChangeMax) return [];
  const found: Collected[] = [];
  for (const { file, hunks } of files) {
    for (const hunk of hunks.filter(({ oldLines }) => oldLines > 0).slice(0, hunksPerFileMax)) {
      const blamed = await port.git.run(["blame", "-l", "-s", "-L", `${hunk.oldFrom},+${hunk.oldLines}`, change.parent, "--", file], {
        cwd: port.rootPath,
        signal: port.signal,
        env: { GIT_LITERAL_PATHSPECS: "1" },
        acceptExitCodes: [128],
      });
      const task = blamed.stdout.split("\n").flatMap((line) => agents.get(line.slice(0, 40)) ?? [])[0];
      if (task !== undefined) { found.push(correctionOf(change, { file, hunk, task, parent: change.parent })); break; }
    }
  }
  return found;
}

async function fromPulls({ context, pullRequests, config, base, repository }: CollectOptions, warnings: string[]): Promise<readonly Collected[]> {
  if (pullRequests === undefined) return [];
  const since = new Date(context.providers.clock.nowMs() - config.editDays * dayMs).toISOString();
  const pulls = await pullRequests.listUpdated({ since, countMax: pullsMax });
  const found: Collected[] = [];
  const failed = new Map<string, Said["failed"][number]>();
  for (const pull of pulls) {
    try {
      const said = await pullRequests.readSaid(pull);
      for (const comment of said.comments) found.push(...wordsOf(comment, pull.taskId));
      // A task has kept what failed on its own head.
      if (pull.taskId === undefined) for (const check of said.failed) failed.set(check.id, check);
    } catch (error) {
      context.signal.throwIfAborted();
      warnings.push(`pull request ${pull.id} cannot be read: ${messageOf(error)}`);
    }
  }
  const commits = (await context.providers.git.text(["rev-list", "--first-parent", "-n", String(checkedCommitsMax), base, "--"], { cwd: repository.rootPath }))
    .split("\n")
    .filter((commit) => commit !== "");
  try { for (const check of await pullRequests.readFailed(commits)) failed.set(check.id, check); } catch (error) {
    context.signal.throwIfAborted();
    warnings.push(`checks of the base cannot be read: ${messageOf(error)}`);
  }
  for (const check of [...failed.values()].slice(0, failedMax))
    found.push(failedCheckOf(check, await pullRequests.readCheckLog(check).catch(() => check.summary))); // a log that is gone leaves the summary
  if (failed.size > failedMax) warnings.push(`${failed.size - failedMax} more failed checks were left out`);
  return found;
}

async function fromTranscripts({ context }: CollectOptions): Promise<readonly Collected[]> {
  const tasks = await openTasks(context);
  try {
    const since = new Date(context.providers.clock.nowMs() - 2 * dayMs).toISOString();
    const recent = (await tasks.store.list({ countMax: tasksMax })).filter(({ state }) => state.updatedAt >= since);
    const found: Collected[] = [];
    for (const { state } of recent) found.push(...failedCommandsOf(state.id, await tasks.store.lastRecords(state.id, "agent", linesPerTask)));
    return found;
  } finally { await tasks.close(); }
}
