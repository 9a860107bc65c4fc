// What a page watches: the list of tasks, one task's state and its journal, as one stream of messages. Reads the task store, changes nothing.
import { isAbort } from "../../base/errors.ts";
import type { OperationContext } from "../../providers/index.ts";
import { totalTokens } from "../../domains/model/index.ts";
import { isAtRest, type TaskState } from "../../domains/task/index.ts";
import { openTasks, readTask, type OpenTasks } from "../../domains/task/runtime/index.ts";
import { nextCommands } from "../../domains/task/ui/index.ts";

// How often the journal is looked at; a person sees nothing sooner, and a look costs one indexed read.
const recordsPollMs = 200;
// Age of the shared list of tasks; it parses every state, so all streams share one.
const listMsMax = 1000;
// Tasks in the list; a person scrolls no further, and `inspan task list` shows the rest.
const tasksMax = 200;
const recordsPerLook = 500;
// Proxies and browsers drop a connection that is silent for longer than about this.
const heartbeatMs = 15_000;

export interface LiveMessage { readonly event: "repository" | "tasks" | "task" | "record" | "missing" | "heartbeat"; readonly data: string; readonly id?: string }

export interface Live {
  /** Messages until the signal aborts; the journal from the line after `after`. `send` may wait: nothing is read ahead of a slow reader. */
  follow(options: { readonly taskId: string | undefined; readonly after: number; readonly signal: AbortSignal; send(message: LiveMessage): Promise<void> }): Promise<void>;
  close(): Promise<void>;
}

/** A held, failed or stopped task waits for a person; anything else works or has ended. */
export function placeOf(state: TaskState, isRunning: boolean): "needs-you" | "running" | "ended" {
  if (state.status === "held" || state.status === "failed") return "needs-you";
  if (isAtRest(state)) return state.pullRequest && !state.mergeCommit && state.status === "done" && state.until === "merge" ? "needs-you" : "ended";
  return isRunning ? "running" : "needs-you";
}

function toRow(state: TaskState, isRunning: boolean) {
  return {
    id: state.id, title: state.title, status: state.status, isRunning, place: placeOf(state, isRunning), agent: state.agent.driver, tokens: totalTokens(state.spent.usage),
    pullRequest: state.pullRequest ? { id: state.pullRequest.id, state: state.mergeCommit ? "merged" : state.pullRequest.state } : null,
    question: state.status === "held" ? state.hold?.question ?? "" : "", createdAt: state.createdAt, updatedAt: state.updatedAt,
  };
}

async function isRunning(tasks: OpenTasks, state: TaskState): Promise<boolean> {
  const lease = await tasks.store.runnerOf(state.id);
  return lease !== undefined && tasks.run.providers.processes.isAlive(lease.pid, lease.startTime);
}

async function readList(tasks: OpenTasks): Promise<string> {
  const found = await tasks.store.list({ countMax: tasksMax });
  const { processes, clock } = tasks.run.providers;
  const rows = found.map(({ state, runner }) => toRow(state, runner !== undefined && processes.isAlive(runner.pid, runner.startTime)));
  return JSON.stringify({ now: clock.nowIso(), tasks: rows });
}

/** Opens the tasks of the repository around the context's folder; rejects where there is none. Close it. */
export async function openLive(context: OperationContext): Promise<Live> {
  const tasks = await openTasks(context);
  const { clock } = context.providers;
  let list = { text: "", atMs: -Infinity };
  const currentList = async () => {
    if (clock.monotonicMs() - list.atMs > listMsMax) list = { text: await readList(tasks), atMs: clock.monotonicMs() };
    return list.text;
  };

  return {
    async follow({ taskId, after, signal, send }) {
      let seq = after;
      const sent = { list: "", task: "", atMs: clock.monotonicMs() };
      const tell = async (message: LiveMessage) => { sent.atMs = clock.monotonicMs(); await send(message); };
      await tell({ event: "repository", data: JSON.stringify({ path: tasks.run.repository.rootPath, now: clock.nowIso() }) });
      let state = taskId === undefined ? undefined : await readTask(tasks, taskId).catch(() => undefined);
      if (taskId !== undefined && !state) await tell({ event: "missing", data: JSON.stringify({ id: taskId }) });
      try {
        while (!signal.aborted) {
          const listed = await currentList();
          const tasksPart = listed.slice(listed.indexOf("\"tasks\"")); // without the time, which always differs
          if (tasksPart !== sent.list) { sent.list = tasksPart; await tell({ event: "tasks", data: listed }); }
          if (state) {
            state = (await tasks.store.read(state.id)) ?? state;
            const text = JSON.stringify({ task: state, isRunning: await isRunning(tasks, state), tokens: totalTokens(state.spent.usage), next: nextCommands(state) });
            if (text !== sent.task) { sent.task = text; await tell({ event: "task", data: text }); }
            const records = await tasks.store.records(state.id, seq, recordsPerLook);
            for (const record of records) {
              if (signal.aborted) return;
              await tell({ event: "record", id: String(record.seq), data: JSON.stringify(record) });
              seq = record.seq;
            }
            if (records.length === recordsPerLook) continue;
          }
          if (clock.monotonicMs() - sent.atMs > heartbeatMs) await tell({ event: "heartbeat", data: "{}" });
          await clock.sleep(recordsPollMs, signal);
        }
      } catch (error) { if (!isAbort(error) && !signal.aborted) throw error; }
    },
    close: () => tasks.close(),
  };
}
