// `inspan task rework`: throw a change away, say why, begin afresh.
import { z } from "zod";
import { defineOperation } from "../../../providers/index.ts";
import { renderEnd } from "./render.ts";
import { exitCodeOfTask, toResult } from "./result.ts";
import { agentFields, budgetField, parseBudget, watched } from "./run.ts";

export const reworkOperation = defineOperation({
  name: "task/rework", command: "task rework", summary: "Throw a task's change away and begin it afresh; the reason is kept, the work goes to refs/inspan/rescue/",
  audience: "person", readOnly: false, isStreaming: true,
  input: z.object({
    id: z.string().describe("The task, or a clear beginning of its id"), why: z.string().min(1).max(8000).describe("Why it is thrown away: the next author reads it"),
    ...agentFields, budget: budgetField, unsandboxed: z.boolean().default(false).describe("Accept that commands run without a sandbox where this machine has none"),
  }),
  positional: ["id", "why"],
  handler: async (input, context) => {
    const { reworkTask } = await import("../runtime/index.ts");
    const { state, isStopped, reworkOf, rescueRefs } = await reworkTask(watched(context), {
      id: input.id,
      why: input.why,
      agent: { driver: input.agent, model: input.model, effort: input.effort },
      budget: parseBudget(input.budget),
      isUnsandboxedAllowed: input.unsandboxed,
    });
    const output = { ...toResult(state, isStopped), reworkOf, rescueRefs };
    return Object.defineProperty(output, "text", { value: renderEnd(state, isStopped), enumerable: false }) as typeof output & { text: string }; // for people only
  },
  render: ({ text, reworkOf, rescueRefs }) => [`Begun afresh after task ${reworkOf}.`, ...rescueRefs.map((ref) => `The thrown away work: git show ${ref}`), text].join("\n"),
  exitCode: (output) => exitCodeOfTask(output),
});
