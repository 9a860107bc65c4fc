// `inspan task rework`: throws a change away, keeps why as a signal and the work under a rescue ref, and begins the same task afresh with the reason before it.
import { InspanError } from "../../../base/errors.ts";
import { fingerprint } from "../../../base/hash.ts";
import { boundText } from "../../../base/text.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { openPullRequests } from "../../pull-request/runtime/index.ts";
import { changedBetween, deleteBranch, releaseWorktree } from "../../worktree/runtime/index.ts";
import type { Budget, TaskState } from "../types/index.ts";
import { resumeWithGroup, settleGroup } from "./group.ts";
import { cancelAtRest, runTaskIn, type TaskResult } from "./start.ts";
import { attachTask, commandTask, openTasks, readTask, type OpenTasks } from "./watch.ts";

// What the next author is told of the last change: its plan and its files, no novel.
const triedCharsMax = 4_000;
const filesMax = 60;
const findingsMax = 20;
// Tasks that are looked through for one that was begun in another's place; older ones are history.
const tasksMax = 1_000;

export interface ReworkOptions {
  readonly id: string;
  readonly why: string;
  readonly agent: { readonly driver?: string | undefined; readonly model?: string | undefined; readonly effort?: string | undefined };
  readonly budget: Partial<Budget>;
  readonly isUnsandboxedAllowed: boolean;
}

/** Ends whatever works on the task. Uncommitted work goes to a rescue ref; a task that has ended has none left. */
async function stop(tasks: OpenTasks, state: TaskState): Promise<readonly string[]> {
  if (state.status === "done" || state.status === "cancelled" || state.status === "failed") {
    const { rescueRef, deleted } = await releaseWorktree(tasks.run.providers, tasks.run.repository, state.id);
    await deleted;
    return rescueRef ? [rescueRef] : [];
  }
  if (await commandTask(tasks, state, { kind: "cancel" })) {
    const end = await attachTask(tasks, state, { after: Number.MAX_SAFE_INTEGER, signal: tasks.run.context.signal, onRecord: () => undefined });
    if (end.mergeCommit) throw merged(end);
    if (end.status === "cancelled" || end.status === "done") return [];
  }
  const { rescueRef } = await cancelAtRest(tasks, state);
  return rescueRef ? [rescueRef] : [];
}

function merged(state: TaskState): InspanError {
  return new InspanError(
    "TASK_MERGED",
    `Cannot rework task "${state.id}": its change is merged as ${(state.mergeCommit ?? "").slice(0, 10)}, expected one that is not.`,
    { kind: "usage", remedy: 'inspan task run "<what is to be different>"' },
  );
}

/** Commits of the change stay reachable; its branch goes. */
async function rescueCommits({ run }: OpenTasks, { id, head, worktree }: TaskState): Promise<readonly string[]> {
  if (!head || !worktree || head === worktree.baseCommit) return [];
  const ref = `refs/inspan/rescue/${id}-rework-${head.slice(0, 10)}`;
  const kept = await run.providers.git.run(["update-ref", ref, head], { cwd: run.repository.rootPath, acceptExitCodes: [128] });
  if (kept.exitCode !== 0) return []; // its objects are gone: nothing is left that could be kept
  await deleteBranch(run.providers.git, run.repository, { branch: worktree.branch, head });
  return [ref];
}

/** Begun afresh, it waits for the others again. */
function freshGroup({ isWaiting: _, isReleased: __, isAlone: ___, ...group }: NonNullable<TaskState["group"]>): NonNullable<TaskState["group"]> {
  return group;
}

async function describeTried({ run }: OpenTasks, state: TaskState): Promise<string> {
  const { worktree, head, plan } = state;
  const changed =
    worktree && head && head !== worktree.baseCommit
      ? (await changedBetween(run.providers.git, run.repository.rootPath, { from: worktree.baseCommit, to: head }).catch(() => [])).map(({ path }) => path)
      : []; // objects that are gone say nothing
  return boundText([
    ...(plan ? [plan.summary, ...plan.steps.map((step, index) => `${index + 1}. ${step}`)] : []),
    ...(changed.length > 0 ? [`Files: ${changed.slice(0, filesMax).join(", ")}`] : []),
    ...state.review.findings
      .filter(({ state: at }) => at === "open" || at === "insisted")
      .slice(0, findingsMax)
      .map((finding) => `Open: ${finding.priority} ${finding.reviewer}: ${finding.title}`),
    ...(state.hold ? [`Held: ${state.hold.question}`] : []),
  ].join("\n") || "nothing that was kept", triedCharsMax);
}

