// Schedules on the command line: what runs when, and running it, once or as a server without a head.
import { z } from "zod";
import { exitCodes, InspanError } from "../../../base/errors.ts";
import { renderTable } from "../../../base/text.ts";
import { defineOperation, type Contribution } from "../../../providers/index.ts";
import { schedulesSection } from "../config.ts";

const listOperation = defineOperation({
  name: "schedule/list", command: "schedule list", summary: "List the schedules of inspan.yaml: when each is next, and what came of it last",
  audience: "person", readOnly: true, input: z.object({}),
  handler: async (_input, context) => ({ version: 1 as const, ...await (await import("../runtime/index.ts")).listSchedules(context) }),
  render: ({ schedules }) =>
    schedules.length === 0
      ? "No schedule. Next: add `schedules` to inspan.yaml (docs/schedules.md)"
      : renderTable([
          ["NAME", "CRON", "WHAT", "NEXT", "LAST", ""],
          ...schedules.map(({ name, cron, timezone, what, next, last }) => [
            name,
            `${cron}${timezone === "UTC" ? "" : ` ${timezone}`}`,
            what,
            next?.slice(0, 16) ?? "never",
            last === null ? "" : `${last.state} ${last.startedAt.slice(0, 16)}`,
            last?.summary.slice(0, 80) ?? "",
          ]),
        ]) + schedules.flatMap(({ name, problem }) => (problem === null ? [] : [`\n${name}: ${problem}`])).join(""),
  exitCode: ({ schedules }) => (schedules.some(({ problem }) => problem !== null) ? exitCodes.usage : exitCodes.fine),
});

const runOperation = defineOperation({
  name: "schedule/run", command: "schedule run", summary: "Run what is due, each once; --serve goes on until it is stopped, a name runs that one now",
  audience: "person", readOnly: false, positional: ["name"], isStreaming: true, isCommandLineOnly: true,
  input: z.object({
    name: z.string().max(60).optional().describe("Only this one, now, whatever its times say"),
    once: z.boolean().default(false).describe("Run what is due and end; this is so unless told"),
    serve: z.boolean().default(false).describe("Stay, and run each at its time"),
  }),
  handler: async (input, context) => {
    if (input.serve && (input.once || input.name !== undefined))
      throw new InspanError("INPUT_INVALID", "Cannot serve and run once: --serve stands alone.", { kind: "usage", remedy: "inspan schedule run --serve" });
    const { runDue, runNamed, serveSchedules } = await import("../runtime/index.ts");
    if (!input.serve) {
      const ran = input.name === undefined ? await runDue(context) : await runNamed(context, input.name);
      for (const one of ran) context.emit({ type: "ran", ...one });
      return { version: 1 as const, ran, isServed: false };
    }
    const record = await context.providers.processRecords.register({ kind: "server", label: "schedules", repositoryPath: context.cwd, taskId: undefined, url: undefined });
    try {
      context.progress(`Serving the schedules of ${context.cwd}. Stop: Ctrl-C, or inspan stop ${process.pid}`);
      context.emit({ type: "serving", pid: process.pid });
      await serveSchedules(context, (one) => {
        context.emit({ type: "ran", ...one });
        context.progress(`${one.name}: ${one.state} ${one.summary}`);
      });
    } finally { await record.remove(); }
    return { version: 1 as const, ran: [], isServed: true };
  },
  render: ({ ran, isServed }) =>
    isServed
      ? ""
      : ran.length === 0
        ? "Nothing is due."
        : ran.map(({ name, state, summary, missed }) => `${name}: ${state}${missed > 0 ? ` (for ${missed} missed times too)` : ""} ${summary}`).join("\n"),
  exitCode: ({ ran }) =>
    ran.some(({ state }) => state === "failed" || state === "cut-off")
      ? exitCodes.findings
      : ran.some(({ state }) => state === "held")
        ? exitCodes.held
        : exitCodes.fine,
});

export const contribution: Contribution = { domain: "schedule", operations: [listOperation, runOperation], configSections: [schedulesSection] };
