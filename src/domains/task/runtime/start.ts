// Starts and resumes tasks: checks that the way is clear before anything is spent, then hands over to the loop.
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { agentsSection, agentsWithEnvironment, type AgentDriver } from "../../agent/index.ts";
import { createDriver } from "../../agent/runtime/index.ts";
import type { Commit } from "../../worktree/index.ts";
import { releaseWorktree } from "../../worktree/runtime/index.ts";
import { budgetsSection } from "../config.ts";
import { nothingSpent } from "../service/budget.ts";
import { titleOf } from "../service/prompts.ts";
import { isAtRest, transition } from "../service/transition.ts";
import type { Budget, TaskId, TaskState, Until } from "../types/index.ts";
import { askOnPullRequest } from "./ask-on-pull-request.ts";
import { featuresPathOf, readFeatureList } from "./feature-file.ts";
import { readTaskRules } from "./rules.ts";
import { runLoop, withLease } from "./loop.ts";
import { beginOpening, type Opening } from "./opening.ts";
import type { TaskRun } from "./run.ts";
import { openTasks, readTask, type OpenTasks } from "./watch.ts";

// A prompt above this is a document; it belongs into the repository.
const promptCharsMax = 200_000;

export interface StartOptions {
  readonly prompt: string;
  readonly source: TaskState["source"];
  readonly agent: { readonly driver?: string | undefined; readonly model?: string | undefined; readonly effort?: string | undefined };
  readonly until: Until;
  readonly goal?: TaskState["goal"];
  /** A list of features to work off, as a path of the repository; without one at the base a first session writes it. */
  readonly featuresPath?: string | undefined;
  readonly budget: Partial<Budget>;
  readonly isUnsandboxedAllowed: boolean;
  readonly rework?: TaskState["rework"];
  readonly group?: TaskState["group"];
}

/** What a task has come to, in the form of CONTRACTS. */
export interface TaskResult { readonly state: TaskState; readonly isStopped: boolean }

/** On a machine without a sandbox nothing of a worktree is executed unless the person says so. */
async function refuseWithoutSandbox(context: OperationContext, isUnsandboxedAllowed: boolean): Promise<string> {
  const { kind, reason } = await context.providers.sandbox.detect();
  if (kind === "none" && !isUnsandboxedAllowed)
    throw new InspanError("SANDBOX_MISSING", `Cannot run agents here: ${reason}.`, {
      kind: "usage",
      remedy:
        context.env["INSPAN_SANDBOX"] === "none"
          ? "unset INSPAN_SANDBOX (or accept the risk with --unsandboxed)"
          : "apt-get install bubblewrap (or accept the risk with --unsandboxed)",
    });
  return kind;
}

async function probeDriver(run: TaskRun, name: string): Promise<AgentDriver> {
  const configuration = await run.context.loadConfiguration(run.repository.rootPath);
  const agents = agentsWithEnvironment(configuration.read(agentsSection), run.context.env);
  const driver = await createDriver(name, run.providers, agents);
  const probe = await driver.probe(run.context.signal);
  if (probe.status === "missing")
    throw new InspanError("AGENT_MISSING", `Cannot use the agent "${name}": ${probe.found}.`, { kind: "usage", remedy: probe.remedy ?? "inspan doctor" });
  return driver;
}

/** The task's driver, asked once a process whether it is there: fifty tasks that begin at once are one question. Rejects with AGENT_MISSING. */
async function openDriver(run: TaskRun, { agent }: Pick<TaskState, "agent">): Promise<AgentDriver> {
  const known = run.drivers.get(agent.driver) ?? probeDriver(run, agent.driver);
  run.drivers.set(agent.driver, known);
  try { return await known; } catch (error) {
    run.drivers.delete(agent.driver); // the next task asks anew
    throw error;
  }
}

/** A runner that cannot even write down where it stands says so; what was written before is where the task goes on. */
function explainBroken(error: unknown, state: TaskState): unknown {
  if (!/disk is full|ENOSPC|no space left/i.test(messageOf(error))) return error;
  return new InspanError("DISK_FULL", `Cannot go on with task "${state.id}": the disk is full (${messageOf(error)}). What was done so far is kept.`, {
    remedy: `free some space (inspan worktree prune), then: inspan task resume ${state.id}`,
    cause: error,
  });
}

