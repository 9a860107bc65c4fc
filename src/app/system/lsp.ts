// `inspan lsp`: findings in an editor, over standard input and output.
import { z } from "zod";
import { defineOperation } from "../../providers/index.ts";

export const lspOperation = defineOperation({
  name: "system/lsp", command: "lsp", summary: "Serve findings and their mechanical repairs to an editor (Language Server Protocol) on standard input and output",
  audience: "person", readOnly: true, isStreaming: true, isCommandLineOnly: true,
  input: z.object({ stdio: z.boolean().default(true).describe("Accepted because editors pass it; there is no other way.") }),
  handler: async (_input, context) => {
    const { contributedBy, serveLanguage } = await import("../../domains/lint/runtime/index.ts");
    const rootPath = await context.providers.files.realPath(context.cwd) ?? context.cwd;
    const { providers, version, signal } = context;
    return {
      version: 1,
      ...(await serveLanguage({
        providers,
        rootPath,
        version,
        signal,
        loadConfiguration: () => context.loadConfiguration(rootPath),
        contributed: () => contributedBy(context),
        input: process.stdin,
        output: process.stdout,
      })),
    };
  },
  render: () => "",
});
