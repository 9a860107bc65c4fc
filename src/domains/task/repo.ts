// The task store: states, the journal of events, the inbox of commands and the runner's lease, in one SQLite file a repository.
import { join } from "node:path";
import { InspanError } from "../../base/errors.ts";
import type { Database, Databases, SqlRow } from "../../providers/index.ts";
import { TaskState, type TaskId } from "./types/index.ts";

const migrations = [
  `create table task (id text primary key, status text not null, created_at text not null, updated_at text not null, state text not null, runner text) strict;
   create table event (task_id text not null references task (id), seq integer not null, at text not null, type text not null, data text not null, primary key (task_id, seq)) strict, without rowid;
   create table command (id integer primary key, task_id text not null references task (id), at text not null, data text not null, handled_at text) strict;
   create index command_open on command (task_id) where handled_at is null;`,
  `create table landing (seq integer primary key autoincrement, task_id text not null unique, runner text not null) strict;`,
];

// A task's journal above this is a loop that a bound should have ended; older agent chatter is dropped first.
const eventsMax = 20_000;

/** One line of the journal; `type` is "phase", "agent", "effect", "hold", … and `data` its fields. */
export interface TaskRecord { readonly seq: number; readonly at: string; readonly type: string; readonly data: Readonly<Record<string, unknown>> }

/** What a person asks of a running task. */
export type TaskCommand =
  | { readonly kind: "send"; readonly text: string }
  | { readonly kind: "pause"; readonly isTakeover: boolean }
  | { readonly kind: "cancel" };

export interface RunnerLease { readonly pid: number; readonly startTime: string }

/** Async on purpose: team mode keeps the same port on Postgres. */
export interface TaskStore {
  create(state: TaskState): Promise<void>;
  /** Undefined where there is no such task. */
  read(id: TaskId): Promise<TaskState | undefined>;
  /** The state and its journal lines become durable together. */
  save(state: TaskState, records: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[]): Promise<void>;
  append(id: TaskId, at: string, records: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[]): Promise<void>;
  /** Newest first. */
  list(options: { readonly countMax: number }): Promise<readonly { readonly state: TaskState; readonly runner: RunnerLease | undefined }[]>;
  /** Lines after `seq`, in order, at most `countMax`. */
  records(id: TaskId, after: number, countMax: number): Promise<readonly TaskRecord[]>;
  /** The newest lines of this type, oldest first. */
  lastRecords(id: TaskId, type: string, countMax: number): Promise<readonly TaskRecord[]>;
  /** Takes the lease where nobody holds it or its holder is dead by `isAlive`; the living holder otherwise. */
  acquire(id: TaskId, lease: RunnerLease, isAlive: (lease: RunnerLease) => boolean): Promise<{ readonly kind: "acquired" } | { readonly kind: "held"; readonly by: RunnerLease }>;
  release(id: TaskId, lease: RunnerLease): Promise<void>;
  runnerOf(id: TaskId): Promise<RunnerLease | undefined>;
  post(id: TaskId, at: string, command: TaskCommand): Promise<void>;
  /** Commands not handled yet, in order; marks them as handled. */
  takeCommands(id: TaskId, at: string): Promise<readonly TaskCommand[]>;
  /** Puts the task at the end of those that want to merge, once; true when it stands first among the living. */
  isFirstToLand(id: TaskId, lease: RunnerLease, isAlive: (lease: RunnerLease) => boolean): Promise<boolean>;
  leaveLanding(id: TaskId): Promise<void>;
  close(): Promise<void>;
}

function toRecord(row: SqlRow): TaskRecord {
  return { seq: Number(row["seq"]), at: String(row["at"]), type: String(row["type"]), data: JSON.parse(String(row["data"])) as TaskRecord["data"] }; // written by insertRecords()
}

function parseState(text: unknown): TaskState {
  const parsed = TaskState.safeParse(JSON.parse(String(text)));
  if (parsed.success) return parsed.data;
  throw new InspanError("TASK_UNREADABLE", `Cannot read the task: ${parsed.error.issues[0]?.path.join(".") ?? ""} ${parsed.error.issues[0]?.message ?? ""}.`, {
    remedy: "npm install inspan@latest",
    cause: parsed.error,
  });
}

