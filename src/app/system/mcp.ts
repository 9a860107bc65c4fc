// `inspan mcp`: the tools of agents over standard input and output, for any MCP client.
import { z } from "zod";
import { defineOperation } from "../../providers/index.ts";

export const mcpOperation = defineOperation({
  name: "system/mcp", command: "mcp", summary: "Serve what agents may call as MCP tools on standard input and output",
  audience: "person", readOnly: true, isStreaming: true, isCommandLineOnly: true,
  input: z.object({}),
  handler: async (_input, context) => {
    const { runMcp } = await import("../mcp.ts");
    const record = await context.providers.processRecords.register({ kind: "mcp", label: "MCP tools", repositoryPath: context.cwd, taskId: undefined, url: undefined });
    try {
      const { calls } = await runMcp(context, (await context.contributions()).flatMap((contribution) => contribution.operations));
      return { version: 1, calls };
    } finally { await record.remove(); }
  },
  render: () => "",
});
