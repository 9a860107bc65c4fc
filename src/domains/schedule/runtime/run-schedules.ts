// Runs what is due, one thing at a time; as a server it waits for the next time. Killed at any moment, it goes on where it was.
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { openRepository } from "../../worktree/runtime/index.ts";
import { type Schedule, schedulesSection } from "../config.ts";
import { openScheduleStore, type ScheduleStore } from "../repo.ts";
import { decideDue } from "../service/due.ts";
import type { ScheduleRun } from "../types.ts";
import { timesOf } from "./cron.ts";
import { perform, readRun } from "./perform.ts";

/** A run that was killed so often kills whoever runs it. */
const attemptsMax = 3;
/** A clock may be set while we wait: it is looked at again at least so often. */
const lookMsMax = 30_000;
/** Only told, so that a year of missed minutes is not counted one by one. */
const missedMax = 1_000;
const runsShown = 200;

export interface RanNow { readonly name: string; readonly slot: string; readonly state: string; readonly missed: number; readonly summary: string }

interface World { readonly context: OperationContext; readonly store: ScheduleStore }

async function withStore<Result>(context: OperationContext, work: (store: ScheduleStore) => Promise<Result>): Promise<Result> {
  const repository = await openRepository(context);
  const store = openScheduleStore(context.providers.databases, repository.statePath);
  try { return await work(store); } finally { await store.close(); }
}

async function readSchedules(context: OperationContext): Promise<readonly Schedule[]> {
  return (await context.loadConfiguration((await openRepository(context)).rootPath)).read(schedulesSection);
}

/** Everything that is due now, each once, in the order of inspan.yaml. */
export async function runDue(context: OperationContext): Promise<readonly RanNow[]> {
  return withStore(context, async (store) => runDueIn({ context, store }, await readSchedules(context)));
}

/** This one now, whatever its times say. Rejects with SCHEDULE_UNKNOWN. */
export async function runNamed(context: OperationContext, name: string): Promise<readonly RanNow[]> {
  const schedule = (await readSchedules(context)).find((one) => one.name === name);
  if (schedule === undefined)
    throw new InspanError("SCHEDULE_UNKNOWN", `Cannot run the schedule "${name}": inspan.yaml has none of that name.`, {
      kind: "usage",
      remedy: "inspan schedule list",
    });
  return withStore(context, (store) => runOne({ context, store }, schedule, { slotMs: context.providers.clock.nowMs(), missed: 0, isManual: true }));
}

/** Until the signal; inspan.yaml is read again each time, and one that is broken keeps the last good one and says so. */
export async function serveSchedules(context: OperationContext, onRan: (ran: RanNow) => void): Promise<void> {
  const { clock } = context.providers;
  let schedules: readonly Schedule[] = await readSchedules(context);
  await withStore(context, async (store) => {
    while (!context.signal.aborted) {
      try { schedules = await readSchedules(context); } catch (error) { context.progress(`the schedules stay as they were: ${messageOf(error)}`); }
      const nexts: number[] = [];
      try {
        for (const ran of await runDueIn({ context, store }, schedules)) onRan(ran);
        for (const schedule of schedules) nexts.push((await timesOf(schedule)).next(clock.nowMs()) ?? Number.POSITIVE_INFINITY);
      } catch (error) {
        // A remote that is away or an expression that is none now: the server stays, and says so at each look.
        if (!context.signal.aborted) context.progress(messageOf(error));
      }
      await clock.sleep(Math.max(1, Math.min(lookMsMax, ...nexts.map((ms) => ms - clock.nowMs()))), context.signal).catch(() => undefined); // the loop's own condition
    }
  });
}