/** Runs a task whose lease is held, until it rests or this process is stopped. */
async function work(run: TaskRun, state: TaskState): Promise<TaskResult> {
  const driver = await openDriver(run, state);
  const { context, providers, repository } = run;
  const record = await providers.processRecords.register({ kind: "task-runner", label: state.title, repositoryPath: repository.rootPath, taskId: state.id, url: undefined });
  try {
    const end = await runLoop(run, driver, state);
    await askOnPullRequest(run, end);
    return { state: end, isStopped: !isAtRest(end) };
  } catch (error) {
    throw explainBroken(error, state);
  } finally {
    await record.remove();
    context.progress("");
  }
}

async function newState(run: TaskRun, options: StartOptions): Promise<TaskState> {
  const { context, providers: { clock, random } } = run;
  const configuration = await context.loadConfiguration(run.repository.rootPath);
  const { turns, attempts, tokens, moneyUsd, minutes } = configuration.read(budgetsSection);
  const agents = agentsWithEnvironment(configuration.read(agentsSection), context.env);
  const at = clock.nowIso();
  const startedBy = (await context.providers.git.run(["config", "user.email"], { cwd: run.repository.rootPath, acceptExitCodes: [1] })).stdout.trim();
  return {
    version: 1, id: random.id(6) as TaskId, title: titleOf(options.prompt), prompt: options.prompt, source: options.source, // a fresh id
    agent: {
      driver: options.agent.driver ?? agents.default,
      ...(options.agent.model ? { model: options.agent.model } : {}),
      ...(options.agent.effort ? { effort: options.agent.effort } : {}),
    },
    until: options.until,
    ...(options.goal === undefined ? {} : { goal: options.goal }),
    isUnsandboxedAllowed: options.isUnsandboxedAllowed,
    status: "prepared",
    phase: "prepared",
    effect: { kind: "prepare" },
    tries: { plan: 0, reproduce: 0, validate: 0, checks: 0, merge: 0, feature: 0 },
    review: { round: 0, findings: [], rounds: [] },
    checks: { results: [] },
    ...(options.featuresPath === undefined ? {} : { features: { path: featuresPathOf(options.featuresPath) } }),
    notes: [],
    messages: [],
    ...(options.rework === undefined ? {} : { rework: options.rework }),
    ...(options.group === undefined ? {} : { group: options.group }),
    ...(startedBy === "" ? {} : { startedBy }),
    budget: { turns, attempts, tokens, minutes, ...(moneyUsd === undefined ? {} : { moneyUsd }), ...options.budget },
    spent: nothingSpent,
    spentBefore: nothingSpent,
    countUsage: nothingSpent.usage,
    timeline: [{ phase: "prepared", startedAt: at, activeMs: 0, usage: nothingSpent.usage }], createdAt: at, updatedAt: at,
  };
}

/** A list that the base holds is read before anything is spent. Rejects with FEATURES_BROKEN, FEATURES_DONE. */
async function refuseDone(run: TaskRun, state: TaskState, base: Commit): Promise<void> {
  const list = state.features && (await readFeatureList(run, base, state.features.path));
  if (!list || list.features.some((feature) => !feature.passes)) return;
  throw new InspanError("FEATURES_DONE", `Cannot work off "${state.features?.path ?? ""}": all of its ${list.features.length} features pass at the base.`, {
    kind: "usage",
    remedy: `add a feature to ${state.features?.path ?? ""}, commit and push it`,
  });
}

/** Refuses what cannot be a task before anything is looked at. */
function readPrompt(text: string): string {
  const prompt = text.trim();
  if (prompt === "") throw new InspanError("PROMPT_EMPTY", "Cannot start a task: the prompt is empty.", { kind: "usage", remedy: 'inspan task run "<what is wrong or wanted>"' });
  if (prompt.length > promptCharsMax)
    throw new InspanError("PROMPT_TOO_LONG", `Cannot start a task: the prompt has ${prompt.length} characters, expected at most ${promptCharsMax}.`, {
      kind: "usage",
      remedy: "put the document into the repository and name it in the prompt",
    });
  return prompt;
}

/** Starts a task and runs it to rest. Nothing is stored before repository, base, sandbox and agent are known to be there. */
export async function runTask(context: OperationContext, options: StartOptions, opening?: Opening): Promise<TaskResult> {
  readPrompt(options.prompt);
  const tasks = await openTasks(context, opening);
  try { return await runTaskIn(tasks, options, opening); } finally { await tasks.close(); }
}

