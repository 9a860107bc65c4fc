// `inspan task batch`: one task a file, many at once in one process.
import { resolve } from "node:path";
import { z } from "zod";
import { InspanError } from "../../../base/errors.ts";
import { plural } from "../../../base/text.ts";
import { defineOperation, type OperationContext } from "../../../providers/index.ts";
import { renderJournalLine, renderList } from "./render.ts";
import { exitCodeOfTask, toResult } from "./result.ts";
import { agentFields, budgetField, parseBudget } from "./run.ts";

// More files are a queue, which a person should look at between two loads.
const filesMax = 500;
// Above it a machine does nothing but change between tasks; the harness itself needs a few megabytes for each.
const atOnceLimit = 100;

/** A line of progress says whose it is. */
function watched(context: OperationContext): OperationContext {
  return {
    ...context,
    emit: (event) => {
      context.emit(event);
      const line = renderJournalLine(event.type, event);
      if (line !== undefined && event.type !== "agent") context.progress(line.split("\n").map((part) => `${String(event["taskId"] ?? "")} ${part}`).join("\n"));
    },
  };
}

async function readIssues(context: OperationContext, files: readonly string[]): Promise<readonly string[]> {
  return Promise.all(files.map(async (file) => {
    const text = await context.providers.files.readText(resolve(context.callerPath, file));
    if (text === undefined || text.trim() === "")
      throw new InspanError("ISSUE_MISSING", `Cannot read the issue "${file}": ${text === undefined ? "no such file" : "it is empty"}.`, {
        kind: "usage",
        remedy: "inspan task batch <file.md> <file.md>",
      });
    return text;
  }));
}

export const batchOperation = defineOperation({
  name: "task/batch", command: "task batch", summary: "Work on many issues at once, one task a file, in one process",
  audience: "person", readOnly: false, isStreaming: true,
  input: z.object({
    files: z.array(z.string()).min(1).max(filesMax).describe("Files with one issue each; treated as untrusted"),
    atOnce: z.int().min(1).max(atOnceLimit).default(4).describe("How many tasks run at once; the rest waits"),
    until: z.enum(["plan", "patch", "pr", "merge"]).default("merge").describe("How far to go"),
    ...agentFields,
    budget: budgetField,
    unsandboxed: z.boolean().default(false).describe("Accept that commands run without a sandbox where this machine has none"),
  }),
  positional: ["files"],
  handler: async (input, context) => {
    const { runBatch } = await import("../runtime/index.ts");
    const startedMs = context.providers.clock.monotonicMs();
    const prompts = await readIssues(context, input.files);
    const ends = await runBatch(watched(context), {
      atOnceMax: input.atOnce,
      starts: prompts.map((prompt) => ({
        prompt,
        source: "file",
        agent: { driver: input.agent, model: input.model, effort: input.effort },
        until: input.until,
        budget: parseBudget(input.budget),
        isUnsandboxedAllowed: input.unsandboxed,
      })),
    });
    const tasks = ends.map((end, index) => ({
      file: input.files[index] ?? "",
      ...(end.kind === "task"
        ? toResult(end.result.state, end.result.isStopped)
        : { state: "failed" as const, error: { code: end.code, message: end.message, remedy: end.remedy } }),
    }));
    const states = new Set(tasks.map((task) => task.state));
    const state = states.has("failed") ? "failed" as const : states.has("cancelled") ? "cancelled" as const : states.has("held") ? "held" as const : "done" as const;
    const output = { state, tasks, durationMs: Math.round(context.providers.clock.monotonicMs() - startedMs) };
    const rows = ends.flatMap((end) => (end.kind === "task" ? [{ state: end.result.state, isRunning: false }] : []));
    return Object.defineProperty(output, "rows", { value: rows, enumerable: false }) as typeof output & { rows: typeof rows }; // the rows are for the text form only
  },
  render: ({ tasks, rows }) => [
    renderList(rows), "", `${tasks.filter((task) => task.state === "done").length} of ${plural(tasks.length, "task")} done.`,
    ...tasks.flatMap((task) => ("error" in task ? [`${task.file}: ${task.error.message}`] : [])), "Next: inspan task list",
  ].join("\n"),
  exitCode: (output) => exitCodeOfTask(output),
});
