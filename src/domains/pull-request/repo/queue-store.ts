// Where the merge queue of a repository stands: one row a base branch, changed in one transaction after each step, so that a killed runner goes on and others may add
// meanwhile. Keeps how every entry ended, with what it landed together.
import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../../../base/json.ts";
import type { Databases } from "../../../providers/index.ts";
import { KeptBaseChecks, KeptQueue, QueueEnd } from "../types.ts";

const migrations = [
  "create table queue (base_branch text primary key, state text not null) strict;",
  `alter table queue add column runner text;
   create table queue_end (seq integer primary key autoincrement, base_branch text not null, id text not null, head text not null, data text not null, unique (base_branch, id, head)) strict;`,
  "create table base_check (commit_id text primary key, data text not null) strict;",
];

// A base gains about this many changes in a month; older ends decide nothing any more.
const endsMax = 5_000;

/** Who moves the queue on: one runner of one process. */
export const QueueLease = z.object({ pid: z.number(), startTime: z.string(), token: z.string() });
export type QueueLease = z.infer<typeof QueueLease>;

export interface QueueStore {
  /** Undefined where none was kept, or by a version that wrote another form. */
  read(baseBranch: string): KeptQueue | undefined;
  /** Nobody else writes between the reading and the writing. */
  change(baseBranch: string, change: (kept: KeptQueue | undefined) => { readonly kept: KeptQueue; readonly ends: readonly QueueEnd[] }): KeptQueue;
  endOf(baseBranch: string, entry: { readonly id: string; readonly head: string }): QueueEnd | undefined;
  /** An entry that comes again has no end yet. */
  forget(baseBranch: string, entry: { readonly id: string; readonly head: string }): void;
  /** Newest first. */
  ends(baseBranch: string, countMax: number): readonly QueueEnd[];
  /** True where this runner may move the queue on: nobody does, or whoever did is dead. */
  acquire(baseBranch: string, lease: QueueLease, isAlive: (lease: QueueLease) => boolean): boolean;
  release(baseBranch: string, lease: QueueLease): void;
  /** What checks that ran here say of a commit of the base. */
  readBaseChecks(commit: string): KeptBaseChecks | undefined;
  writeBaseChecks(commit: string, kept: KeptBaseChecks): void;
  close(): void;
}

/** Undefined where nothing stands, or what another version wrote. */
function parseAs<Schema extends z.ZodType>(schema: Schema, text: unknown): z.infer<Schema> | undefined {
  const parsed = schema.safeParse(typeof text === "string" ? parseJson(text) : undefined);
  return parsed.success ? parsed.data : undefined;
}

export function openQueueStore(databases: Databases, repositoryStatePath: string): QueueStore {
  const database = databases.open(join(repositoryStatePath, "queue.db"), migrations);
  const read = (baseBranch: string): KeptQueue | undefined => parseAs(KeptQueue, database.get("select state from queue where base_branch = ?", baseBranch)?.["state"]);
  return {
    read,
    change: (baseBranch, change) => database.transaction(() => {
      const { kept, ends } = change(read(baseBranch));
      database.run("insert into queue (base_branch, state) values (?, ?) on conflict (base_branch) do update set state = excluded.state", baseBranch, JSON.stringify(kept));
      for (const end of ends)
        database.run(
          "insert into queue_end (base_branch, id, head, data) values (?, ?, ?, ?) on conflict (base_branch, id, head) do update set data = excluded.data",
          baseBranch,
          end.id,
          end.head,
          JSON.stringify(end),
        );
      if (ends.length > 0)
        database.run(
          "delete from queue_end where seq in (select seq from queue_end where base_branch = ? order by seq desc limit -1 offset ?)",
          baseBranch,
          endsMax,
        );
      return kept;
    }),
    endOf: (baseBranch, { id, head }) =>
      parseAs(QueueEnd, database.get("select data from queue_end where base_branch = ? and id = ? and head = ?", baseBranch, id, head)?.["data"]),
    forget: (baseBranch, { id, head }) => { database.run("delete from queue_end where base_branch = ? and id = ? and head = ?", baseBranch, id, head); },
    ends: (baseBranch, countMax) =>
      database
        .all("select data from queue_end where base_branch = ? order by seq desc limit ?", baseBranch, countMax)
        .flatMap((row) => parseAs(QueueEnd, row["data"]) ?? []),
    acquire: (baseBranch, lease, isAlive) => database.transaction(() => {
      const holder = parseAs(QueueLease, database.get("select runner from queue where base_branch = ?", baseBranch)?.["runner"]);
      if (holder && holder.token !== lease.token && isAlive(holder)) return false;
      database.run(
        "insert into queue (base_branch, state, runner) values (?, '{}', ?) on conflict (base_branch) do update set runner = excluded.runner",
        baseBranch,
        JSON.stringify(lease),
      );
      return true;
    }),
    release: (baseBranch, lease) => { database.run("update queue set runner = null where base_branch = ? and runner = ?", baseBranch, JSON.stringify(lease)); },
    readBaseChecks: (commit) => parseAs(KeptBaseChecks, database.get("select data from base_check where commit_id = ?", commit)?.["data"]),
    writeBaseChecks: (commit, kept) => {
      database.run(
        "insert into base_check (commit_id, data) values (?, ?) on conflict (commit_id) do update set data = excluded.data",
        commit,
        JSON.stringify(kept),
      );
    },
    close: () => database.close(),
  };
}
