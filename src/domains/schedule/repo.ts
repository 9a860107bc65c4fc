// What ran when: one row a schedule and one a run, in the repository's database file of its own. The only reader and writer of it.
import { join } from "node:path";
import type { Databases } from "../../providers/index.ts";
import { type Lease, ScheduleRun, type RunState } from "./types.ts";

const migrations = [
  `create table schedule (name text primary key, seen_at integer not null, last_slot integer) strict;
   create table run (name text not null, slot integer not null, state text not null, attempts integer not null, missed integer not null, pid integer, start_time text, task_id text, started_at text not null, ended_at text, summary text not null, primary key (name, slot)) strict;`,
];
/** Runs of a schedule that are kept; older ones say nothing that the signals do not. */
const runsKeptMax = 500;

export interface Cursor { readonly seenMs: number; readonly lastSlotMs: number | undefined }
/** "again": it was cut off by a kill, and is gone on with. "busy": a living process is at a run of this repository. */
/** "gone": another process took this time since it was seen to be due. */
export type Taken = { readonly kind: "taken" | "again"; readonly attempts: number; readonly taskId: string | null } | { readonly kind: "busy"; readonly name: string } | { readonly kind: "gone" };

export interface ScheduleStore {
  /** The cursor of a schedule; one that is new is seen now, and owes nothing of the past. */
  cursor(name: string, nowMs: number): Promise<Cursor>;
  setLastSlot(name: string, slotMs: number): Promise<void>;
  /** Writes the run down as begun, and its time as taken, together. */
  take(
    options: {
      readonly name: string;
      readonly slotMs: number;
      readonly missed: number;
      readonly lease: Lease;
      readonly at: string;
      readonly isManual: boolean;
    },
    isAlive: (lease: Lease) => boolean,
  ): Promise<Taken>;
  /** Runs whose process was killed. */
  cutOff(isAlive: (lease: Lease) => boolean): Promise<readonly { readonly name: string; readonly slotMs: number; readonly attempts: number }[]>;
  keepTask(name: string, slotMs: number, taskId: string): Promise<void>;
  end(name: string, slotMs: number, result: { readonly state: RunState; readonly at: string; readonly summary: string }): Promise<void>;
  /** Newest first. */
  runs(countMax: number): Promise<readonly ScheduleRun[]>;
  close(): Promise<void>;
}

export function openScheduleStore(databases: Databases, repositoryStatePath: string): ScheduleStore {
  const database = databases.open(join(repositoryStatePath, "schedules.db"), migrations);
  const running = () =>
    database
      .all("select * from run where state = 'running'")
      .map((row) => ({
        name: String(row["name"]),
        slotMs: Number(row["slot"]),
        attempts: Number(row["attempts"]),
        taskId: row["task_id"] === null ? null : String(row["task_id"]),
        lease: { pid: Number(row["pid"]), startTime: String(row["start_time"]) },
      }));
  return {
    cursor: async (name, nowMs) => {
      database.run("insert or ignore into schedule (name, seen_at, last_slot) values (?, ?, null)", name, nowMs);
      const row = database.get("select seen_at, last_slot from schedule where name = ?", name);
      return { seenMs: Number(row?.["seen_at"]), lastSlotMs: row?.["last_slot"] === null ? undefined : Number(row?.["last_slot"]) };
    },
    setLastSlot: async (name, slotMs) => { database.run("update schedule set last_slot = ? where name = ?", slotMs, name); },
    take: async ({ name, slotMs, missed, lease, at, isManual }, isAlive) => database.transaction((): Taken => {
      const living = running().find((one) => isAlive(one.lease));
      if (living !== undefined) return { kind: "busy", name: living.name };
      const before = running().find((one) => one.name === name && one.slotMs === slotMs);
      const lastSlot = database.get("select last_slot from schedule where name = ?", name)?.["last_slot"];
      if (!isManual && before === undefined && lastSlot != null && Number(lastSlot) >= slotMs) return { kind: "gone" };
      const attempts = (before?.attempts ?? 0) + 1;
      database.run(
        "insert into run (name, slot, state, attempts, missed, pid, start_time, task_id, started_at, ended_at, summary) values (?, ?, 'running', ?, ?, ?, ?, null, ?, null, '') on conflict (name, slot) do update set state = 'running', attempts = excluded.attempts, pid = excluded.pid, start_time = excluded.start_time, ended_at = null, summary = ''",
        name,
        slotMs,
        attempts,
        missed,
        lease.pid,
        lease.startTime,
        at,
      );
      if (!isManual) database.run("update schedule set last_slot = max(coalesce(last_slot, 0), ?) where name = ?", slotMs, name);
      database.run("delete from run where name = ? and state <> 'running' and slot not in (select slot from run where name = ? order by slot desc limit ?)", name, name, runsKeptMax);
      return { kind: before === undefined ? "taken" : "again", attempts, taskId: before?.taskId ?? null };
    }),
    cutOff: async (isAlive) => running().filter(({ lease }) => !isAlive(lease)),
    keepTask: async (name, slotMs, taskId) => { database.run("update run set task_id = ? where name = ? and slot = ?", taskId, name, slotMs); },
    end: async (name, slotMs, { state, at, summary }) => {
      database.run(
        "update run set state = ?, ended_at = ?, summary = ?, pid = null, start_time = null where name = ? and slot = ?",
        state,
        at,
        summary,
        name,
        slotMs,
      );
    },
    runs: async (countMax) =>
      database
        .all("select * from run order by rowid desc limit ?", countMax)
        .map((row) =>
          ScheduleRun.parse({
            ...row,
            slot: new Date(Number(row["slot"])).toISOString(),
            taskId: row["task_id"],
            startedAt: row["started_at"],
            endedAt: row["ended_at"],
          }),
        ),
    close: async () => database.close(),
  };
}
