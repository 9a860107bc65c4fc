// `inspan serve`: the HTTP API and the page of one repository, until it is stopped.
import { z } from "zod";
import { defineOperation } from "../../providers/index.ts";

export const serveOperation = defineOperation({
  name: "system/serve", command: "serve", summary: "Serve the HTTP API and a page of this repository's tasks, until it is stopped",
  audience: "person", readOnly: false, isStreaming: true, isCommandLineOnly: true,
  input: z.object({
    port: z.number().int().min(0).max(65_535).default(0).describe("Port to listen on; 0 takes a free one"),
    host: z.string().min(1).default("127.0.0.1").describe("Address to listen on; any but loopback needs a token in INSPAN_SERVER_TOKEN"),
  }),
  handler: async (input, context) => {
    const { startServer } = await import("../server.ts");
    const server = await startServer(context, input);
    const { url, token } = server;
    try {
      const record = await context.providers.processRecords.register({ kind: "server", label: "HTTP API and page", repositoryPath: context.cwd, taskId: undefined, url });
      try {
        const page = `${url}/?token=${token}`;
        context.emit({ type: "listening", url, page, token, pid: process.pid });
        context.progress(`Serving ${context.cwd}\n  ${page}\nThe token in the address is asked for by whatever changes something. Stop: Ctrl-C, or inspan stop ${process.pid}`);
        if (!context.signal.aborted) await new Promise<void>((stopped) => context.signal.addEventListener("abort", () => stopped(), { once: true }));
      } finally {
        await server.close();
        await record.remove();
      }
    } finally { await server.close(); }
    return { version: 1, url, isStopped: true };
  },
  render: () => "",
});
