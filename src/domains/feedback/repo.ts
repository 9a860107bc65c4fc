// The signals table: one row per piece of feedback, in the repository's database file of its own. The only reader and writer of it.
import { join } from "node:path";
import type { Database, Databases, SqlRow } from "../../providers/index.ts";
import { type Signal, StoredSignal } from "./types.ts";

const migrations = [
  `create table signal (
     id integer primary key, at text not null, kind text not null, title text not null, text text not null, link text not null,
     cause text not null, task_id text, commit_id text, once text not null unique
   ) strict;
   create index signal_cause on signal (cause);`,
];

export interface SignalStore {
  /** Stores a signal once: `once` is the identity of the event, so that a repeated step after a crash adds nothing. False where it was there. */
  add(signal: Signal, options: { readonly at: string; readonly once: string }): Promise<boolean>;
  find(id: number): Promise<StoredSignal | undefined>;
  count(): Promise<number>;
  /** Newest first, at most `countMax`. */
  list(options: { readonly countMax: number; readonly kind?: string; readonly taskId?: string }): Promise<readonly StoredSignal[]>;
  close(): Promise<void>;
}

function toSignal(row: SqlRow): StoredSignal {
  return StoredSignal.parse({ ...row, taskId: row["task_id"] ?? undefined, commit: row["commit_id"] ?? undefined });
}

export function openSignalStore(databases: Databases, repositoryStatePath: string): SignalStore {
  const database: Database = databases.open(join(repositoryStatePath, "signals.db"), migrations);
  return {
    add: async (signal, { at, once }) => database.run(
      "insert or ignore into signal (at, kind, title, text, link, cause, task_id, commit_id, once) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      at, signal.kind, signal.title, signal.text, signal.link, signal.cause, signal.taskId ?? null, signal.commit ?? null, once,
    ).changes > 0,
    list: async ({ countMax, kind, taskId }) => database.all(
      "select * from signal where (? is null or kind = ?) and (? is null or task_id = ?) order by id desc limit ?",
      kind ?? null, kind ?? null, taskId ?? null, taskId ?? null, countMax,
    ).map(toSignal),
    find: async (id) => database.all("select * from signal where id = ?", id).map(toSignal)[0],
    count: async () => Number(database.all("select count(*) as count from signal")[0]?.["count"] ?? 0),
    close: async () => database.close(),
  };
}
