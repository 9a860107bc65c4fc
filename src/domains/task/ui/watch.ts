// The operations that look at tasks and speak to their runners: list, show, attach, send, pause, takeover, diff, cancel.
import { z } from "zod";
import { InspanError } from "../../../base/errors.ts";
import { defineOperation, type OperationContext } from "../../../providers/index.ts";
import type { TaskState } from "../types/index.ts";
import { nextCommands, renderEnd, renderJournalLine, renderList, renderPage } from "./render.ts";
import { exitCodeOfTask, toResult } from "./result.ts";

// A journal holds no more than this; see the task store.
const recordsMax = 25_000;

const idField = z.string().describe("The task, or a clear beginning of its id");

/** Runs `work` with the repository's tasks open. */
async function withTasks<T>(
  context: OperationContext,
  work: (runtime: typeof import("../runtime/index.ts"), tasks: import("../runtime/index.ts").OpenTasks) => Promise<T>,
): Promise<T> {
  const runtime = await import("../runtime/index.ts");
  const tasks = await runtime.openTasks(context);
  try { return await work(runtime, tasks); } finally { await tasks.close(); }
}

async function isRunning(tasks: import("../runtime/index.ts").OpenTasks, state: TaskState): Promise<boolean> {
  const lease = await tasks.store.runnerOf(state.id);
  return lease !== undefined && tasks.run.providers.processes.isAlive(lease.pid, lease.startTime);
}

export const listOperation = defineOperation({
  name: "task/list", command: "task list", summary: "List the tasks of this repository",
  audience: "person", readOnly: true,
  input: z.object({ limit: z.number().int().min(1).max(1000).default(50).describe("How many, newest first") }),
  handler: async (input, context) => withTasks(context, async (_runtime, tasks) => {
    const found = await tasks.store.list({ countMax: input.limit });
    const rows = await Promise.all(found.map(async ({ state }) => ({ state, isRunning: await isRunning(tasks, state) })));
    return {
      version: 1,
      tasks: rows.map((row) => ({ ...toResult(row.state, false), agent: row.state.agent.driver, isRunning: row.isRunning, createdAt: row.state.createdAt })),
      rows,
    };
  }).then(({ rows, ...output }) => Object.defineProperty(output, "rows", { value: rows, enumerable: false }) as typeof output & { rows: typeof rows }), // the rows are for the text form only
  render: ({ rows }) => renderList(rows),
});

export const showOperation = defineOperation({
  name: "task/show", command: "task show", summary: "Show one task: plan, proof, review, checks, timeline, cost by phase",
  audience: "person", readOnly: true,
  input: z.object({ id: idField, events: z.boolean().default(false).describe("Also print its journal") }),
  positional: ["id"],
  handler: async (input, context) => withTasks(context, async (runtime, tasks) => {
    const state = await runtime.readTask(tasks, input.id);
    const records = input.events ? await tasks.store.records(state.id, 0, 5000) : [];
    return { version: 1, task: state, isRunning: await isRunning(tasks, state), events: records };
  }),
  render: ({ task, isRunning: running, events }) =>
    [renderPage(task, running), ...(events.length > 0 ? ["", ...events.flatMap((record) => renderJournalLine(record.type, record.data) ?? [])] : [])].join(
      "\n",
    ),
});

export const attachOperation = defineOperation({
  name: "task/attach", command: "task attach", summary: "Watch a task live until it rests",
  audience: "person", readOnly: true, isStreaming: true,
  input: z.object({ id: idField }),
  positional: ["id"],
  handler: async (input, context) => withTasks(context, async (runtime, tasks) => {
    const state = await runtime.readTask(tasks, input.id);
    const end = await runtime.attachTask(tasks, state, { after: 0, signal: context.signal, onRecord: (record) => {
      context.emit({ type: record.type, taskId: state.id, ...record.data });
      const line = renderJournalLine(record.type, record.data);
      if (line !== undefined) context.progress(line);
    } });
    const isStopped = !["done", "held", "failed", "cancelled"].includes(end.status);
    return Object.defineProperty(toResult(end, isStopped), "text", { value: renderEnd(end, isStopped), enumerable: false }) as ReturnType<typeof toResult> & {
      text: string;
    }; // for people only
  }),
  render: (output) => output.text,
  exitCode: (output) => exitCodeOfTask(output),
});

export const diffOperation = defineOperation({
  name: "task/diff", command: "task diff", summary: "Print what a task has changed so far, as a patch",
  audience: "person", readOnly: true, isVerbatim: true,
  input: z.object({ id: idField }),
  positional: ["id"],
  handler: async (input, context) => withTasks(context, async (runtime, tasks) => ({ version: 1, patch: await runtime.taskDiff(tasks, await runtime.readTask(tasks, input.id)) })),
  render: ({ patch }) => patch,
});

