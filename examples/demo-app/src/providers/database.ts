// Opens the one SQLite file. Knows no table: each domain's repo creates and reads its own.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export type Database = DatabaseSync;

/** Opens `<dataDir>/desk.sqlite`, creating folder and file; the caller closes it. */
export function openDatabase(dataDir: string): Database {
  mkdirSync(dataDir, { recursive: true });
  const database = new DatabaseSync(join(dataDir, "desk.sqlite"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000;");
  return database;
}

/**
 * Runs `work` in one write transaction and returns its value; rolls back when it throws.
 * `work` is synchronous, so nothing else of this process can run between its reads and its writes.
 */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const value = work();
    database.exec("COMMIT");
    return value;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
