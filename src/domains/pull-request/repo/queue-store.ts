// Where the merge queue of a repository stands: one row a base branch, written after each step, so that a killed runner goes on.
import { join } from "node:path";
import type { Databases } from "../../../providers/index.ts";
import { KeptQueue } from "../types.ts";

const migrations = ["create table queue (base_branch text primary key, state text not null) strict;"];

export interface QueueStore {
  /** Undefined where none was kept, or by a version that wrote another form. */
  read(baseBranch: string): KeptQueue | undefined;
  write(baseBranch: string, kept: KeptQueue): void;
  close(): void;
}

export function openQueueStore(databases: Databases, repositoryStatePath: string): QueueStore {
  const database = databases.open(join(repositoryStatePath, "queue.db"), migrations);
  return {
    read: (baseBranch) => {
      const row = database.get("select state from queue where base_branch = ?", baseBranch);
      const parsed = KeptQueue.safeParse(row === undefined ? undefined : JSON.parse(String(row["state"])));
      return parsed.success ? parsed.data : undefined;
    },
    write: (baseBranch, kept) => { database.run("insert into queue (base_branch, state) values (?, ?) on conflict (base_branch) do update set state = excluded.state", baseBranch, JSON.stringify(kept)); },
    close: () => database.close(),
  };
}
