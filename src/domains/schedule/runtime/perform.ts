// Does what one run of a schedule is for, headless and within its time: an operation of the one table, or a task.
import { z } from "zod";
import { exitCodes, InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import type { AnyOperation, OperationContext } from "../../../providers/index.ts";
import { isAtRest } from "../../task/index.ts";
import { openTasks, readTask, resumeTask, runTask, type TaskResult } from "../../task/runtime/index.ts";
import type { Schedule } from "../config.ts";
import type { RunState } from "../types.ts";
import { firstNew } from "./first-new.ts";
import { lookForJob } from "./jobs.ts";

export interface Performed { readonly state: Exclude<RunState, "running">; readonly summary: string }

/** A page of output is in the logs; a run keeps a line. */
const summaryCharsMax = 400;
const cut = (text: string): string => text.trim().split("\n").filter((line) => line !== "").slice(-3).join(" · ").slice(0, summaryCharsMax);

/** `taskId` is that of an earlier run of this very time, which was killed. Never rejects for what the work does; only where the caller itself is stopped. */
export async function perform(
  context: OperationContext,
  options: { readonly schedule: Schedule; readonly taskId: string | null; onTask(taskId: string): Promise<void> },
): Promise<Performed> {
  const { schedule, taskId } = options;
  const over = new AbortController();
  const finished = new AbortController();
  const told: Promise<void>[] = [];
  void context.providers.clock.sleep(schedule.minutes * 60_000, finished.signal).then(() => over.abort(), () => undefined); // finished before its time
  const bounded: OperationContext = {
    ...context, signal: AbortSignal.any([context.signal, over.signal]), readStdin: () => Promise.resolve(undefined),
    emit: (event) => { if (event.type === "started" && typeof event["taskId"] === "string") told.push(options.onTask(event["taskId"])); },
  };
  try {
    return await (taskId === null ? begin(bounded, schedule) : goOn(bounded, schedule, taskId));
  } catch (error) {
    if (context.signal.aborted) throw error;
    if (over.signal.aborted && isAbort(error)) return { state: "cut-off", summary: `after ${schedule.minutes} minutes` };
    return { state: "failed", summary: cut(error instanceof InspanError ? `${error.message} Next: ${error.remedy}` : messageOf(error)) };
  } finally {
    finished.abort();
    await Promise.allSettled(told);
  }
}

async function begin(context: OperationContext, schedule: Schedule): Promise<Performed> {
  if (schedule.run !== undefined) return runOperation(context, schedule, schedule.run);
  if (schedule.prompt !== undefined) return runPrompt(context, schedule, schedule.prompt);
  if (schedule.job === undefined) throw new Error("BUG: expected a schedule with run, prompt or job");
  const found = await lookForJob(context, schedule.job);
  switch (found.kind) {
    case "nothing": return { state: "nothing", summary: found.why };
    case "operation": return runOperation(context, schedule, found.command);
    case "task": {
      const first = await firstNew(context, found.prompts);
      return first.kind === "none" ? { state: "nothing", summary: cut(first.why) } : runPrompt(context, schedule, first.prompt);
    }
    default: throw new Error("BUG: expected a job to find nothing, an operation or a task");
  }
}

async function runPrompt(context: OperationContext, schedule: Schedule, prompt: string): Promise<Performed> {
  return ofTask(await runTask(context, { prompt, source: "person", agent: {}, until: schedule.until, budget: toBudget(schedule), isUnsandboxedAllowed: false }));
}

function toBudget({ budget }: Schedule) {
  const { tokens, moneyUsd, turns, attempts } = budget;
  return {
    ...(tokens === undefined ? {} : { tokens }),
    ...(moneyUsd === undefined ? {} : { moneyUsd }),
    ...(turns === undefined ? {} : { turns }),
    ...(attempts === undefined ? {} : { attempts }),
  };
}

/** A task that the killed run had started is not started twice. */
async function goOn(context: OperationContext, schedule: Schedule, taskId: string): Promise<Performed> {
  const tasks = await openTasks(context);
  const state = await readTask(tasks, taskId).finally(() => tasks.close());
  return isAtRest(state) ? ofTask({ state, isStopped: false }) : ofTask(await resumeTask(context, { id: taskId, isUnsandboxedAllowed: false }));
}

function ofTask({ state, isStopped }: TaskResult): Performed {
  const request = state.pullRequest === undefined ? "" : ` pull request ${state.pullRequest.id} ${state.mergeCommit === undefined ? state.pullRequest.state : "merged"}`;
  return {
    state: isStopped ? "cut-off" : state.status === "done" ? "done" : state.status === "held" ? "held" : "failed",
    summary: cut(`task ${state.id}: ${state.title}${request}${state.hold === undefined ? "" : ` ${state.hold.question}`}`),
  };
}

/** The operation that `run` names, with its options parsed. Rejects with OPERATION_UNKNOWN, INPUT_INVALID. */
export async function readRun(context: OperationContext, { run: command = "", budget, with: given }: Schedule) {
  const options = { ...(budget.tokens === undefined ? {} : { tokens: budget.tokens }), ...given };
  const operation = (await context.contributions()).flatMap((one) => one.operations).find((one) => one.command === command);
  if (operation === undefined || operation.isCommandLineOnly === true || command.startsWith("schedule"))
    throw new InspanError(
      "OPERATION_UNKNOWN",
      `Cannot run "${command}" on a schedule: ${operation === undefined ? "there is no such command" : "it is a process of its own"}, expected for example gc, garden or dream.`,
      { kind: "usage", remedy: "inspan --help" },
    );
  const refuse = (why: string) => new InspanError("INPUT_INVALID", `Cannot run "${command}" on a schedule: ${why}.`, { kind: "usage", remedy: `inspan ${command} --help` });
  // What is misspelt would be left out without a word.
  const unknown = operation.input instanceof z.ZodObject ? Object.keys(given).find((name) => !Object.hasOwn(operation.input.shape, name)) : undefined;
  if (unknown !== undefined) throw refuse(`it has no option "${unknown}"`);
  const parsed = operation.input.safeParse(options);
  if (!parsed.success) throw refuse(`${parsed.error.issues[0]?.path.join(".") ?? ""} ${parsed.error.issues[0]?.message ?? ""}`);
  return { operation, data: parsed.data };
}

async function runOperation(context: OperationContext, schedule: Schedule, command: string): Promise<Performed> {
  const { operation, data } = await readRun(context, { ...schedule, run: command });
  const { tokens } = schedule.budget;
  if (Object.keys(schedule.budget).some((key) => key !== "tokens") || (tokens !== undefined && !isField(data, "tokens")))
    context.progress(`${schedule.name}: "${command}" takes ${isField(data, "tokens") ? "of its budget the tokens alone" : "no budget"}; its minutes hold`);
  const output = await call(operation, data, context);
  const exitCode = operation.exitCode?.(output as never) ?? exitCodes.fine; // its own output
  return {
    state: exitCode === exitCodes.fine ? "done" : exitCode === exitCodes.held ? "held" : "failed",
    summary: cut(operation.render(output as never, data as never)),
  }; // its own output and input
}

const isField = (data: unknown, name: string): boolean => typeof data === "object" && data !== null && name in data;

const call = (operation: AnyOperation, input: unknown, context: OperationContext): Promise<unknown> => operation.handler(input as never, context); // parsed by its own schema
