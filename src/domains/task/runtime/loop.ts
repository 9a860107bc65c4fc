// The thin loop of a task: take the effect, do it, let the state machine decide, save, again. A person's commands are heard while an effect runs.
import { exitCodeOf, InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { AgentDriver } from "../../agent/index.ts";
import type { RunnerLease, TaskCommand } from "../repo.ts";
import { passedCount } from "../service/features.ts";
import { isLanding } from "../service/landing.ts";
import { withWhatCameBefore } from "../service/signals.ts";
import { isAtRest, transition } from "../service/transition.ts";
import type { TaskEvent, TaskState } from "../types/index.ts";
import { createAuthor, type Author } from "./author.ts";
import type { BareEvent } from "./effect-context.ts";
import { executeEffect } from "./effects.ts";
import { readTaskRules } from "./rules.ts";
import type { JournalLine, TaskRun } from "./run.ts";

// How soon a person's word is heard; a look costs one indexed read.
const commandPollMs = 200;
// A task that needs more steps than this without coming to rest is a bug of the state machine.
const stepsMax = 2000;

interface Loop { readonly run: TaskRun; readonly author: Author; readonly driver: AgentDriver; state: TaskState }

function describeChange(before: TaskState, after: TaskState, event: TaskEvent): readonly JournalLine[] {
  if (event.kind === "noted") return [{ type: "note", data: { ...event.note } }];
  const lines: JournalLine[] = [{ type: "event", data: { event: event.kind, activeMs: Math.round(event.activeMs) } }];
  if (event.kind === "validated" && event.failures.length > 0) lines.push({ type: "invalid", data: { failures: event.failures.map((failure) => failure.title) } });
  if (event.kind === "proved")
    lines.push({
      type: "feature",
      data: {
        id: before.features?.current ?? "",
        passes: event.failures.length === 0,
        passed: after.features?.list ? passedCount(after.features.list) : 0,
        total: after.features?.list?.features.length ?? 0,
        failures: event.failures.map((failure) => failure.title),
      },
    });
  if (event.kind === "reviewed")
    lines.push({
      type: "review",
      data: {
        round: event.round.round,
        decision: event.decision.kind,
        failedReviewers: event.round.verdicts
          .filter(({ verdict }) => verdict === "failed")
          .map(({ reviewer, reason }) => `${reviewer}: ${reason ?? "no answer"}`),
        findings: event.findings.map((finding) => ({
          id: finding.id,
          priority: finding.priority,
          reviewer: finding.reviewer,
          title: finding.title,
          file: finding.file,
          state: finding.state,
        })),
      },
    });
  if (event.kind === "published") lines.push({ type: "pull-request", data: { id: event.pullRequest.id, url: event.pullRequest.url } });
  if (event.kind === "merge-ended")
    lines.push({
      type: "merge",
      data: { outcome: event.outcome, commit: event.commit ?? null, ...(event.detail === undefined ? {} : { detail: event.detail }) },
    });
  if (before.status !== after.status) lines.push({ type: "phase", data: { phase: after.status, from: before.status } });
  if (after.status === "held" && after.group?.isWaiting === true) lines.push({ type: "group", data: { waitsFor: after.group.repositories } });
  else if (after.status === "held" && after.hold) lines.push({ type: "hold", data: { reason: after.hold.reason, question: after.hold.question, options: after.hold.options } });
  return lines;
}

// Of the agent's steps before a person stepped in: what it was about to do wrong is among the last few.
const recordsBefore = 6;

/** One event through the state machine, saved with its journal lines before anything else happens. */
async function apply(loop: Loop, bare: BareEvent, activeMs: number): Promise<void> {
  const { run } = loop;
  const event = { ...bare, at: run.providers.clock.nowIso(), activeMs } as TaskEvent; // BareEvent is TaskEvent without these two
  const before = loop.state;
  const { state, signals } = transition(before, event, await readTaskRules(run, before));
  const lines = describeChange(before, state, event);
  await run.store.save(state, lines);
  loop.state = state;
  for (const { type, data } of lines) run.context.emit({ type, taskId: state.id, ...data });
  for (const { signal, once } of signals)
    await run.signals.record(
      signal.kind === "interruption" ? withWhatCameBefore(signal, await run.store.lastRecords(state.id, "agent", recordsBefore)) : signal,
      once,
    );
}

/** Hears commands until the effect has ended; returns the one that ends the effect, if any came. */
async function hear(loop: Loop, effectEnded: AbortSignal, stop: (command: TaskCommand) => void): Promise<void> {
  const { run } = loop;
  while (!effectEnded.aborted) {
    for (const command of await run.store.takeCommands(loop.state.id, run.providers.clock.nowIso())) {
      if (command.kind === "send") {
        const isSteered = await loop.author.steer(command.text);
        await run.record(loop.state, [{ type: "message", data: { text: command.text, isSteered } }]);
        if (!isSteered) await apply(loop, { kind: "message", text: command.text }, 0);
      } else stop(command);
    }
    try { await run.providers.clock.sleep(commandPollMs, effectEnded); } catch { return; } // the effect has ended
  }
}

function failureEvent(error: unknown): BareEvent {
  const known = error instanceof InspanError ? error : undefined;
  return { kind: "effect-failed", code: known?.code ?? "UNEXPECTED", message: boundText(messageOf(error), 4000), remedy: known?.remedy ?? "inspan doctor" };
}

function commandEvent(command: TaskCommand): BareEvent | undefined {
  if (command.kind === "pause") return { kind: "pause-asked", isTakeover: command.isTakeover };
  return command.kind === "cancel" ? { kind: "cancel-asked" } : undefined;
}

// How often a task looks whether it is its turn to merge.
const landingPollMs = 100;

/** Resolves when no other task of this repository merges; those that wait go in the order in which they came. Waiting is no work and costs no budget. */
async function awaitLanding(loop: Loop, signal: AbortSignal): Promise<void> {
  const { store, providers: { clock, processes } } = loop.run;
  const lease = leaseOf(loop.run);
  while (!(await store.isFirstToLand(loop.state.id, lease, (other) => processes.isAlive(other.pid, other.startTime)))) await clock.sleep(landingPollMs, signal);
}

function leaseOf({ providers: { processes } }: TaskRun): RunnerLease {
  return { pid: process.pid, startTime: processes.startTimeOf(process.pid) ?? "unknown" };
}

/** One effect from start to saved result. Returns false when the runner itself was stopped; the state then goes on with this effect. */
async function step(loop: Loop): Promise<boolean> {
  const { run } = loop;
  const before = loop.state;
  const { effect } = before;
  if (!effect) throw new Error(`BUG: expected an effect in phase ${loop.state.phase}`);
  const { clock, telemetry, log } = run.providers;
  const ended = new AbortController();
  const stopped = new AbortController();
  let command: TaskCommand | undefined;
  const hearing = hear(loop, ended.signal, (asked) => { if (command?.kind !== "cancel") command = asked; stopped.abort(); });
  const signal = AbortSignal.any([stopped.signal, run.context.signal]);
  let startedMs = clock.monotonicMs();
  let outcome: BareEvent | undefined;
  try {
    if (isLanding(loop.state)) { await awaitLanding(loop, signal); startedMs = clock.monotonicMs(); }
    await run.record(loop.state, [
      {
        type: "effect",
        data: {
          effect: effect.kind,
          ...(effect.kind === "turn" ? { purpose: effect.purpose } : {}),
          ...(loop.state.features?.current === undefined ? {} : { feature: loop.state.features.current }),
        },
      },
    ]);
    outcome = await telemetry.span(`task ${effect.kind}`, { taskId: loop.state.id, phase: loop.state.phase }, () =>
      executeEffect({ run, author: loop.author, driver: loop.driver, signal }, loop.state, effect),
    );
  } catch (error) {
    if (!isAbort(error) && !signal.aborted) {
      log.error("task.effect.failed", { taskId: loop.state.id, effect: effect.kind, message: messageOf(error), exitCode: exitCodeOf(error) });
      outcome = failureEvent(error);
    }
  } finally {
    ended.abort();
    await hearing;
  }
  const activeMs = clock.monotonicMs() - startedMs;
  if (outcome) await apply(loop, outcome, activeMs);
  const asked = command && commandEvent(command);
  if (asked) await apply(loop, asked, outcome ? 0 : activeMs);
  if (isLanding(before) && !isLanding(loop.state)) await run.store.leaveLanding(loop.state.id);
  return !run.context.signal.aborted;
}

/** Runs a task until it rests, or until this process is told to stop; the returned state is saved. The lease must be held by the caller. */
export async function runLoop(run: TaskRun, driver: AgentDriver, initial: TaskState): Promise<TaskState> {
  const running = { run, driver, state: initial };
  const loop: Loop = Object.assign(running, { author: createAuthor(run, driver, { current: () => running.state, note: (note) => apply(loop, { kind: "noted", note }, 0) }) });
  try {
    for (let steps = 0; !isAtRest(loop.state); steps++) {
      if (steps >= stepsMax) throw new Error(`BUG: expected task ${loop.state.id} to rest within ${stepsMax} steps`);
      if (!(await step(loop))) break;
    }
    return loop.state;
  } finally {
    if (isLanding(loop.state)) await run.store.leaveLanding(loop.state.id).catch(() => undefined); // on a full disk this fails, too; a dead runner blocks nobody
    await loop.author.dispose();
  }
}

/** Does `work` while this process holds the task's lease; rejects with TASK_RUNNING where a living process holds it (this one, too). */
export async function withLease<T>(run: TaskRun, state: TaskState, work: () => Promise<T>): Promise<T> {
  const { processes } = run.providers;
  const lease = leaseOf(run);
  const taken = await run.store.acquire(state.id, lease, (holder) => processes.isAlive(holder.pid, holder.startTime));
  if (taken.kind === "held")
    throw new InspanError("TASK_RUNNING", `Cannot run task "${state.id}": process ${taken.by.pid} works on it.`, {
      kind: "usage",
      remedy: `inspan task attach ${state.id}`,
    });
  let result: T;
  try { result = await work(); } catch (error) {
    await run.store.release(state.id, lease).catch(() => undefined); // on a full disk this fails too: the first error is the one to show, and a dead process holds no lease
    throw error;
  }
  await run.store.release(state.id, lease);
  return result;
}
