// `inspan feedback watch`: errors of running instances, tied to the merge that brought them; told, or a fix task or a revert opened.
import { InspanError, messageOf } from "../../../base/errors.ts";
import { fingerprint } from "../../../base/hash.ts";
import { boundText, fenceUntrusted } from "../../../base/text.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { openSignals } from "../../feedback/runtime/index.ts";
import { openPullRequests } from "../../pull-request/runtime/index.ts";
import { isAtRest } from "../../task/index.ts";
import { openTasks, resumeTask, runTask, type TaskResult } from "../../task/runtime/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { commitWorktree, headCommitOf, openRepository, refreshBase, removeDeadTrees, withTemporaryTree } from "../../worktree/runtime/index.ts";
import { openProposalStore, type ProposalStore } from "../repo/proposal-store.ts";
import { readChanges, readDiff, resolveCommit, type HistoryPort } from "../repo/history.ts";
import { quiet } from "../service/body.ts";
import { blameGroup, groupErrors, renderRegression, type Blame, type ErrorEvent, type ErrorGroup, type Merged } from "../service/regression.ts";
import { sinceMsOf, toldError, versionsOf } from "../service/told-errors.ts";
import { branchOf } from "./publish.ts";
import { readErrors, type ErrorsAnswer } from "./read-errors.ts";

/** Merges that an error is tied to; an older fault is no regression. */
const historyMax = 300;
/** Of these the files are read, to see whose they are. */
const filesOfMax = 40;
const proposalsMax = 5_000;
/** Alerts and exceptions of webhooks that are looked at, newest first. */
const toldMax = 500;
/** Tasks that are looked through for one that a killed look began; older ones have ended. */
const tasksMax = 1_000;
/** Tasks or reverts of one look: a storm has one cause. */
const actsMax = 1;

export interface WatchOptions { readonly since: string; readonly url: string | undefined; readonly act: "tell" | "task" | "revert"; readonly isUnsandboxedAllowed: boolean }
export interface Regression {
  readonly key: string;
  readonly service: string;
  readonly what: string;
  readonly kind: ErrorGroup["kind"];
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly isNew: boolean;
  readonly by: Blame["by"];
  readonly isCertain: boolean;
  readonly reason: string;
  readonly suspects: readonly { readonly commit: string; readonly subject: string; readonly at: string }[];
  readonly action: string;
}
export interface WatchAnswer {
  readonly version: 1;
  readonly events: number;
  readonly added: number;
  readonly regressions: readonly Regression[];
  readonly warnings: readonly string[];
}

interface Watching {
  readonly context: OperationContext;
  readonly options: WatchOptions;
  readonly repository: Repository;
  readonly port: HistoryPort;
  readonly base: string;
  readonly store: ProposalStore;
}

export async function watchInstances(context: OperationContext, options: WatchOptions): Promise<WatchAnswer> {
  const { providers, signal } = context;
  const repository = await openRepository(context);
  if (options.act === "revert" && repository.remote === undefined)
    throw new InspanError("REMOTE_MISSING", `Cannot open a revert for "${repository.rootPath}": it has no remote.`, {
      kind: "usage",
      remedy: "git remote add origin <url>, or: inspan feedback watch",
    });
  const base = repository.remote === undefined ? await headCommitOf(providers.git, repository.rootPath) : (await refreshBase(providers.git, repository, signal)).commit;
  const port = { git: providers.git, rootPath: repository.rootPath, signal };
  const signals = openSignals(providers, repository.statePath);
  const store = openProposalStore(providers.databases, repository.statePath);
  const watching: Watching = { context, options, repository, port, base, store };
  try { return await look(watching, signals); } finally {
    store.close();
    await signals.dispose();
  }
}

