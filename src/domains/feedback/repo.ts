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
  `create table signal_flood (day text not null, cause text not null, count integer not null, primary key (day, cause)) strict, without rowid;
   create index signal_at on signal (at);
   create table delivery (id text primary key, at text not null) strict;`,
];

/** Deliveries that are remembered; a replay that is older than these finds its signals there already. */
const deliveriesMax = 50_000;

/** Of one cause a day: more of the same says nothing but "often", and that is counted. */
const causePerDayMax = 500;
/** Of all causes a day; without it a flood of random texts fills the disk. */
const perDayMax = 20_000;
/** Causes that were flooded, by day: a flood of causes is one line. */
const floodsPerDayMax = 1_000;

export interface Flood { readonly day: string; readonly cause: string; readonly count: number }

export interface SignalStore {
  /** Stores a signal once: `once` is the identity of the event, so that a repeated step after a crash adds nothing. False where it was there. */
  add(signal: Signal, options: { readonly at: string; readonly once: string }): Promise<boolean>;
  /** What was only counted, newest day first, largest first; `cause` "*" where the whole day was full. */
  floods(countMax: number): Promise<readonly Flood[]>;
  noteFlood(flood: Flood): Promise<void>;
  /** False where a delivery of this identity was taken before. */
  takeDelivery(id: string, at: string): Promise<boolean>;
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
    add: async (signal, { at, once }) => {
      if (isFlood(database, { signal, once, at })) return false;
      return database.run(
        "insert or ignore into signal (at, kind, title, text, link, cause, task_id, commit_id, once) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        at, signal.kind, signal.title, signal.text, signal.link, signal.cause, signal.taskId ?? null, signal.commit ?? null, once,
      ).changes > 0;
    },
    noteFlood: async (flood) => { noteFlood(database, flood); },
    takeDelivery: async (id, at) => database.transaction(() => {
      if (database.run("insert or ignore into delivery (id, at) values (?, ?)", id, at).changes === 0) return false;
      database.run("delete from delivery where rowid <= (select max(rowid) from delivery) - ?", deliveriesMax);
      return true;
    }),
    floods: async (countMax) => database.all("select day, cause, count from signal_flood order by day desc, count desc, cause limit ?", countMax).map((row) => ({ day: String(row["day"]), cause: String(row["cause"]), count: Number(row["count"]) })),
    list: async ({ countMax, kind, taskId }) => database.all(
      "select * from signal where (? is null or kind = ?) and (? is null or task_id = ?) order by id desc limit ?",
      kind ?? null, kind ?? null, taskId ?? null, taskId ?? null, countMax,
    ).map(toSignal),
    find: async (id) => database.all("select * from signal where id = ?", id).map(toSignal)[0],
    count: async () => Number(database.all("select count(*) as count from signal")[0]?.["count"] ?? 0),
    close: async () => database.close(),
  };
}

/** True where the signal is only counted, because the day has enough of its cause or of everything. */
function isFlood(database: Database, { signal, once, at }: { readonly signal: Signal; readonly once: string; readonly at: string }): boolean {
  const day = at.slice(0, 10);
  const countOf = (sql: string, ...values: readonly string[]) => Number(database.get(sql, ...values)?.["count"] ?? 0);
  const ofCause = countOf("select count(*) as count from signal where cause = ? and at >= ?", signal.cause, day);
  const isFull = ofCause >= causePerDayMax ? signal.cause : countOf("select count(*) as count from signal where at >= ?", day) >= perDayMax ? "*" : undefined;
  if (isFull === undefined || database.get("select 1 from signal where once = ?", once) !== undefined) return false;
  const isKnown = isFull === "*" || database.get("select 1 from signal_flood where day = ? and cause = ?", day, isFull) !== undefined;
  const cause = isKnown || countOf("select count(*) as count from signal_flood where day = ?", day) < floodsPerDayMax ? isFull : "*";
  noteFlood(database, { day, cause, count: 1 });
  return true;
}

function noteFlood(database: Database, { day, cause, count }: Flood): void {
  database.run("insert into signal_flood (day, cause, count) values (?, ?, ?) on conflict (day, cause) do update set count = count + excluded.count", day, cause, count);
}
