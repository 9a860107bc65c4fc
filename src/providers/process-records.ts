// Which processes of ours live on this machine: one record each, so that `ps`, `stop` and a crash sweep find them. By interface.

export interface ProcessRecord {
  readonly pid: number;
  /** Opaque; tells this process from a later one with the same id. */
  readonly startTime: string;
  readonly kind: "task-runner" | "server" | "supervisor" | "check-daemon" | "browser-daemon" | "mcp";
  readonly label: string;
  readonly repositoryPath: string | undefined;
  readonly taskId: string | undefined;
  readonly url: string | undefined;
  readonly version: string;
  readonly startedAt: string;
}

export interface ProcessRecords {
  /** Writes a record for this process; `remove` is idempotent. */
  register(record: Pick<ProcessRecord, "kind" | "label" | "repositoryPath" | "taskId" | "url">): Promise<{ remove(): Promise<void> }>;
  /** Records whose process lives, oldest first; records of dead processes are removed on the way. */
  list(): Promise<readonly ProcessRecord[]>;
}