async function runDueIn(world: World, schedules: readonly Schedule[]): Promise<readonly RanNow[]> {
  const { context: { providers }, store } = world;
  const ran: RanNow[] = [];
  const isAlive = ({ pid, startTime }: { readonly pid: number; readonly startTime: string }) => providers.processes.isAlive(pid, startTime);
  for (const { name, slotMs, attempts } of await store.cutOff(isAlive)) {
    const schedule = schedules.find((one) => one.name === name);
    if (schedule !== undefined && attempts < attemptsMax) { ran.push(...await runOne(world, schedule, { slotMs, missed: 0, isManual: false })); continue; }
    await store.end(name, slotMs, {
      state: "failed",
      at: providers.clock.nowIso(),
      summary: schedule === undefined ? "it was killed, and is not in inspan.yaml any more" : `it was killed ${attempts} times`,
    });
  }
  for (const schedule of schedules) {
    world.context.signal.throwIfAborted();
    const times = await timesOf(schedule);
    const nowMs = providers.clock.nowMs();
    const { seenMs, lastSlotMs } = await store.cursor(schedule.name, nowMs);
    const due = decideDue({ nowMs, slotMs: times.latest(nowMs), lastSlotMs, seenMs });
    if (due.kind === "clock-went-back") {
      world.context.progress(`${schedule.name}: its last time lies in the future; the clock was set back, and it counts from now`);
      await store.setLastSlot(schedule.name, due.slotMs);
    } else if (due.kind === "due") {
      const missed = Math.max(0, times.countBetween(lastSlotMs ?? seenMs, due.slotMs, missedMax) - 1);
      ran.push(...await runOne(world, schedule, { slotMs: due.slotMs, missed, isManual: false }));
    }
  }
  return ran;
}

async function runOne(
  { context, store }: World,
  schedule: Schedule,
  slot: { readonly slotMs: number; readonly missed: number; readonly isManual: boolean },
): Promise<readonly RanNow[]> {
  const { providers } = context;
  const { name } = schedule;
  const lease = { pid: process.pid, startTime: providers.processes.startTimeOf(process.pid) ?? "" };
  const taken = await store.take({ name, ...slot, lease, at: providers.clock.nowIso() }, ({ pid, startTime }) => providers.processes.isAlive(pid, startTime));
  if (taken.kind === "gone") return [];
  const at = new Date(slot.slotMs).toISOString();
  if (taken.kind === "busy") return [{ name, slot: at, state: "waits", missed: slot.missed, summary: `"${taken.name}" runs; two never run at once` }];
  context.progress(`${name}: ${taken.kind === "again" ? `goes on, attempt ${taken.attempts}` : "begins"}${slot.missed > 0 ? `, for ${slot.missed} missed times too` : ""}`);
  const performed = await perform(context, { schedule, taskId: taken.taskId, onTask: async (taskId) => {
    await store.keepTask(name, slot.slotMs, taskId);
    context.emit({ type: "task", name, taskId });
  } });
  await store.end(name, slot.slotMs, { ...performed, at: providers.clock.nowIso() });
  return [{ name, slot: at, missed: slot.missed, ...performed }];
}

async function problemOf(context: OperationContext, schedule: Schedule): Promise<string | null> {
  if (schedule.run === undefined) return null;
  try { await readRun(context, schedule); } catch (error) { return messageOf(error); }
  return null;
}

export interface ListedSchedule {
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  readonly what: string;
  readonly next: string | null;
  readonly last: ScheduleRun | null;
  /** Why it cannot run as inspan.yaml has it: a command or an option that is not there, no time that ever comes. */ readonly problem: string | null;
}

export async function listSchedules(context: OperationContext): Promise<{ readonly schedules: readonly ListedSchedule[]; readonly runs: readonly ScheduleRun[] }> {
  const schedules = await readSchedules(context);
  return withStore(context, async (store) => {
    const runs = await store.runs(runsShown);
    const nowMs = context.providers.clock.nowMs();
    const listed = await Promise.all(schedules.map(async (schedule): Promise<ListedSchedule> => {
      const next = (await timesOf(schedule)).next(nowMs);
      return {
        name: schedule.name,
        cron: schedule.cron,
        timezone: schedule.timezone,
        what: schedule.run ?? schedule.job ?? `task: ${(schedule.prompt ?? "").slice(0, 60)}`,
        next: next === undefined ? null : new Date(next).toISOString(),
        problem: next === undefined ? `"${schedule.cron}" never comes` : await problemOf(context, schedule),
        last: runs.find(({ name }) => name === schedule.name) ?? null,
      };
    }));
    return { schedules: listed, runs };
  });
}