/** The same with the repository's tasks open; many may run beside each other in one process. */
export async function runTaskIn(tasks: OpenTasks, options: StartOptions, begun?: Opening): Promise<TaskResult> {
  const { run } = tasks;
  const { context } = run;
  const prompt = readPrompt(options.prompt);
  const opening = begun ?? beginOpening(context, run.repository);
  if (!run.repository.remote && (options.until === "pr" || options.until === "merge")) {
    throw new InspanError("REMOTE_MISSING", `Cannot open a pull request for "${run.repository.rootPath}": it has no remote.`, {
      kind: "usage",
      remedy: "git remote add origin <url> (or stop earlier with --until patch)",
    });
  }
  const state = await newState(run, { ...options, prompt: context.providers.secrets.redact(prompt) });
  // Each waits for another program: side by side they cost what the slowest costs. The first that fails, in this order, is told.
  const asked = [refuseWithoutSandbox(context, options.isUnsandboxedAllowed), openDriver(run, state), opening.base] as const;
  void Promise.allSettled([...asked, context.contributions()]); // what a session will load anyway is loaded meanwhile
  const sandbox = await asked[0];
  await asked[1];
  const base = await asked[2];
  run.bases.set(state.id, { ...base, treeBytes: opening.treeBytes });
  const looking = opening.outside.then((outside) => { if (outside !== undefined) context.progress(outside); });
  void looking.catch(() => undefined); // told below
  await refuseDone(run, state, base.commit);
  await tasks.store.create(state);
  context.emit({ type: "started", taskId: state.id, title: state.title, agent: state.agent.driver, sandbox });
  context.progress(`task ${state.id}: ${state.title} (agent ${state.agent.driver}, sandbox ${sandbox})`);
  const [result] = await Promise.all([withLease(run, state, () => work(run, state)), looking]);
  return result;
}

function refuseEnded(state: TaskState, action: "resume" | "cancel" | "pause"): void {
  if (state.status === "done" || state.status === "cancelled" || state.status === "failed")
    throw new InspanError("TASK_ENDED", `Cannot ${action} task "${state.id}": it is ${state.status}.`, {
      kind: "usage",
      remedy: `inspan task show ${state.id}`,
    });
}

/** The task as it is now; call it under the lease. Rejects with TASK_ENDED. */
async function readLiving(tasks: OpenTasks, state: TaskState, action: "cancel" | "pause"): Promise<TaskState> {
  const now = (await tasks.store.read(state.id)) ?? state;
  refuseEnded(now, action);
  return now;
}

export interface ResumeOptions {
  readonly id: string;
  readonly answer?: string | undefined;
  /** The comment on the pull request that gave the answer; it counts once. */
  readonly comment?: string | undefined;
  /** All tasks of its group may merge now. */
  readonly isGroupReady?: boolean;
  readonly budget?: Partial<Budget>;
  readonly isUnsandboxedAllowed: boolean;
}

/** Goes on with a task: one that was stopped or killed where it was, a held one with a person's answer. One that is done answers with its result. Rejects with TASK_ENDED. */
export async function resumeTask(context: OperationContext, options: ResumeOptions): Promise<TaskResult> {
  const tasks = await openTasks(context);
  try {
    const state = await readTask(tasks, options.id);
    // Who was killed between the end and its telling asks again, and is told; only new words have nobody left to hear them.
    const isTold = (now: TaskState): boolean => now.status === "done" && options.answer === undefined;
    if (isTold(state)) return { state, isStopped: false };
    refuseEnded(state, "resume");
    await refuseWithoutSandbox(context, options.isUnsandboxedAllowed || state.isUnsandboxedAllowed);
    return await withLease(tasks.run, state, async () => {
      // Read again under the lease: another process may have worked on it until now. Words that its end cut off are void.
      const now = (await tasks.store.read(state.id)) ?? state;
      if (isTold(now) || (options.comment !== undefined && (now.status !== "held" || now.heard?.includes(options.comment) === true))) return { state: now, isStopped: false };
      refuseEnded(now, "resume");
      await tasks.store.takeCommands(now.id, context.providers.clock.nowIso());
      const resumed = await applyResume(tasks, now, options);
      if (isAtRest(resumed)) return { state: resumed, isStopped: false };
      context.progress(`task ${state.id}: goes on with ${resumed.phase}`);
      return work(tasks.run, resumed);
    });
  } finally { await tasks.close(); }
}