export const sendOperation = defineOperation({
  name: "task/send", command: "task send", summary: "Say something to the agent of a running task",
  audience: "person", readOnly: false,
  input: z.object({ id: idField, text: z.string().min(1).describe("What the agent should know") }),
  positional: ["id", "text"],
  handler: async (input, context) => withTasks(context, async (runtime, tasks) => {
    const state = await runtime.readTask(tasks, input.id);
    if (await runtime.commandTask(tasks, state, { kind: "send", text: input.text })) return { version: 1, taskId: state.id, isHeard: true };
    throw new InspanError("TASK_AT_REST", `Cannot speak to task "${state.id}": no process works on it (${state.status}).`, {
      kind: "usage",
      remedy:
        state.status === "held"
          ? `inspan task answer ${state.id} "<text>"`
          : ["done", "failed", "cancelled"].includes(state.status)
            ? `inspan task show ${state.id}`
            : `inspan task resume ${state.id}`,
    });
  }),
  render: ({ taskId }) => `Handed to task ${taskId}. Next: inspan task attach ${taskId}`,
});

async function pause(context: OperationContext, id: string, isTakeover: boolean) {
  return withTasks(context, async (runtime, tasks) => {
    const state = await runtime.readTask(tasks, id);
    const isHeard = await runtime.commandTask(tasks, state, { kind: "pause", isTakeover });
    const end = isHeard
      ? await runtime.attachTask(tasks, state, { after: Number.MAX_SAFE_INTEGER, signal: context.signal, onRecord: () => undefined })
      : await runtime.pauseAtRest(tasks, state, isTakeover);
    return { version: 1, taskId: end.id, state: end.status, worktreePath: end.worktree?.path ?? null, branch: end.worktree?.branch ?? null };
  });
}

export const pauseOperation = defineOperation({
  name: "task/pause", command: "task pause", summary: "Let a running task rest; resume goes on where it was",
  audience: "person", readOnly: false,
  input: z.object({ id: idField }),
  positional: ["id"],
  handler: async (input, context) => pause(context, input.id, false),
  render: ({ taskId, state }) => `Task ${taskId} is ${state}. Next: inspan task resume ${taskId}`,
});

export const takeoverOperation = defineOperation({
  name: "task/takeover", command: "task takeover", summary: "Take a task's worktree into your own hands; resume commits what you did and goes on",
  audience: "person", readOnly: false,
  input: z.object({ id: idField }),
  positional: ["id"],
  handler: async (input, context) => pause(context, input.id, true),
  render: ({ taskId, worktreePath, branch }) =>
    worktreePath
      ? `The worktree is yours: ${worktreePath} (branch ${branch ?? ""}).\nNext: cd ${worktreePath}, edit, then: inspan task resume ${taskId}`
      : `Task ${taskId} has no worktree yet. Next: inspan task resume ${taskId}`,
});

export const cancelOperation = defineOperation({
  name: "task/cancel", command: "task cancel", summary: "End a task for good; uncommitted work is kept under refs/inspan/rescue/",
  audience: "person", readOnly: false,
  input: z.object({ id: idField }),
  positional: ["id"],
  handler: async (input, context) => withTasks(context, async (runtime, tasks) => {
    const state = await runtime.readTask(tasks, input.id);
    if (state.status === "done" || state.status === "cancelled")
      throw new InspanError("TASK_ENDED", `Cannot cancel task "${state.id}": it is ${state.status}.`, {
        kind: "usage",
        remedy: nextCommands(state)[0] ?? "inspan task list",
      });
    if (await runtime.commandTask(tasks, state, { kind: "cancel" })) {
      const end = await runtime.attachTask(tasks, state, { after: Number.MAX_SAFE_INTEGER, signal: context.signal, onRecord: () => undefined });
      const ref = (await tasks.store.records(state.id, 0, recordsMax)).findLast((record) => record.type === "rescue")?.data["ref"];
      if (end.status === "cancelled" || end.status === "done") return { version: 1, taskId: state.id, state: end.status, rescueRef: typeof ref === "string" ? ref : null };
    }
    // Nobody works on it, or it came to rest before the word was heard.
    const { rescueRef } = await runtime.cancelAtRest(tasks, state);
    return { version: 1, taskId: state.id, state: "cancelled" as const, rescueRef: rescueRef ?? null };
  }),
  render: ({ taskId, state, rescueRef }) => `Task ${taskId} is ${state}.${rescueRef ? ` Uncommitted work: git show ${rescueRef}` : ""}`,
});
