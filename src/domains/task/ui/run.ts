// The operations that work on a task: run, resume, answer. They stream what happens and end with the result.
import { resolve } from "node:path";
import { z } from "zod";
import { InspanError } from "../../../base/errors.ts";
import { defineOperation, type OperationContext } from "../../../providers/index.ts";
import { Effort } from "../../agent/index.ts";
import type { GroupReport, StartOptions } from "../runtime/index.ts";
import type { Budget, TaskState } from "../types/index.ts";
import { renderEnd, renderJournalLine } from "./render.ts";
import { exitCodeOfTask, toResult } from "./result.ts";

/** As in inspan.yaml: whole turns (to 9,999) and attempts (to 100), and all above 0; a stored limit that cannot be would make the task unreadable. */
const budgetEntry = /^(turns=[1-9]\d{0,3}|attempts=([1-9]\d?|100)|(tokens|moneyUsd|minutes)=(?![0.]+$)\d{1,15}(\.\d{1,9})?)$/;
export const budgetField = z
  .array(
    z.string().regex(budgetEntry, "expected for example tokens=2000000 (or turns, attempts, moneyUsd, minutes), above 0; whole numbers for turns and attempts"),
  )
  .default([])
  .describe("A limit, for example tokens=2000000; may be given several times: turns, attempts, tokens, moneyUsd, minutes");

export function parseBudget(entries: readonly string[]): Partial<Budget> {
  return Object.fromEntries(entries.map((entry) => { const [key = "", value = "0"] = entry.split("="); return [key, Number(value)]; }));
}

/** The same context, whose events are also told to a person as lines of progress. */
export function watched(context: OperationContext): OperationContext {
  return {
    ...context,
    emit: (event) => {
      context.emit(event);
      const line = renderJournalLine(event.type, event);
      if (line !== undefined) context.progress(line);
    },
  };
}

export const agentFields = {
  agent: z.string().optional().describe("Which agent works: builtin, codex, claude, gemini, opencode, pi, or one of inspan.yaml"),
  model: z.string().optional().describe("The agent's model"),
  effort: Effort.optional().describe("How much the model reasons"),
};

type Output = ReturnType<typeof toResult> & { readonly text: string };
const finish = ({ state, isStopped }: { readonly state: TaskState; readonly isStopped: boolean }): Output => {
  const result = toResult(state, isStopped);
  Object.defineProperty(result, "text", { value: renderEnd(state, isStopped), enumerable: false }); // for people only; not part of the JSON form
  return result as Output; // the property defined just above
};

async function readPrompt(
  context: OperationContext,
  input: { readonly prompt?: string | undefined; readonly issue?: string | undefined },
): Promise<{ readonly prompt: string; readonly source: TaskState["source"] }> {
  if (input.issue !== undefined) {
    const path = resolve(context.callerPath, input.issue);
    const text = await context.providers.files.readText(path);
    if (text === undefined)
      throw new InspanError("ISSUE_MISSING", `Cannot read the issue "${input.issue}": no such file.`, {
        kind: "usage",
        remedy: "inspan task run --issue <file.md>",
      });
    if (text.includes("\0"))
      throw new InspanError("ISSUE_UNREADABLE", `Cannot read the issue "${input.issue}": it holds binary data, expected text.`, {
        kind: "usage",
        remedy: "inspan task run --issue <file.md>",
      });
    return { prompt: input.prompt ? `${input.prompt}\n\n${text}` : text, source: "file" };
  }
  if (input.prompt !== undefined && input.prompt !== "-") return { prompt: input.prompt, source: "person" };
  const piped = await context.readStdin();
  if (piped === undefined)
    throw new InspanError("PROMPT_EMPTY", "Cannot start a task: no prompt was given.", {
      kind: "usage",
      remedy: 'inspan task run "<what is wrong or wanted>"',
    });
  return { prompt: piped, source: "stdin" };
}

const runInput = z.object({
  prompt: z.string().optional().describe("What is wrong or wanted; \"-\" or nothing reads standard input"),
  issue: z.string().optional().describe("A file with the issue's text; treated as untrusted"),
  ...agentFields,
  until: z.enum(["plan", "patch", "pr", "merge"]).default("merge").describe("How far to go"),
  features: z
    .string()
    .optional()
    .describe("Work off a list of features, one a session, each proved: a .json file of the repository; where the base has none, a first session writes it"),
  also: z
    .array(z.string().min(1))
    .max(20)
    .default([])
    .describe("Other repositories that the prompt spans, as folders; each gets a task and pull request of its own, or none where nothing is to be changed"),
  budget: budgetField,
  attempts: z.number().int().min(1).max(100).optional().describe("Repairs of one kind before a person is asked"),
  unsandboxed: z.boolean().default(false).describe("Accept that commands run without a sandbox where this machine has none"),
});

type RunInput = z.infer<typeof runInput>;

