// Embedded state on node:sqlite: WAL, busy timeout, synchronous FULL (power loss), migrations forward only.
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { InspanError, messageOf } from "../../base/errors.ts";
import type { Database, Databases, SqlRow } from "../database.ts";
import { nodeClock } from "./clock.ts";

// Six writers at once waited 57 ms at worst; ten seconds only runs out when a process is stuck inside a transaction.
const busyTimeoutMs = 10_000;
// Turning WAL on takes the other process about a millisecond.
const walRetryMs = 5;

function load(): typeof import("node:sqlite") {
  try { return createRequire(import.meta.url)("node:sqlite"); } catch (error) {
    throw new InspanError("NODE_TOO_OLD", `Cannot open the database: Node ${process.version} has no SQLite, expected 22.18 or newer.`, {
      kind: "usage",
      remedy: "npm install --global n && n 24",
      cause: error,
    });
  }
}

/** Whether SQLite said SQLITE_BUSY (5) or one of its kinds. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" && (error.errcode & 0xff) === 5;
}

/** Turns WAL on. SQLite asks nobody to wait for this one change, so two first openers at once would fail without the loop. */
function requireWal(raw: DatabaseSync): void {
  const deadlineMs = nodeClock.monotonicMs() + busyTimeoutMs;
  for (;;) {
    try {
      if (raw.prepare("pragma journal_mode").get()?.["journal_mode"] !== "wal") raw.exec("pragma journal_mode = wal");
      return;
    } catch (error) {
      if (!isBusy(error) || nodeClock.monotonicMs() > deadlineMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, walRetryMs); // open() is synchronous, as node:sqlite is
    }
  }
}

function connect(path: string, DatabaseSync: typeof import("node:sqlite").DatabaseSync): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return new DatabaseSync(path, { timeout: busyTimeoutMs });
  } catch (error) {
    throw new InspanError("STATE_UNWRITABLE", `Cannot write the state folder "${dirname(path)}": ${messageOf(error)}, expected a folder that you may write.`, {
      remedy: "set INSPAN_HOME to a folder that you may write, then run: inspan doctor",
      cause: error,
    });
  }
}

function migrate(raw: DatabaseSync, path: string, migrations: readonly string[]): void {
  const version = () => Number(raw.prepare("pragma user_version").get()?.["user_version"] ?? 0);
  const found = version();
  if (found > migrations.length) {
    throw new InspanError("DATABASE_NEWER", `Cannot open "${path}": its schema is version ${found}, expected at most ${migrations.length}.`, {
      kind: "usage",
      remedy: "npm install inspan@latest",
    });
  }
  if (found === migrations.length) return;
  if (found > 0) {
    raw.exec("pragma wal_checkpoint(truncate)");
    copyFileSync(path, `${path}.v${found}.bak`);
  }
  raw.exec("begin immediate");
  try {
    for (let step = version(); step < migrations.length; step++) raw.exec(migrations[step] ?? "");
    raw.exec(`pragma user_version = ${migrations.length}`);
    raw.exec("commit");
  } catch (error) {
    if (raw.isTransaction) raw.exec("rollback"); // where the disk is full SQLite has rolled back by itself
    throw error;
  }
}

function wrap(raw: DatabaseSync): Database {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepare = (sql: string) => {
    let statement = statements.get(sql);
    if (!statement) { statement = raw.prepare(sql); statements.set(sql, statement); }
    return statement;
  };
  return {
    all: (sql, ...values) => prepare(sql).all(...values) as SqlRow[], // node:sqlite returns plain rows of SQL values
    get: (sql, ...values) => prepare(sql).get(...values) as SqlRow | undefined,
    run: (sql, ...values) => { const result = prepare(sql).run(...values); return { changes: Number(result.changes), lastId: Number(result.lastInsertRowid) }; },
    transaction: (work) => {
      raw.exec("begin immediate");
      try {
        const value = work();
        raw.exec("commit");
        return value;
      } catch (error) {
        if (raw.isTransaction) raw.exec("rollback"); // where the disk is full SQLite has rolled back by itself
        throw error;
      }
    },
    close: () => raw.close(),
  };
}

export const nodeDatabases: Databases = {
  open(path, migrations, options = {}) {
    const { DatabaseSync } = load();
    const raw = connect(path, DatabaseSync);
    try {
      requireWal(raw);
      raw.exec(`pragma synchronous = ${options.isExpendable === true ? "normal" : "full"}; pragma foreign_keys = on`);
      migrate(raw, path, migrations);
      return wrap(raw);
    } catch (error) {
      raw.close();
      throw error;
    }
  },
};
