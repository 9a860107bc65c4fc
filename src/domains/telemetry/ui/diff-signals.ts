// `inspan diff-signals <before> <after>`.
import { z } from "zod";
import { defineOperation } from "../../../providers/index.ts";
import { renderSignalsDiff } from "../service/render-diff.ts";

export const diffSignalsOperation = defineOperation({
  name: "telemetry/diff-signals",
  command: "diff-signals",
  summary: "Compare two runs: log patterns and spans that are new, gone or changed, and metrics where a PromQL expression is given",
  audience: "both", readOnly: true, positional: ["before", "after"],
  input: z.object({
    before: z.string().min(1).describe("A window (now-20m..now-10m) or a resource attribute (vcs.ref.head.revision=a1)"),
    after: z.string().min(1).describe("The other run, in the same form"),
    beforeUrl: z.string().optional().describe("Engine of the first run, for another worktree"),
    afterUrl: z.string().optional().describe("Engine of the second run"),
    metric: z.string().optional().describe("PromQL whose values at the end of both runs are compared"),
    limit: z.number().int().min(1).max(500).default(30).describe("Differences of each kind at most"),
  }),
  handler: async (input, context) => {
    const { compareRuns } = await import("../runtime/diff-command.ts");
    return compareRuns(input, context);
  },
  render: renderSignalsDiff,
});
