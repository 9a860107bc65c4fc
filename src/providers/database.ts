// Embedded state, by interface: SQLite in WAL mode, synchronous FULL. Statements are short, so the calls are synchronous.

export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface Database {
  all(sql: string, ...values: readonly SqlValue[]): readonly SqlRow[];
  get(sql: string, ...values: readonly SqlValue[]): SqlRow | undefined;
  run(sql: string, ...values: readonly SqlValue[]): { readonly changes: number; readonly lastId: number };
  /** `begin immediate`; commits when `work` returns, rolls back when it throws. Not nestable. */
  transaction<T>(work: () => T): T;
  close(): void;
}

export interface Databases {
  /**
   * Opens and migrates forward; migration i takes the schema from version i to i + 1, and a copy is kept before the first one that runs.
   * Throws DATABASE_NEWER where the file was written by a newer Inspan.
   */
  open(
    path: string,
    migrations: readonly string[],
    options?: { /** What a power cut may take with it: no commit waits for the disk. */ readonly isExpendable?: boolean },
  ): Database;
}
