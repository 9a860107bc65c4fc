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
/** Counts that wait to be written: each write waits for the disk, and a flood is thousands of them. As many are lost where the process is killed. */
const pendingMax = 50;
/** Rows of one transaction: others write beside us. */
const rowsPerTransaction = 1_000;
/** Another process adds too: what we know of the day is read again after so many. */
const trustedMax = 1_000;
const causesKnownMax = 10_000;

export interface Flood { readonly day: string; readonly cause: string; readonly count: number }

export interface SignalStore {
  /** Stores a signal once: `once` is the identity of the event, so that a repeated step after a crash adds nothing. False where it was there. */
  add(signal: Signal, options: { readonly at: string; readonly once: string }): Promise<boolean>;
  /** Many at once, in few waits for the disk; how many were new and kept. */
  addAll(signals: readonly { readonly signal: Signal; readonly once: string }[], at: string): Promise<number>;
  /** What was only counted, newest day first, largest first; `cause` "*" where the whole day was full. */
  floods(countMax: number): Promise<readonly Flood[]>;
  noteFlood(flood: Flood): Promise<void>;
  wasDelivered(id: string): Promise<boolean>;
  /** After its signals are stored: a delivery that was cut off in between comes again, and adds nothing twice. False where another was as quick. */
  noteDelivery(id: string, at: string): Promise<boolean>;
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
  const gate = createFloodGate(database);
  const add = (signal: Signal, { at, once }: { readonly at: string; readonly once: string }): boolean => {
    if (gate.turnsAway(signal.cause, at.slice(0, 10), once)) return false;
    const isNew = database.run(
      "insert or ignore into signal (at, kind, title, text, link, cause, task_id, commit_id, once) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      at, signal.kind, signal.title, signal.text, signal.link, signal.cause, signal.taskId ?? null, signal.commit ?? null, once,
    ).changes > 0;
    if (isNew) gate.kept(signal.cause);
    return isNew;
  };
  return {
    add: async (signal, options) => {
      const isNew = add(signal, options);
      gate.settle(pendingMax);
      return isNew;
    },
    addAll: async (signals, at) => {
      let added = 0;
      for (let from = 0; from < signals.length; from += rowsPerTransaction) {
        database.transaction(() => { for (const { signal, once } of signals.slice(from, from + rowsPerTransaction)) if (add(signal, { at, once })) added++; });
      }
      gate.settle(0);
      return added;
    },
    noteFlood: async (flood) => { writeFlood(database, flood); },
    wasDelivered: async (id) => database.get("select 1 from delivery where id = ?", id) !== undefined,
    noteDelivery: async (id, at) => database.transaction(() => {
      if (database.run("insert or ignore into delivery (id, at) values (?, ?)", id, at).changes === 0) return false;
      database.run("delete from delivery where rowid <= (select max(rowid) from delivery) - ?", deliveriesMax);
      return true;
    }),
    floods: async (countMax) => {
      gate.settle(0);
      return database
        .all("select day, cause, count from signal_flood order by day desc, count desc, cause limit ?", countMax)
        .map((row) => ({ day: String(row["day"]), cause: String(row["cause"]), count: Number(row["count"]) }));
    },
    list: async ({ countMax, kind, taskId }) => database.all(
      "select * from signal where (? is null or kind = ?) and (? is null or task_id = ?) order by id desc limit ?",
      kind ?? null, kind ?? null, taskId ?? null, taskId ?? null, countMax,
    ).map(toSignal),
    find: async (id) => database.all("select * from signal where id = ?", id).map(toSignal)[0],
    count: async () => Number(database.all("select count(*) as count from signal")[0]?.["count"] ?? 0),
    close: async () => { gate.settle(0); database.close(); },
  };
}

/** Turns away what the day has enough of, of its cause or of everything, and counts it. What it knows of the day is its own adds on top of what it read. */
function createFloodGate(database: Database) {
  const countOf = (sql: string, ...values: readonly string[]): number => Number(database.get(sql, ...values)?.["count"] ?? 0);
  let day = "", total: number | undefined, addedSince = 0;
  const causes = new Map<string, number>();
  const pending = new Map<string, number>();
  const write = () => {
    for (const [cause, count] of pending) {
      const isKnown = cause === "*" || database.get("select 1 from signal_flood where day = ? and cause = ?", day, cause) !== undefined;
      writeFlood(database, { day, cause: isKnown || countOf("select count(*) as count from signal_flood where day = ?", day) < floodsPerDayMax ? cause : "*", count });
    }
    pending.clear();
  };
  const settle = (leftMax: number): void => { if (pending.size > 0 && [...pending.values()].reduce((sum, count) => sum + count, 0) > leftMax) write(); };
  const begin = (today: string): void => {
    settle(0);
    day = today;
    total = undefined;
    causes.clear();
  };
  return {
    settle,
    turnsAway(cause: string, today: string, once: string): boolean {
      if (today !== day) begin(today);
      if (addedSince >= trustedMax || causes.size >= causesKnownMax) { total = undefined; causes.clear(); addedSince = 0; }
      const ofCause = causes.get(cause) ?? countOf("select count(*) as count from signal where cause = ? and at >= ?", cause, day);
      causes.set(cause, ofCause);
      total ??= countOf("select count(*) as count from signal where at >= ?", day);
      const full = ofCause >= causePerDayMax ? cause : total >= perDayMax ? "*" : undefined;
      if (full === undefined || database.get("select 1 from signal where once = ?", once) !== undefined) return false;
      pending.set(full, (pending.get(full) ?? 0) + 1);
      return true;
    },
    kept(cause: string): void {
      causes.set(cause, (causes.get(cause) ?? 0) + 1);
      total = (total ?? 0) + 1;
      addedSince += 1;
    },
  };
}

function writeFlood(database: Database, { day, cause, count }: Flood): void {
  database.run("insert into signal_flood (day, cause, count) values (?, ?, ?) on conflict (day, cause) do update set count = count + excluded.count", day, cause, count);
}