function startOf(input: RunInput, prompt: string, source: TaskState["source"]): StartOptions {
  return {
    prompt, source, agent: { driver: input.agent, model: input.model, effort: input.effort }, until: input.until, featuresPath: input.features,
    budget: { ...parseBudget(input.budget), ...(input.attempts === undefined ? {} : { attempts: input.attempts }) }, isUnsandboxedAllowed: input.unsandboxed,
  };
}

function renderGroup({ state, order, missing, reverts }: GroupReport): string {
  const said = {
    landed: "",
    busy: "Another process works on it.",
    waiting: `None of it merges yet. Missing: ${missing.join("; ")}`,
    half: `Half of it has landed. Not: ${missing.join("; ")}${reverts.length > 0 ? `\nReverts of the rest: ${reverts.join(", ")}` : ""}`,
  }[state];
  return said === "" ? "" : `\n\nTogether, in this order: ${order.join(", ")}. ${said}`;
}

function finishGroup({ result, group }: { readonly result: { readonly state: TaskState; readonly isStopped: boolean }; readonly group?: GroupReport }): Output {
  const output = finish(result);
  if (group === undefined) return output;
  const more = { ...output, group };
  return Object.defineProperty(more, "text", { value: output.text + renderGroup(group), enumerable: false }) as typeof more & { text: string }; // for people only
}

/** One prompt over several repositories: the form of one task, with every pull request and each task beside it. */
async function runGroup(input: RunInput, context: OperationContext): Promise<Output> {
  const { prompt, source } = await readPrompt(context, input);
  const { runAcross } = await import("../runtime/index.ts");
  const { ends, group } = await runAcross(watched(context), { ...startOf(input, prompt, source), also: input.also });
  const [first] = ends;
  if (!first) throw new Error("BUG: expected a task in each repository");
  const tasks = ends.map(({ repository, result }) => ({ repository, ...toResult(result.state, result.isStopped) }));
  const state = (["failed", "cancelled", "held"] as const).find((one) => tasks.some((task) => task.state === one)) ?? "done";
  const result = { ...toResult(first.result.state, first.result.isStopped), state, pullRequests: tasks.flatMap(({ pullRequests }) => pullRequests), tasks, group };
  Object.defineProperty(result, "text", {
    value:
      ends.map((end) => `${end.repository}\n${renderEnd(end.result.state, end.result.isStopped).replaceAll(/^/gm, "  ")}`).join("\n\n") + renderGroup(group),
    enumerable: false,
  }); // for people only
  return result as unknown as Output; // the property defined just above
}

export const runOperation = defineOperation({
  name: "task/run", command: "task run", summary: "Work on a prompt until it is merged, or held with one clear question",
  audience: "person", readOnly: false, isStreaming: true,
  input: runInput,
  positional: ["prompt"],
  handler: async (input, context) => {
    if (input.also.length > 0) return runGroup(input, context);
    const { beginOpening } = await import("../runtime/opening.ts");
    const opening = beginOpening(context);
    // Its errors come first: they are what was asked for.
    const { prompt, source } = await readPrompt(context, input);
    const { runTask } = await import("../runtime/index.ts"); // loaded while git answers
    return finish(await runTask(watched(context), startOf(input, prompt, source), opening));
  },
  render: (output) => output.text,
  exitCode: (output) => exitCodeOfTask(output),
});

const resumeInput = {
  id: z.string().describe("The task, or a clear beginning of its id"),
  budget: budgetField,
  unsandboxed: z.boolean().default(false).describe("Accept that commands run without a sandbox where this machine has none"),
};

export const resumeOperation = defineOperation({
  name: "task/resume", command: "task resume", summary: "Go on with a task that was stopped, killed or held",
  audience: "person", readOnly: false, isStreaming: true,
  input: z.object(resumeInput),
  positional: ["id"],
  handler: async (input, context) => {
    const { resumeWithGroup } = await import("../runtime/index.ts");
    return finishGroup(await resumeWithGroup(watched(context), { id: input.id, budget: parseBudget(input.budget), isUnsandboxedAllowed: input.unsandboxed }));
  },
  render: (output) => output.text,
  exitCode: (output) => exitCodeOfTask(output),
});

export const answerOperation = defineOperation({
  name: "task/answer", command: "task answer", summary: "Answer a held task's question and go on with it",
  audience: "person", readOnly: false, isStreaming: true,
  input: z.object({ ...resumeInput, text: z.string().min(1).describe("The answer, or a hint for the agent") }),
  positional: ["id", "text"],
  handler: async (input, context) => {
    const { resumeWithGroup } = await import("../runtime/index.ts");
    return finishGroup(await resumeWithGroup(watched(context), { id: input.id, answer: input.text, budget: parseBudget(input.budget), isUnsandboxedAllowed: input.unsandboxed }));
  },
  render: (output) => output.text,
  exitCode: (output) => exitCodeOfTask(output),
});