function parseLease(text: unknown): RunnerLease | undefined {
  return typeof text === "string" ? (JSON.parse(text) as RunnerLease) : undefined; // written by acquire() below
}

function insertRecords(database: Database, id: string, at: string, records: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[]): void {
  if (records.length === 0) return;
  let seq = Number(database.get("select coalesce(max(seq), 0) as seq from event where task_id = ?", id)?.["seq"] ?? 0);
  for (const record of records) database.run("insert into event (task_id, seq, at, type, data) values (?, ?, ?, ?, ?)", id, ++seq, at, record.type, JSON.stringify(record.data));
  if (seq > eventsMax && seq % 100 < records.length) database.run("delete from event where task_id = ? and type = 'agent' and seq < ?", id, seq - eventsMax);
}

export function openTaskStore(databases: Databases, repositoryStatePath: string): TaskStore {
  const database = databases.open(join(repositoryStatePath, "tasks.db"), migrations);
  const leaseOf = (id: string) => parseLease(database.get("select runner from task where id = ?", id)?.["runner"]);
  return {
    create: async (state) => {
      database.run(
        "insert into task (id, status, created_at, updated_at, state) values (?, ?, ?, ?, ?)",
        state.id,
        state.status,
        state.createdAt,
        state.updatedAt,
        JSON.stringify(state),
      );
    },
    read: async (id) => { const row = database.get("select state from task where id = ?", id); return row && parseState(row["state"]); },
    save: async (state, records) => database.transaction(() => {
      database.run("update task set status = ?, updated_at = ?, state = ? where id = ?", state.status, state.updatedAt, JSON.stringify(state), state.id);
      insertRecords(database, state.id, state.updatedAt, records);
    }),
    append: async (id, at, records) => database.transaction(() => insertRecords(database, id, at, records)),
    list: async ({ countMax }) =>
      database
        .all("select state, runner from task order by created_at desc, id limit ?", countMax)
        .map((row) => ({ state: parseState(row["state"]), runner: parseLease(row["runner"]) })),
    records: async (id, after, countMax) =>
      database.all("select seq, at, type, data from event where task_id = ? and seq > ? order by seq limit ?", id, after, countMax).map(toRecord),
    lastRecords: async (id, type, countMax) =>
      database
        .all("select seq, at, type, data from event where task_id = ? and type = ? order by seq desc limit ?", id, type, countMax)
        .map(toRecord)
        .reverse(),
    acquire: async (id, lease, isAlive) => database.transaction(() => {
      const holder = leaseOf(id);
      if (holder && isAlive(holder)) return { kind: "held" as const, by: holder };
      database.run("update task set runner = ? where id = ?", JSON.stringify(lease), id);
      return { kind: "acquired" as const };
    }),
    release: async (id, lease) => { database.run("update task set runner = null where id = ? and runner = ?", id, JSON.stringify(lease)); },
    runnerOf: async (id) => leaseOf(id),
    post: async (id, at, command) => { database.run("insert into command (task_id, at, data) values (?, ?, ?)", id, at, JSON.stringify(command)); },
    takeCommands: async (id, at) => {
      if (!database.get("select 1 as found from command where task_id = ? and handled_at is null limit 1", id)) return [];
      return database.transaction(() => {
        const rows = database.all("select id, data from command where task_id = ? and handled_at is null order by id", id);
        database.run("update command set handled_at = ? where task_id = ? and handled_at is null", at, id);
        return rows.map((row) => JSON.parse(String(row["data"])) as TaskCommand); // written by post() above
      });
    },
    isFirstToLand: async (id, lease, isAlive) => database.transaction(() => {
      database.run("insert into landing (task_id, runner) values (?, ?) on conflict (task_id) do update set runner = excluded.runner", id, JSON.stringify(lease));
      for (const row of database.all("select task_id, runner from landing order by seq")) {
        if (row["task_id"] === id) return true;
        const other = parseLease(row["runner"]);
        if (other && isAlive(other)) return false;
        database.run("delete from landing where task_id = ?", String(row["task_id"])); // its runner was killed
      }
      return false;
    }),
    leaveLanding: async (id) => { database.run("delete from landing where task_id = ?", id); },
    close: async () => database.close(),
  };
}

