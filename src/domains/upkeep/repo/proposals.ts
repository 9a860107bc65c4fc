// What was proposed: one row a deviation, in the repository's database file of its own. The only reader and writer of it.
import { join } from "node:path";
import type { Databases } from "../../../providers/index.ts";
import { Proposal, type ProposalState } from "../types/index.ts";

const migrations = [
  `create table proposal (deviation text primary key, kind text not null, file text not null, title text not null, state text not null, task_id text, pull_request text, attempts integer not null, at text not null) strict;
   create table running (name text primary key, pid integer not null, start_time text not null) strict;
   create table reading (file text primary key, content text not null, at text not null) strict;`,
];

export interface ProposalStore {
  all(): Promise<readonly Proposal[]>;
  /** Written before its task is started; counts the attempt. */
  begin(proposal: Pick<Proposal, "deviation" | "kind" | "file" | "title" | "at">): Promise<void>;
  settle(deviation: string, state: ProposalState, found: { readonly taskId: string | null; readonly pullRequest: string | null }): Promise<void>;
  /** What a document and the files it covers were when it was read last. */
  lastReading(file: string): Promise<string | undefined>;
  keepReading(file: string, content: string, at: string): Promise<void>;
  /** A task that could not even begin is no attempt. */
  forget(deviation: string): Promise<void>;
  /** Rejected rows of a kind or principle may be proposed again; how many there were. */
  allow(kind: string): Promise<number>;
  /** False where a living process holds the name. */
  enter(name: string, lease: Lease, isAlive: (lease: Lease) => boolean): Promise<boolean>;
  leave(name: string, lease: Lease): Promise<void>;
  close(): Promise<void>;
}

export interface Lease { readonly pid: number; readonly startTime: string }

export function openProposalStore(databases: Databases, repositoryStatePath: string): ProposalStore {
  const database = databases.open(join(repositoryStatePath, "upkeep.db"), migrations);
  return {
    all: async () =>
      database
        .all("select * from proposal order by at, deviation")
        .map((row) => Proposal.parse({ ...row, taskId: row["task_id"], pullRequest: row["pull_request"] })),
    begin: async ({ deviation, kind, file, title, at }) => {
      database.run(
        "insert into proposal (deviation, kind, file, title, state, attempts, at) values (?, ?, ?, ?, 'begun', 1, ?) on conflict (deviation) do update set state = 'begun', attempts = attempts + 1, at = excluded.at, task_id = null, pull_request = null",
        deviation,
        kind,
        file,
        title,
        at,
      );
    },
    settle: async (deviation, state, { taskId, pullRequest }) => {
      database.run(
        "update proposal set state = ?, task_id = coalesce(?, task_id), pull_request = coalesce(?, pull_request) where deviation = ?",
        state,
        taskId,
        pullRequest,
        deviation,
      );
    },
    lastReading: async (file) => { const row = database.get("select content from reading where file = ?", file); return row === undefined ? undefined : String(row["content"]); },
    keepReading: async (file, content, at) => {
      database.run(
        "insert into reading (file, content, at) values (?, ?, ?) on conflict (file) do update set content = excluded.content, at = excluded.at",
        file,
        content,
        at,
      );
    },
    forget: async (deviation) => { database.run("delete from proposal where deviation = ? and state = 'begun'", deviation); },
    allow: async (kind) => database.run("delete from proposal where state = 'rejected' and (kind = ? or kind like ? || '/%' or deviation = ?)", kind, kind, kind).changes,
    enter: async (name, lease, isAlive) => database.transaction(() => {
      const row = database.get("select pid, start_time from running where name = ?", name);
      const holder = row === undefined ? undefined : { pid: Number(row["pid"]), startTime: String(row["start_time"]) };
      if (holder !== undefined && isAlive(holder)) return false;
      database.run(
        "insert into running (name, pid, start_time) values (?, ?, ?) on conflict (name) do update set pid = excluded.pid, start_time = excluded.start_time",
        name,
        lease.pid,
        lease.startTime,
      );
      return true;
    }),
    leave: async (name, lease) => { database.run("delete from running where name = ? and pid = ? and start_time = ?", name, lease.pid, lease.startTime); },
    close: async () => database.close(),
  };
}