/** What telemetry and webhooks say. Without telemetry webhooks are enough, and that is said. */
async function readAll({ context, options, port }: Watching, signals: ReturnType<typeof openSignals>): Promise<ErrorsAnswer> {
  const resolve = (version: string) => resolveCommit(port, version);
  const since = new Date(context.providers.clock.nowMs() - sinceMsOf(options.since)).toISOString();
  const told: ErrorEvent[] = [];
  for (const signal of (await signals.list({ countMax: toldMax, kind: "exception" })).filter(({ at }) => at >= since)) {
    let commit: string | undefined;
    for (const version of versionsOf(signal)) commit ??= await resolve(version);
    const event = toldError(signal, commit);
    if (event !== undefined) told.push(event);
  }
  try {
    const read = await readErrors({ context, since: options.since, url: options.url, resolve });
    return { ...read, events: [...read.events, ...told] };
  } catch (error) {
    context.signal.throwIfAborted();
    if (told.length === 0) throw error;
    return { events: told, ran: new Map(), warnings: [`telemetry cannot be read, webhooks alone were: ${messageOf(error)}`] };
  }
}

async function look(watching: Watching, signals: ReturnType<typeof openSignals>): Promise<WatchAnswer> {
  const { options, port, base } = watching;
  const { events, ran, warnings } = await readAll(watching, signals);
  const changes = await readChanges(port, base, { countMax: historyMax });
  const history: Merged[] = [];
  for (const [index, { commit, parent, at, subject }] of changes.entries())
    history.push({ commit, at, subject, files: index < filesOfMax ? (await readDiff(port, parent, commit)).map(({ file }) => file) : [] });
  const regressions: Regression[] = [];
  let added = 0, acts = 0;
  for (const group of groupErrors(events)) {
    const healthy = [...ran.get(group.service) ?? []].filter((commit) => !group.commits.includes(commit));
    const blame = blameGroup(group, { history, healthy });
    const [suspect] = blame.suspects;
    // What came by a webhook is a signal already.
    const isNew = !group.isTold && await signals.record({
      kind: "exception",
      title: `${group.what}${group.kind === "alert" ? " fires" : ""} in ${group.service}`,
      text: renderRegression(group, blame),
      link: group.link,
      cause: `watched:${group.what}@${group.service}`,
      ...(suspect === undefined ? {} : { commit: suspect.commit }),
    }, `watch:${group.key}:${suspect?.commit ?? group.firstAt.slice(0, 10)}`);
    if (isNew) added += 1;
    // What only time ties to a merge is enough for an agent to look, not for taking anything back.
    const wanted = suspect !== undefined && acts < actsMax && (options.act === "task" ? blame.by !== "unmerged" : options.act === "revert" && blame.by === "version");
    const action = wanted ? await act(watching, group, blame, suspect) : "told";
    if (action !== "told" && !action.startsWith("known")) acts += 1;
    regressions.push({
      key: group.key,
      service: group.service,
      what: group.what,
      kind: group.kind,
      count: group.count,
      firstAt: group.firstAt,
      lastAt: group.lastAt,
      isNew,
      by: blame.by,
      isCertain: blame.isCertain,
      reason: blame.reason,
      suspects: blame.suspects.map(({ commit, subject, at }) => ({ commit, subject, at })),
      action,
    });
  }
  return { version: 1, events: events.length, added, regressions, warnings };
}

/** A revert only of what is certain; everything else becomes a task, whose agent looks first. Each regression is acted on once. */
async function act(watching: Watching, group: ErrorGroup, blame: Blame, suspect: Merged): Promise<string> {
  const { context, options, store } = watching;
  const cluster = `regression:${group.key}:${suspect.commit.slice(0, 12)}`;
  const known = store.list(proposalsMax).find((one) => one.cluster === cluster);
  if (known !== undefined) return `known: ${known.reason}`;
  const isRevert = options.act === "revert" && blame.isCertain;
  const keep = (reason: string, pull: { readonly id: string; readonly url: string; readonly branch: string } | undefined): string => {
    store.add({
      id: context.providers.random.id(8),
      cluster,
      guardrail: "",
      rung: "lint",
      title: group.what,
      at: context.providers.clock.nowIso(),
      state: pull === undefined ? "told" : "open",
      reason,
      branch: pull?.branch ?? "",
      pullRequest: pull?.id ?? "",
      url: pull?.url ?? "",
      lastSignal: 0,
      signalIds: [],
    });
    return reason;
  };
  try {
    if (isRevert) {
      const pull = await openRevert(watching, group, blame, { suspect, id: fingerprint(cluster).slice(0, 6) });
      if (pull !== undefined) return keep(`revert of ${suspect.commit.slice(0, 10)} opened: pull request ${pull.id}`, pull);
    }
    const { state } = await runOnce(watching, {
      about: `Find why this error appears since ${suspect.commit.slice(0, 10)}, show it by a failing test and mend it (error ${fingerprint(cluster).slice(0, 12)}).`,
      more: fenceUntrusted("error", renderRegression(group, blame)),
    });
    return keep(`task ${state.id} is ${state.status}`, undefined);
  } catch (error) {
    context.signal.throwIfAborted();
    // Another look is at it.
    if (error instanceof InspanError && error.code === "TASK_RUNNING") return `known: ${messageOf(error)}`;
    return `cannot be acted on: ${messageOf(error)}`;
  }
}

