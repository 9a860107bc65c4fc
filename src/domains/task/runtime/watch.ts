// Looks at tasks and passes words to their runners; runs nothing itself.
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { openSignals } from "../../feedback/runtime/index.ts";
import { openRepository, workingDiffText } from "../../worktree/runtime/index.ts";
import { openTaskStore, type TaskCommand, type TaskRecord, type TaskStore } from "../repo.ts";
import { isAtRest } from "../service/transition.ts";
import type { TaskId, TaskState } from "../types/index.ts";
import type { Opening } from "./opening.ts";
import { createConfigurationReader, type TaskRun } from "./run.ts";

// How often a watcher looks for new lines; below this a terminal gains nothing.
const watchPollMs = 150;
const recordsPerLook = 500;

export interface OpenTasks { readonly run: TaskRun; readonly store: TaskStore; close(): Promise<void> }

/** The value with every text in it redacted; plain data only. */
function redactDeep(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)]));
}

/** Opens the tasks of the repository around the context's folder, or of one whose opening has begun. Close it. */
export async function openTasks(context: OperationContext, opening?: Opening): Promise<OpenTasks> {
  const repository = await (opening?.repository ?? openRepository(context));
  const store = openTaskStore(context.providers.databases, repository.statePath);
  const signals = openSignals(context.providers, repository.statePath);
  const run: TaskRun = {
    context, providers: context.providers, repository, store, signals, drivers: new Map(), bases: new Map(),
    configurationAt: createConfigurationReader(context, repository),
    record: async (state, records) => {
      const clean = records.map(({ type, data }) => ({
        type,
        data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, redactDeep(value, context.providers.secrets.redact)])),
      }));
      await store.append(state.id, context.providers.clock.nowIso(), clean);
      for (const { type, data } of clean) context.emit({ type, taskId: state.id, ...data });
    },
  };
  return { run, store, close: async () => { await signals.dispose(); await store.close(); } };
}

/** The task of this id; a clear beginning of one is enough. Rejects with TASK_MISSING. */
export async function readTask(tasks: OpenTasks, id: string): Promise<TaskState> {
  const exact = await tasks.store.read(id as TaskId); // a lookup by untrusted text is harmless
  if (exact) return exact;
  const listed = (await tasks.store.list({ countMax: 1000 })).filter(({ state }) => id !== "" && state.id.startsWith(id));
  const [only] = listed;
  if (only && listed.length === 1) return only.state;
  throw new InspanError(
    "TASK_MISSING",
    `Cannot find task "${id}": ${listed.length > 1 ? `${listed.length} tasks begin so` : "no task of this repository has that id"}.`,
    { kind: "usage", remedy: "inspan task list" },
  );
}

/** The process that works on the task, if one lives. */
export async function livingRunner(tasks: OpenTasks, id: TaskId): Promise<number | undefined> {
  const lease = await tasks.store.runnerOf(id);
  return lease && tasks.run.providers.processes.isAlive(lease.pid, lease.startTime) ? lease.pid : undefined;
}

/** Hands a command to the task's runner. False where no process works on the task: nobody would hear it. */
export async function commandTask(tasks: OpenTasks, state: TaskState, command: TaskCommand): Promise<boolean> {
  if ((await livingRunner(tasks, state.id)) === undefined) return false;
  await tasks.store.post(state.id, tasks.run.providers.clock.nowIso(), command);
  return true;
}

/** Passes on journal lines from `after`, as they come, until the task rests or its runner is gone; returns the last state. */
export async function attachTask(
  tasks: OpenTasks,
  state: TaskState,
  options: { readonly after: number; readonly signal: AbortSignal; onRecord(record: TaskRecord): void },
): Promise<TaskState> {
  const { clock } = tasks.run.providers;
  let seq = options.after;
  for (;;) {
    const isAlive = (await livingRunner(tasks, state.id)) !== undefined;
    const records = await tasks.store.records(state.id, seq, recordsPerLook);
    for (const record of records) { options.onRecord(record); seq = record.seq; }
    if (records.length === recordsPerLook) continue;
    const now = (await tasks.store.read(state.id)) ?? state;
    if (isAtRest(now) || !isAlive) return now;
    await clock.sleep(watchPollMs, options.signal);
  }
}

/** What the task has changed so far, as a patch against its base; empty where it has no worktree any more and nothing was committed. */
export async function taskDiff(tasks: OpenTasks, state: TaskState): Promise<string> {
  const { git, files } = tasks.run.providers;
  if (!state.worktree) return "";
  const { path, baseCommit } = state.worktree;
  if (await files.facts(path)) return workingDiffText({ git, files }, path, baseCommit);
  return state.head ? (await git.run(["diff", "--no-color", baseCommit, state.head], { cwd: tasks.run.repository.rootPath })).stdout : "";
}
