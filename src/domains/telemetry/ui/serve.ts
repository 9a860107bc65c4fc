// `inspan telemetry serve`. The launcher takes a shorter way to the same engine; see src/app/engine.ts.
import { resolve } from "node:path";
import { z } from "zod";
import { defineOperation } from "../../../providers/index.ts";

export const serveOperation = defineOperation({
  name: "telemetry/serve", command: "telemetry serve", summary: "Run the telemetry engine of this worktree: OTLP, PromQL, LogQL and TraceQL on loopback, until it is stopped",
  audience: "both", readOnly: false, isCommandLineOnly: true,
  input: z.object({
    port: z.number().int().min(0).max(65_535).default(0).describe("Port to listen on; 0 takes a free one"),
    data: z.string().min(1).optional().describe("Folder to keep the data in; without it everything is kept in memory"),
  }),
  handler: async (input, context) => {
    const { serveEngine } = await import("../runtime/index.ts");
    const { url } = await serveEngine({
      clock: context.providers.clock, version: context.version, port: input.port, dataPath: input.data === undefined ? undefined : resolve(context.callerPath, input.data),
      cwd: context.cwd, statePath: context.statePath, signal: context.signal, pid: process.pid,
      print: (line) => context.progress(line), warn: (line) => context.progress(line),
    });
    return { version: 1, url, isStopped: true };
  },
  render: () => "",
});
