// `inspan telemetry configure`, `rules test` and `dashboards check`.
import { z } from "zod";
import { exitCodes } from "../../../base/errors.ts";
import { plural, renderTable } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";

const url = z.url().optional().describe("Server to ask instead of this worktree's engine");

export const configureOperation = defineOperation({
  name: "telemetry/configure", command: "telemetry configure", summary: "Tell the worktree's engine what inspan.yaml says to scrape and which rules to evaluate",
  audience: "person", readOnly: false,
  input: z.object({ url }),
  handler: async (input, context) => ({ version: 1, ...await (await import("../runtime/commands.ts")).configureEngine(context, input.url) }),
  render: ({ targets, rules }) => `The engine scrapes ${plural(targets, "target")} and evaluates ${plural(rules, "rule")}.`,
});

export const rulesTestOperation = defineOperation({
  name: "telemetry/rules-test", command: "telemetry rules test", summary: "Run unit tests of Prometheus rules, in promtool's form",
  audience: "person", readOnly: true, positional: ["files"],
  input: z.object({ files: z.array(z.string()).min(1).describe("Test files (YAML); rule_files in them are relative to each") }),
  handler: async (input, context) => (await import("../runtime/commands.ts")).testRules(context, input.files),
  render: ({ expectations, faults }) =>
    [
      ...faults,
      faults.length === 0
        ? `ok: ${plural(expectations, "expectation")}`
        : `FAILED: ${plural(faults.length, "fault")} in ${plural(expectations, "expectation")}`,
    ].join("\n"),
  exitCode: ({ faults }) => (faults.length === 0 ? exitCodes.fine : exitCodes.findings),
});

export const dashboardsCheckOperation = defineOperation({
  name: "telemetry/dashboards-check", command: "telemetry dashboards check", summary: "Check that every query of a Grafana dashboard answers something on what the worktree emits",
  audience: "person", readOnly: true, positional: ["file"],
  input: z.object({
    file: z.string().min(1).describe("Dashboard (JSON or YAML)"),
    window: z
      .string()
      .regex(/^(\d+(ms|[smhdw]))+$/)
      .default("1h")
      .describe("How far back is looked; also the value of $__interval and its like"),
    url,
  }),
  handler: async (input, context) => ({
    version: 1,
    queries: await (await import("../runtime/commands.ts")).checkDashboard(context, input.file, { url: input.url, window: input.window }),
  }),
  render: ({ queries }) =>
    queries.length === 0
      ? "The dashboard has no query."
      : renderTable([["STATUS", "PANEL", "QUERY", ""], ...queries.map(({ status, panel, original, reason }) => [status, panel, original, reason])]),
  exitCode: ({ queries }) => (queries.length > 0 && queries.every(({ status }) => status === "ok" || status === "skipped") ? exitCodes.fine : exitCodes.findings),
});
