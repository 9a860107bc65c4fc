// The tool by which the author answers findings; runs in Inspan's process.
import type { AgentTool } from "../../agent/index.ts";
import { applyReply } from "../service/findings.ts";
import { replyToolDescription, replyToolName, replyToolSchema } from "../service/prompts.ts";
import { FindingReply, type ReviewFinding } from "../types.ts";

/** `write` gets the findings after an accepted answer and has to keep them before it resolves. */
export function createReplyTool(options: { read(): readonly ReviewFinding[]; write(findings: readonly ReviewFinding[]): Promise<void> | void }): AgentTool {
  return {
    name: replyToolName, description: replyToolDescription, inputSchema: replyToolSchema,
    execute: async (input) => {
      const reply = FindingReply.safeParse(input);
      if (!reply.success)
        return {
          text: `Not taken: ${reply.error.issues[0]?.path.join(".") ?? ""} ${reply.error.issues[0]?.message ?? "wrong form"}. Expected {id, decision: "fix"|"defer"|"push-back", reason}.`,
          isError: true,
        };
      const applied = applyReply(options.read(), reply.data);
      if (applied.kind === "refused") return { text: `Not taken: ${applied.reason}`, isError: true };
      await options.write(applied.findings);
      return { text: `Noted: ${reply.data.decision} for ${reply.data.id}.`, isError: false };
    },
  };
}
