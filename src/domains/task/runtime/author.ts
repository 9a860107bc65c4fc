// The author's session: opened late, kept over the phases of a task, watched while it works.
import { join } from "node:path";
import type { z } from "zod";
import { fenceUntrusted } from "../../../base/text.ts";
import type { AgentDriver, AgentSession, EditGuard, RunningTurn, SessionId, TurnResult } from "../../agent/index.ts";
import { operationTools } from "../../agent/runtime/index.ts";
import { compileGlobs } from "../../lint/index.ts";
import { checkFiles, contributedBy, renderFindingsForAgent } from "../../lint/runtime/index.ts";
import { isBlocking, reviewSection } from "../../review/index.ts";
import { budgetsSection, testsSection } from "../config.ts";
import { activeMsLeft, addUsageTo } from "../service/budget.ts";
import { renderWork } from "../service/context-text.ts";
import { showingGlobs } from "../service/reproduction.ts";
import { sessionNameOf } from "../service/features.ts";
import { authorInstructions, continuePrompt, withMessages } from "../service/prompts.ts";
import type { Effect, TaskEvent, TaskState } from "../types/index.ts";
import { runPatiently } from "./patient-turn.ts";
import { createPlaceTeller, type PlaceTeller } from "./place-context.ts";
import { createReminders, type Reminders } from "./reminders.ts";
import { createJournalQueue, type Desk, type TaskRun } from "./run.ts";
import { makeAuthorTools, type TurnNotes } from "./tools.ts";
import { watchTurn, type TurnWatch } from "./turn-watch.ts";

type TurnEffect = Extract<Effect, { kind: "turn" }>;
type TurnEnded = Extract<TaskEvent, { kind: "turn-ended" }>;

export interface Author {
  /** Runs one turn to its end; `at` and `activeMs` are the loop's to add. */
  runTurn(state: TaskState, effect: TurnEffect, signal: AbortSignal): Promise<Omit<TurnEnded, "at" | "activeMs">>;
  /** Passes a person's words into the running turn; false where none runs or the agent cannot take them now. */
  steer(text: string): Promise<boolean>;
  dispose(): Promise<void>;
}

/** What may be edited in this phase, and what the author is shown after an edit. */
async function makeGuard(run: TaskRun, state: TaskState, effect: TurnEffect, { places, notes }: { readonly places: PlaceTeller; readonly notes: TurnNotes }): Promise<EditGuard> {
  const { worktree } = state;
  if (!worktree) throw new Error("BUG: expected a worktree in a turn");
  const configuration = await run.configurationAt(worktree.baseCommit);
  const isTest = compileGlobs([...showingGlobs(configuration.read(testsSection).paths)]);
  const { blockFrom } = configuration.read(reviewSection);
  const owed = () => notes.findings.filter((finding) => isBlocking(finding, blockFrom) && (finding.state === "open" || finding.state === "insisted")).map(({ id }) => id);
  return {
    refuse: (path) => {
      if (path === state.features?.path) return "The harness alone writes the list of features; keep what the next session should know with the operation note.";
      if (effect.purpose === "plan") return "Nothing may be edited while planning. Call submit_plan first.";
      if (effect.purpose === "reproduce" && !isTest(path))
        return `"${path}" is product code, and the fault is not reproduced yet: only test files and journeys (docs/journeys) may be edited now. Write the failing test, then call reproduce.`;
      if (effect.purpose === "answer-review" && owed().length > 0) return `Answer the review before you change files: reply_to_finding for ${owed().join(", ")}.`;
      return undefined;
    },
    afterEdit: async (paths) => {
      const findings = (
        await checkFiles({ providers: run.providers, rootPath: worktree.path, configuration, files: paths, contributed: await contributedBy(run.context) })
      ).filter((finding) => !finding.baselined);
      const place = await places.afterEdit(paths);
      if (findings.length === 0) return place;
      const text = renderFindingsForAgent(findings);
      for (const finding of findings) {
        await run.signals.record(
          {
            kind: "hook-finding",
            title: `${finding.rule}: ${finding.found}`,
            text: finding.fix,
            link: `${finding.file}:${finding.line}`,
            cause: `rule:${finding.rule}:${finding.id}`,
            taskId: state.id,
            commit: state.head ?? worktree.baseCommit,
          },
          `${state.id}:hook:${finding.id}`,
        );
      }
      return `The repository's rules found this in what you just edited; repair it now:\n${fenceUntrusted("finding", text)}${place === undefined ? "" : `\n${place}`}`;
    },
  };
}

function toEvent(effect: TurnEffect, result: TurnResult, sessionId: SessionId, notes: TurnNotes) {
  return {
    kind: "turn-ended" as const,
    purpose: effect.purpose,
    status: result.status,
    reason: result.status === "failed" ? result.reason : "",
    ...(result.status === "failed" && result.remedy !== undefined ? { remedy: result.remedy } : {}),
    text: result.text,
    usage: result.usage,
    sessionId,
    ...(notes.plan ? { plan: notes.plan } : {}),
    ...(notes.features ? { features: notes.features } : {}),
    ...(notes.reproduction ? { reproduction: notes.reproduction } : {}),
    ...(notes.question ? { question: notes.question } : {}),
    findings: notes.findings,
  };
}

/** Goal of the turn, preceded by what a session that begins here has to know. */
async function textOf(state: TaskState, effect: TurnEffect, beginning: PlaceTeller | undefined): Promise<string> {
  const place = await beginning?.atStart(state);
  const work = beginning && effect.purpose !== "plan" ? renderWork(state) : undefined;
  return withMessages([place, work, effect.text].filter((part) => part !== undefined).join("\n\n"), state.messages);
}

