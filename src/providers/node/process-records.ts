// Real process records: one small file each in the state folder. A record whose process is gone is removed by whoever lists.
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Files } from "../files.ts";
import type { ProcessRecord, ProcessRecords } from "../process-records.ts";
import type { Processes } from "../processes.ts";

function parseRecord(text: string | undefined): ProcessRecord | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    const isRecord = typeof value === "object" && value !== null && "pid" in value && "startTime" in value && typeof value.pid === "number" && typeof value.startTime === "string";
    return isRecord ? (value as ProcessRecord) : undefined; // written by register() below, atomically
  } catch { return undefined; } // a file that is no record is treated as a dead one
}

export function createNodeProcessRecords(options: {
  readonly folder: string;
  readonly version: string;
  readonly files: Files;
  readonly processes: Processes;
  readonly clock: Clock;
}): ProcessRecords {
  const { folder, files, processes } = options;
  return {
    async register(record) {
      const startTime = processes.startTimeOf(process.pid) ?? "unknown";
      const path = join(folder, `${process.pid}-${record.kind}${record.taskId ? `-${record.taskId}` : ""}.json`);
      const whole: ProcessRecord = { ...record, pid: process.pid, startTime, version: options.version, startedAt: options.clock.nowIso() };
      await files.writeText(path, JSON.stringify(whole), { mode: 0o600 });
      return { remove: () => files.remove(path) };
    },
    async list() {
      const living: ProcessRecord[] = [];
      for (const entry of await files.list(folder)) {
        if (!entry.name.endsWith(".json")) continue;
        const record = parseRecord(await files.readText(join(folder, entry.name)));
        if (record && processes.isAlive(record.pid, record.startTime)) living.push(record);
        else await files.remove(join(folder, entry.name));
      }
      return living.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
    },
  };
}
