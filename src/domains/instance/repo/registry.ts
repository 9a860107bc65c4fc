// Reads and writes what all instances of this machine share: who runs, which ports are leased, who holds scarce things, how runs went.
import type { Database, Databases, Processes, SqlRow } from "../../../providers/index.ts";

const migrations = [`
create table instances (key text primary key, worktree text not null, pid integer not null, startTime text not null, version text not null, runId text not null, names text not null, startedAt text not null) strict;
create table leases (port integer primary key, key text not null, owner text not null) strict;
create table tickets (id integer primary key autoincrement, resource text not null, key text not null, service text not null, pid integer not null, startTime text not null) strict;
create table runs (id integer primary key autoincrement, key text not null, kind text not null, name text not null, at text not null, result text not null) strict;
`];

/** Runs kept for one name of one instance; comparing needs one, a person looks at a few. */
const runsMax = 20;

export interface InstanceRow {
  readonly key: string; readonly worktree: string; readonly pid: number; readonly startTime: string;
  readonly version: string; readonly runId: string; readonly names: readonly string[]; readonly startedAt: string;
}

export interface Registry {
  /** Undefined where the instance is ours now; otherwise the living one that has it. `previous` is what a dead one left. */
  claim(row: InstanceRow): { readonly other: InstanceRow | undefined; readonly previous: InstanceRow | undefined };
  writeNames(key: string, names: readonly string[]): void;
  /** Takes the row, leases and tickets away where they are still those of `pid`. */
  release(key: string, pid: number): void;
  find(key: string): InstanceRow | undefined;
  isAlive(row: InstanceRow): boolean;
  list(): readonly InstanceRow[];
  /** The first of the candidates that nobody else has, for the owner ("service/VARIABLE") in place of what it had; undefined where none is left. */
  lease(key: string, owner: string, candidates: readonly number[]): number | undefined;
  /** Queues up, or finds the ticket that the service still has; its id. */
  takeTicket(ticket: { readonly resource: string; readonly key: string; readonly service: string; readonly pid: number; readonly startTime: string }): number;
  placeOf(ticketId: number): { readonly place: number; readonly holders: readonly string[] };
  dropTickets(key: string, service: string): void;
  addRun(run: { readonly key: string; readonly kind: string; readonly name: string; readonly at: string; readonly result: string }): void;
  /** The newest first. */
  runs(key: string, kind: string, name: string): readonly { readonly at: string; readonly result: string }[];
  close(): void;
}

const text = (value: SqlRow[string] | undefined): string => (typeof value === "string" ? value : "");

function toRow(row: SqlRow | undefined): InstanceRow | undefined {
  if (row === undefined) return undefined;
  return {
    key: text(row["key"]), worktree: text(row["worktree"]), pid: Number(row["pid"]), startTime: text(row["startTime"]), version: text(row["version"]),
    runId: text(row["runId"]), names: text(row["names"]).split("\n").filter((name) => name !== ""), startedAt: text(row["startedAt"]),
  };
}

function leaseIn(database: Database, key: string, owner: string, candidates: readonly number[]): number | undefined {
  for (const port of candidates) {
    const holder = database.get("select key, owner from leases where port = ?", port);
    if (holder !== undefined && (holder["key"] !== key || holder["owner"] !== owner)) continue;
    database.run("delete from leases where key = ? and owner = ?", key, owner);
    database.run("insert or replace into leases (port, key, owner) values (?, ?, ?)", port, key, owner);
    return port;
  }
  return undefined;
}

export function openRegistry(databases: Databases, path: string, processes: Pick<Processes, "isAlive">): Registry {
  // Who runs and which ports are leased means nothing after a power cut.
  const database = databases.open(path, migrations, { isExpendable: true });
  const isAlive = (row: Pick<InstanceRow, "pid" | "startTime">): boolean => processes.isAlive(row.pid, row.startTime);
  const find = (key: string): InstanceRow | undefined => toRow(database.get("select * from instances where key = ?", key));
  const forget = (key: string): void => {
    database.run("delete from instances where key = ?", key);
    database.run("delete from leases where key = ?", key);
    database.run("delete from tickets where key = ?", key);
  };
  const livingTickets = (resource: string): readonly SqlRow[] =>
    database
      .all("select * from tickets where resource = ? order by id", resource)
      .filter((row) => isAlive({ pid: Number(row["pid"]), startTime: text(row["startTime"]) }));
  return {
    isAlive, find,
    claim: (row) => database.transaction(() => {
      const found = find(row.key);
      if (found !== undefined && isAlive(found)) return { other: found, previous: undefined };
      // What any dead supervisor left is free again: it cannot come back with the same start time.
      for (const dead of database
        .all("select * from instances")
        .flatMap((one) => toRow(one) ?? [])
        .filter((one) => !isAlive(one) && one.key !== row.key))
        database.run("delete from leases where key = ?", dead.key);
      forget(row.key);
      database.run("insert into instances values (?, ?, ?, ?, ?, ?, ?, ?)", row.key, row.worktree, row.pid, row.startTime, row.version, row.runId, row.names.join("\n"), row.startedAt);
      return { other: undefined, previous: found };
    }),
    writeNames: (key, names) => { database.run("update instances set names = ? where key = ?", names.join("\n"), key); },
    release: (key, pid) => database.transaction(() => { if (find(key)?.pid === pid) forget(key); }),
    list: () => database.all("select * from instances order by startedAt").flatMap((row) => toRow(row) ?? []),
    lease: (key, owner, candidates) => database.transaction(() => leaseIn(database, key, owner, candidates)),
    takeTicket: ({ resource, key, service, pid, startTime }) => {
      const kept = database.get("select id from tickets where resource = ? and key = ? and service = ? and pid = ? and startTime = ?", resource, key, service, pid, startTime);
      return kept !== undefined
        ? Number(kept["id"])
        : database.run("insert into tickets (resource, key, service, pid, startTime) values (?, ?, ?, ?, ?)", resource, key, service, pid, startTime).lastId;
    },
    placeOf: (ticketId) => {
      const resource = text(database.get("select resource from tickets where id = ?", ticketId)?.["resource"]);
      const before = livingTickets(resource).filter((row) => Number(row["id"]) < ticketId);
      return { place: before.length, holders: before.map((row) => `${text(row["service"])} of ${text(row["key"])}`) };
    },
    dropTickets: (key, service) => { database.run("delete from tickets where key = ? and service = ?", key, service); },
    addRun: (run) => database.transaction(() => {
      database.run("insert into runs (key, kind, name, at, result) values (?, ?, ?, ?, ?)", run.key, run.kind, run.name, run.at, run.result);
      database.run(
        "delete from runs where key = ? and kind = ? and name = ? and id not in (select id from runs where key = ? and kind = ? and name = ? order by id desc limit ?)",
        run.key,
        run.kind,
        run.name,
        run.key,
        run.kind,
        run.name,
        runsMax,
      );
    }),
    runs: (key, kind, name) =>
      database
        .all("select at, result from runs where key = ? and kind = ? and name = ? order by id desc", key, kind, name)
        .map((row) => ({ at: text(row["at"]), result: text(row["result"]) })),
    close: () => database.close(),
  };
}