interface TurnWork {
  readonly run: TaskRun;
  readonly state: TaskState;
  readonly effect: TurnEffect;
  readonly session: AgentSession;
  readonly text: string;
  readonly guard: EditGuard;
  readonly limits: z.infer<typeof budgetsSection.schema>;
  readonly leftMs: number;
  readonly reminders: Reminders;
  readonly signal: AbortSignal;
  /** Whom a person's words go to; undefined while it waits. */
  onRunning(turn: RunningTurn | undefined): void;
}

/** The turn, tried again where a limit or a dead client ended it; `watch` is that of the last attempt. */
async function playTurn(work: TurnWork): Promise<{ readonly result: TurnResult; readonly watch: TurnWatch | undefined }> {
  const { run, state, effect, limits, signal } = work;
  let last: TurnWatch | undefined;
  const attempt = async (text: string, before: TurnResult | undefined, timeoutMs: number): Promise<TurnResult> => {
    const watch = watchTurn(run, {
      state: before === undefined ? state : addUsageTo(state, before.usage),
      purpose: effect.purpose,
      stallMs: limits.stallMinutes * 60_000,
      reminders: work.reminders,
      running: () => running,
    });
    last = watch;
    const running = work.session.startTurn({
      text,
      guard: work.guard,
      modelCallsMax: limits.modelCallsPerTurn,
      timeoutMs: Math.max(1, timeoutMs),
      signal,
      onEvent: (event) => watch.take(event),
    });
    work.onRunning(running);
    const onAbort = () => { void running.interrupt(); };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const result = await running.result;
      await watch.settled();
      return result;
    } finally {
      watch.stop();
      work.onRunning(undefined);
      signal.removeEventListener("abort", onAbort);
    }
  };
  const journal = createJournalQueue(run, state);
  const result = await runPatiently({
    clock: run.providers.clock, signal, leftMs: work.leftMs, waitMsMax: limits.waitMinutes * 60_000,
    run: (count, before, leftMs) => attempt(count === 1 ? work.text : continuePrompt(effect), before, Math.min(limits.turnMinutes * 60_000, leftMs)),
    onWait: (wait) => journal.push({ type: "waiting", data: wait }),
  });
  await journal.settled();
  return { result, watch: last };
}

export function createAuthor(run: TaskRun, driver: AgentDriver, desk: Desk): Author {
  const { current } = desk;
  const notes: TurnNotes = { purpose: "plan", findings: [] };
  let reminders = createReminders(current);
  const lifetime = new AbortController();
  let session: AgentSession | undefined;
  /** Of the session that is open: each feature of a list has its own. */
  let name = "";
  let places: PlaceTeller | undefined;
  let turn: RunningTurn | undefined;

  const open = async (state: TaskState): Promise<AgentSession> => {
    if (session && name === sessionNameOf(state)) return session;
    await session?.dispose();
    name = sessionNameOf(state);
    [session, reminders] = [undefined, createReminders(current)];
    if (!state.worktree) throw new Error("BUG: expected a worktree before a session");
    const operations = (await run.context.contributions()).flatMap((contribution) => contribution.operations);
    session = await driver.open({
      label: `author of ${state.id}`, worktreePath: state.worktree.path, sessionPath: join(run.repository.statePath, "sessions", state.id, name), access: "write",
      instructions: authorInstructions(run.repository.name), model: state.agent.model, effort: state.agent.effort, baseCommit: state.worktree.baseCommit,
      tools: [...makeAuthorTools(run, desk, notes), ...operationTools(operations, run.context, state.worktree.path)],
      isUnsandboxedAllowed: state.isUnsandboxedAllowed,
      resumeId: state.sessionId as SessionId | undefined,
      signal: lifetime.signal, // stored from a session's own id
    });
    return session;
  };

  const runTurn: Author["runTurn"] = async (state, effect, signal) => {
    if (!state.worktree) throw new Error("BUG: expected a worktree in a turn");
    const isFresh = name !== sessionNameOf(state);
    if (isFresh) places = undefined;
    const told = (places ??= createPlaceTeller(run, state.worktree));
    // A client takes its time to start; what it will be told is read meanwhile.
    const [opened, text] = await Promise.all([open(state), textOf(state, effect, isFresh || !driver.capabilities.resume ? told : undefined)]);
    Object.assign(notes, { purpose: effect.purpose, plan: undefined, features: undefined, reproduction: undefined, question: undefined, findings: state.review.findings });
    const limits = (await run.configurationAt(state.worktree.baseCommit)).read(budgetsSection);
    const guard = await makeGuard(run, state, effect, { places: told, notes });
    const leftMs = activeMsLeft(state.budget, state.spent, state.spentBefore);
    const { clock } = run.providers;
    const startedMs = clock.monotonicMs();
    const { result, watch } = await playTurn({ run, state, effect, session: opened, text, guard, limits, leftMs, reminders, signal, onRunning: (running) => { turn = running; } });
    const isOutOfTime = result.status === "failed" && clock.monotonicMs() - startedMs >= leftMs;
    const budgetPassed = isOutOfTime ? `${state.budget.minutes} of ${state.budget.minutes} minutes are used` : watch?.budgetPassed;
    return {
      ...toEvent(effect, result, opened.id, notes),
      toldCount: state.messages.length,
      ...(budgetPassed === undefined ? {} : { budgetPassed }),
      ...(watch?.stalled === undefined ? {} : { stalled: watch.stalled }),
    };
  };

  return {
    runTurn,
    steer: async (text) => (turn ? turn.steer(text) : false),
    dispose: async () => {
      await session?.dispose();
      session = undefined;
      lifetime.abort();
    },
  };
}