/** The task whose prompt begins with `about`: where an earlier look was killed within it, it goes on; another one is never begun. */
async function runOnce({ context, options, repository }: Watching, { about, more }: { readonly about: string; readonly more: string }): Promise<Pick<TaskResult, "state">> {
  const quietly = { ...context, emit: () => undefined };
  const tasks = await openTasks(context);
  const begun = await tasks.store.list({ countMax: tasksMax }).then((all) => all.find(({ state }) => state.prompt.startsWith(about))?.state).finally(() => tasks.close());
  if (begun !== undefined) return isAtRest(begun) ? { state: begun } : resumeTask(quietly, { id: begun.id, isUnsandboxedAllowed: options.isUnsandboxedAllowed });
  return runTask(quietly, {
    prompt: `${about}\n\n${more}`,
    source: "file",
    agent: {},
    until: repository.remote === undefined ? "patch" : "pr",
    budget: {},
    isUnsandboxedAllowed: options.isUnsandboxedAllowed,
  });
}

/** Undefined where the revert does not apply any more. `id` is the error's own: what a killed look has pushed or opened is found by it. */
async function openRevert(
  { context, repository, base }: Watching,
  group: ErrorGroup,
  blame: Blame,
  { suspect, id }: { readonly suspect: Merged; readonly id: string },
): Promise<{ readonly id: string; readonly url: string; readonly branch: string } | undefined> {
  const { providers, signal } = context;
  const pullRequests = await openPullRequests({ providers, repository, configuration: await context.loadConfiguration(repository.rootPath), signal });
  const branch = branchOf(`revert ${suspect.subject}`, id);
  try {
    const opened = await pullRequests.findByBranch(branch);
    if (opened !== undefined) return { id: opened.id, url: opened.url, branch };
    await removeDeadTrees(providers, repository);
    const commit = await refreshBase(providers.git, repository, signal);
    return await withTemporaryTree(providers, repository, { commit: commit.commit, signal }, async (treePath) => {
      const parents = (await providers.git.text(["rev-list", "--parents", "-n", "1", suspect.commit], { cwd: treePath })).split(" ").length - 1;
      const reverted = await providers.git.run(["revert", "--no-commit", ...(parents > 1 ? ["-m", "1"] : []), suspect.commit], {
        cwd: treePath,
        signal,
        acceptExitCodes: [1, 128],
      });
      if (reverted.exitCode !== 0) return undefined;
      const title = `Revert "${quiet(suspect.subject)}"`;
      const head = await commitWorktree(providers.git, treePath, `${title}\n\nThis reverts commit ${suspect.commit}.\n`);
      if (head === undefined) return undefined;
      const push = (expectedRemote: string | undefined) => pullRequests.pushBranch({ worktreePath: treePath, branch, commit: head, expectedRemote });
      const pushed = await push(undefined);
      // Without a pull request it is what a killed look has left: its branch is written anew.
      if (pushed.kind === "moved" && (await push(pushed.remoteCommit)).kind === "moved") return undefined;
      const body = boundText(
        [
          "## What",
          "",
          `Takes ${suspect.commit} back.`,
          "",
          "## Why",
          "",
          ...renderRegression(group, blame).split("\n").map(quiet),
          "",
          "A person merges it, or closes it and mends the fault another way.",
        ].join("\n"),
        20_000,
      );
      const pull = await pullRequests.openPullRequest({
        taskId: `revert-${id}`,
        branch,
        baseBranch: repository.baseBranch,
        baseCommit: base,
        headCommit: head,
        title,
        body,
        reviewers: [],
      });
      return { id: pull.id, url: pull.url, branch };
    });
  } finally { pullRequests.close(); }
}