/** The pull request of the thrown away change says why and is closed; the new one will name it. */
async function closePullRequest({ run }: OpenTasks, state: TaskState, why: string): Promise<void> {
  if (!state.pullRequest) return;
  const pullRequests = await openPullRequests({
    providers: run.providers,
    repository: run.repository,
    configuration: await run.context.loadConfiguration(run.repository.rootPath),
    signal: run.context.signal,
  });
  try {
    const now = await pullRequests.readPullRequest(state.pullRequest.id);
    if (now.state === "merged")
      throw merged({ ...state, ...(now.mergeCommit ? { mergeCommit: now.mergeCommit as NonNullable<TaskState["mergeCommit"]> } : {}) }); // a forge named it
    await pullRequests.say(state.pullRequest, {
      effect: `rework:${fingerprint(why).slice(0, 10)}`,
      body: `### Begun afresh\n\nThis change is thrown away: ${why}\n\nA new pull request for the same task will name this one.`,
    });
    await pullRequests.abandon(now);
  } finally { pullRequests.close(); }
}

/** The task that was begun in its place and is not thrown away itself: a command that was killed after that begins no second one. */
async function findBegun({ store }: OpenTasks, { id }: TaskState): Promise<TaskState | undefined> {
  return (await store.list({ countMax: tasksMax })).find(({ state }) => state.rework?.of === id && state.status !== "cancelled" && state.status !== "failed")?.state;
}

async function goOn(
  context: OperationContext,
  { begun, state, why, options }: { readonly begun: TaskState; readonly state: TaskState; readonly why: string; readonly options: ReworkOptions },
): Promise<ReworkResult> {
  if (begun.rework?.why !== why)
    throw new InspanError("TASK_REWORKED", `Cannot rework task "${state.id}": it was begun afresh already, as task "${begun.id}".`, {
      kind: "usage",
      remedy: `inspan task rework ${begun.id} "<why>"`,
    });
  context.progress(`it was begun afresh already, as task ${begun.id}, which goes on`);
  const { result } = await resumeWithGroup(context, { id: begun.id, isUnsandboxedAllowed: options.isUnsandboxedAllowed });
  return { ...result, reworkOf: state.id, rescueRefs: begun.rework.kept ?? [] };
}

export type ReworkResult = TaskResult & { readonly reworkOf: string; readonly rescueRefs: readonly string[] };

/**
 * Ends the task and runs it again. May be repeated after a crash: every step looks first, and the new task is stored last. Rejects with TASK_MISSING, TASK_MERGED, REWORK_UNEXPLAINED
 * and as runTask() does.
 */
export async function reworkTask(context: OperationContext, options: ReworkOptions): Promise<ReworkResult> {
  const why = context.providers.secrets.redact(options.why.trim());
  if (why === "")
    throw new InspanError("REWORK_UNEXPLAINED", `Cannot rework task "${options.id}": no reason was given, expected one that the next author can learn from.`, {
      kind: "usage",
      remedy: `inspan task rework ${options.id} "<why>"`,
    });
  const tasks = await openTasks(context);
  try {
    const state = await readTask(tasks, options.id);
    if (state.mergeCommit) throw merged(state);
    const begun = await findBegun(tasks, state);
    if (begun) return await goOn(context, { begun, state, why, options });
    await closePullRequest(tasks, state, why);
    const tried = await describeTried(tasks, state);
    const rescueRefs = [...await stop(tasks, state), ...await rescueCommits(tasks, state)];
    const link = state.pullRequest?.url ?? `task ${state.id}`;
    await tasks.run.signals.record(
      {
        kind: "correction",
        title: `Reworked: ${state.title}`,
        text: `${why}\n\n${tried}`,
        link,
        cause: `rework:${why.toLowerCase().replaceAll(/\s+/g, " ").slice(0, 120)}`,
        taskId: state.id,
        ...(state.head ? { commit: state.head } : {}),
      },
      `${state.id}:rework`,
    );
    await tasks.run.record(state, [{ type: "reworked", data: { why, rescueRefs } }]);
    for (const ref of rescueRefs) context.progress(`the work is kept: git show ${ref}`);
    const result = await runTaskIn(tasks, {
      prompt: state.prompt,
      source: state.source,
      agent: {
        driver: options.agent.driver ?? state.agent.driver,
        model: options.agent.model ?? state.agent.model,
        effort: options.agent.effort ?? state.agent.effort,
      },
      until: state.until,
      featuresPath: state.features?.path,
      budget: { ...state.budget, ...options.budget },
      isUnsandboxedAllowed: options.isUnsandboxedAllowed || state.isUnsandboxedAllowed,
      ...(state.goal ? { goal: state.goal } : {}),
      ...(state.group ? { group: freshGroup(state.group) } : {}),
      rework: { of: state.id, why, tried, kept: [...rescueRefs], ...(state.pullRequest ? { pullRequest: state.pullRequest.url } : {}) },
    });
    const { group } = result.state;
    if (group?.places && !result.isStopped) await settleGroup(context, group);
    return { ...result, state: (await tasks.store.read(result.state.id)) ?? result.state, reworkOf: state.id, rescueRefs };
  } finally { await tasks.close(); }
}
