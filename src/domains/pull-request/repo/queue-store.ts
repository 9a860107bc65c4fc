// Where the merge queue of a repository stands: one row, written before and after each step, so that a killed runner goes on.
import { join } from "node:path";
import { z } from "zod";
import type { Databases } from "../../../providers/index.ts";

const migrations = ["create table queue (base_branch text primary key, state text not null) strict;"];

/** What was tested, so that nothing else lands. */
export const TestedTree = z.object({ baseCommit: z.string(), tree: z.string() });
export type TestedTree = z.infer<typeof TestedTree>;

export interface QueueStore { read(baseBranch: string): unknown; write(baseBranch: string, value: unknown): void; close(): void }

export function openQueueStore(databases: Databases, repositoryStatePath: string): QueueStore {
  const database = databases.open(join(repositoryStatePath, "queue.db"), migrations);
  return {
    read: (baseBranch) => { const row = database.get("select state from queue where base_branch = ?", baseBranch); return row && JSON.parse(String(row["state"])); },
    write: (baseBranch, value) => { database.run("insert into queue (base_branch, state) values (?, ?) on conflict (base_branch) do update set state = excluded.state", baseBranch, JSON.stringify(value)); },
    close: () => database.close(),
  };
}
