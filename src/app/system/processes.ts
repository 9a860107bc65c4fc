// `inspan ps` and `inspan stop`: what of ours runs on this machine, and how to end it.
import { z } from "zod";
import { InspanError } from "../../base/errors.ts";
import { plural, renderTable } from "../../base/text.ts";
import { defineOperation, type OperationContext, type ProcessRecord } from "../../providers/index.ts";

// Longer than a task runner needs to journal and to end its agent; then the process is killed.
const graceMsMax = 8_000;
const pollMs = 50;

const Row = z.object({
  pid: z.number(),
  kind: z.string(),
  label: z.string(),
  repositoryPath: z.string().optional(),
  taskId: z.string().optional(),
  url: z.string().optional(),
  startedAt: z.string(),
});
type Row = z.infer<typeof Row>;

function toRow(record: ProcessRecord): Row {
  const { pid, kind, label, repositoryPath, taskId, url, startedAt } = record;
  return { pid, kind, label, repositoryPath, taskId, url, startedAt };
}

export const psOperation = defineOperation({
  name: "system/ps", command: "ps", summary: "List the processes of Inspan on this machine",
  audience: "person", readOnly: true,
  input: z.object({}),
  handler: async (_input, context) => ({ version: 1, processes: (await context.providers.processRecords.list()).filter((record) => record.pid !== process.pid).map(toRow) }),
  render: ({ processes }) =>
    processes.length === 0
      ? "No process of Inspan runs."
      : renderTable([
          ["PID", "KIND", "LABEL", "STARTED", "WHERE"],
          ...processes.map((row) => [String(row.pid), row.kind, row.label, row.startedAt, row.url ?? row.repositoryPath ?? ""]),
        ]),
});

/** TERM, a grace, KILL; true when the process is gone. A process that ended by itself counts as gone. */
async function endProcess(context: OperationContext, record: ProcessRecord): Promise<boolean> {
  const { processes, clock } = context.providers;
  const send = (name: NodeJS.Signals) => { try { process.kill(record.pid, name); } catch { /* already gone */ } };
  send("SIGTERM");
  const deadline = clock.monotonicMs() + graceMsMax;
  while (processes.isAlive(record.pid, record.startTime) && clock.monotonicMs() < deadline) await clock.sleep(pollMs, context.signal);
  if (processes.isAlive(record.pid, record.startTime)) send("SIGKILL");
  const killDeadline = clock.monotonicMs() + 1000;
  while (processes.isAlive(record.pid, record.startTime) && clock.monotonicMs() < killDeadline) await clock.sleep(pollMs, context.signal);
  return !processes.isAlive(record.pid, record.startTime);
}

export const stopOperation = defineOperation({
  name: "system/stop", command: "stop", summary: "End processes of Inspan; tasks are kept and can be resumed",
  audience: "person", readOnly: false,
  input: z.object({
    pids: z.array(z.string()).default([]).describe("Process ids as `inspan ps` shows them"),
    all: z.boolean().default(false).describe("End all of them"),
  }),
  positional: ["pids"],
  handler: async (input, context) => {
    if (!input.all && input.pids.length === 0) throw new InspanError("USAGE", `Cannot stop: neither a process id nor --all was given.`, { kind: "usage", remedy: "inspan ps" });
    const living = (await context.providers.processRecords.list()).filter((record) => record.pid !== process.pid);
    const unknown = input.pids.find((pid) => !living.some((record) => String(record.pid) === pid));
    if (unknown !== undefined)
      throw new InspanError("PROCESS_UNKNOWN", `Cannot stop process "${unknown}": no process of Inspan has that id.`, { kind: "usage", remedy: "inspan ps" });
    const chosen = input.all ? living : living.filter((record) => input.pids.includes(String(record.pid)));
    const gone = await Promise.all(chosen.map(async (record) => ({ record, isGone: await endProcess(context, record) })));
    return {
      version: 1,
      stopped: gone.filter((entry) => entry.isGone).map(({ record }) => toRow(record)),
      stillAlive: gone.filter((entry) => !entry.isGone).map(({ record }) => toRow(record)),
    };
  },
  render: ({ stopped, stillAlive }) => [
    `Stopped ${plural(stopped.length, "process").replace("processs", "processes")}.`,
    ...stillAlive.map((row) => `Still alive: ${row.pid} (${row.kind}). Next: kill -9 ${row.pid}`),
  ].join("\n"),
  exitCode: ({ stillAlive }) => (stillAlive.length > 0 ? 3 : 0),
});
