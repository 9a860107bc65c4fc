// `inspan feedback list`: what people, reviewers, checks and crashes told us.
import { z } from "zod";
import { renderTable } from "../../../base/text.ts";
import { defineOperation, type Contribution } from "../../../providers/index.ts";
import { SignalKind } from "../types.ts";

const listOperation = defineOperation({
  name: "feedback/list", command: "feedback list", summary: "List signals: review comments, interruptions, holds, failed checks, findings, exceptions",
  audience: "person", readOnly: true,
  input: z.object({
    kind: SignalKind.optional().describe("Only this kind"),
    task: z.string().optional().describe("Only of this task"),
    limit: z.number().int().min(1).max(1000).default(50).describe("How many, newest first"),
  }),
  handler: async (input, context) => {
    const { openRepository } = await import("../../worktree/runtime/index.ts");
    const { openSignals } = await import("../runtime/index.ts");
    const repository = await openRepository(context);
    const signals = openSignals(context.providers, repository.statePath);
    try {
      const found = await signals.list({ countMax: input.limit + 1, ...(input.kind ? { kind: input.kind } : {}), ...(input.task ? { taskId: input.task } : {}) });
      return { version: 1, signals: found.slice(0, input.limit), isCut: found.length > input.limit };
    } finally { await signals.dispose(); }
  },
  render: ({ signals, isCut }) => {
    if (signals.length === 0) return "No signal.";
    const rows = signals.map((signal) => [String(signal.id), signal.at.slice(0, 19), signal.kind, signal.taskId ?? "", signal.title, signal.link]);
    return `${renderTable([["ID", "AT", "KIND", "TASK", "WHAT", "WHERE"], ...rows])}${isCut ? "\n… older ones left out; raise --limit" : ""}`;
  },
});

export const contribution: Contribution = { domain: "feedback", operations: [listOperation], configSections: [] };