/** Takes up a task that had ended with its pull request open, because of what came there since. Undefined where somebody else did, or where it is no longer so. */
export async function wakeTask(
  context: OperationContext,
  options: { readonly id: string; readonly news: string; readonly reasons: readonly string[]; readonly isUnsandboxedAllowed: boolean },
): Promise<TaskResult | undefined> {
  const tasks = await openTasks(context);
  try {
    const state = await readTask(tasks, options.id);
    await refuseWithoutSandbox(context, options.isUnsandboxedAllowed || state.isUnsandboxedAllowed);
    return await withLease(tasks.run, state, async () => {
      const now = (await tasks.store.read(state.id)) ?? state;
      const { state: woken } = transition(now, { kind: "woken", at: context.providers.clock.nowIso(), activeMs: 0, news: options.news }, await readTaskRules(tasks.run, now));
      if (isAtRest(woken)) return undefined;
      await tasks.run.store.save(woken, [{ type: "woken", data: { reasons: [...options.reasons] } }]);
      context.progress(`task ${state.id}: taken up again: ${options.reasons.join("; ")}`);
      return work(tasks.run, woken);
    });
  } finally { await tasks.close(); }
}

async function applyResume(tasks: OpenTasks, state: TaskState, options: Omit<ResumeOptions, "id">): Promise<TaskState> {
  const { run } = tasks;
  const allowed = options.isUnsandboxedAllowed ? { ...state, isUnsandboxedAllowed: true } : state;
  if (allowed.status !== "held") {
    if (options.answer === undefined) return allowed;
    const told: TaskState = { ...allowed, messages: [...allowed.messages, options.answer] };
    await run.store.save(told, [{ type: "message", data: { text: options.answer, isSteered: false } }]);
    return told;
  }
  const event = {
    kind: "resumed" as const,
    at: run.providers.clock.nowIso(),
    activeMs: 0,
    ...(options.answer === undefined ? {} : { answer: options.answer }),
    ...(options.budget ? { budget: options.budget } : {}),
    ...(options.comment === undefined ? {} : { comment: options.comment }),
    ...(options.isGroupReady === true ? { isGroupReady: true } : {}),
  };
  const { state: resumed } = transition(allowed, event, await readTaskRules(run, allowed));
  await run.store.save(resumed, [
    {
      type: "resumed",
      data: {
        answer: options.answer ?? null,
        ...(options.isGroupReady === true ? { by: "group" } : {}),
        ...(options.comment === undefined ? {} : { comment: options.comment }),
      },
    },
  ]);
  return resumed;
}

/** Cancels a task that no process works on: its uncommitted work is rescued, its worktree removed. Rejects with TASK_ENDED, TASK_RUNNING. */
export async function cancelAtRest(tasks: OpenTasks, state: TaskState): Promise<{ readonly rescueRef: string | undefined }> {
  const { run } = tasks;
  return withLease(run, state, async () => {
    const now = await readLiving(tasks, state, "cancel");
    const { rescueRef, deleted } = await releaseWorktree(run.providers, run.repository, now.id);
    const { effect: _, hold: __, ...rest } = now;
    const lines = [...(rescueRef ? [{ type: "rescue", data: { ref: rescueRef } }] : []), { type: "phase", data: { phase: "cancelled", from: now.status } }];
    await run.store.save({ ...rest, status: "cancelled", ending: "cancelled", updatedAt: run.providers.clock.nowIso() }, lines);
    await deleted;
    return { rescueRef };
  }).catch((error: unknown) => {
    if (error instanceof InspanError && error.kind === "usage") throw error;
    throw new InspanError("CANCEL_FAILED", `Cannot cancel task "${state.id}": ${messageOf(error)}`, { remedy: `inspan task cancel ${state.id}`, cause: error });
  });
}

/** Marks a task that no process works on as held by a person: paused, or taken over. A held one is paused already: its question stays. */
export async function pauseAtRest(tasks: OpenTasks, state: TaskState, isTakeover: boolean): Promise<TaskState> {
  const { run } = tasks;
  return withLease(run, state, async () => {
    const now = await readLiving(tasks, state, "pause");
    if (now.status === "held" && !isTakeover) return now;
    const { hold: _, ...rest } = now;
    const { state: held } = transition(
      { ...rest, status: now.phase },
      { kind: "pause-asked", isTakeover, at: run.providers.clock.nowIso(), activeMs: 0 },
      await readTaskRules(run, now),
    );
    await run.store.save(held, [{ type: "hold", data: { reason: held.hold?.reason ?? "", question: held.hold?.question ?? "" } }]);
    return held;
  });
}
