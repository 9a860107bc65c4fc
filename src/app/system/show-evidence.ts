// `inspan evidence show`: the server with a bundle's page and its traces in their viewer, until it is stopped.
import { z } from "zod";
import { defineOperation } from "../../providers/index.ts";

export const showEvidenceOperation = defineOperation({
  name: "evidence/show", command: "evidence show", summary: "Serve a bundle's page, and its traces in their viewer, on loopback until it is stopped",
  audience: "person", readOnly: false, isStreaming: true, isCommandLineOnly: true, positional: ["bundle"],
  input: z.object({
    bundle: z.string().optional().describe("Name of the bundle, as `inspan evidence list` shows it; this worktree's own unless told"),
    port: z.number().int().min(0).max(65_535).default(0).describe("Port of the server; 0 takes a free one"),
  }),
  handler: async (input, context) => {
    const { currentBundleId, writeBundlePage } = await import("../../domains/evidence/runtime/index.ts");
    const { bundle } = await writeBundlePage(context, await currentBundleId(context, { bundle: input.bundle }));
    const { startServer } = await import("../server.ts");
    const server = await startServer(context, { host: "127.0.0.1", port: input.port });
    try {
      const record = await context.providers.processRecords.register({
        kind: "server",
        label: `evidence ${bundle.id}`,
        repositoryPath: context.cwd,
        taskId: undefined,
        url: server.url,
      });
      try {
        const page = server.evidenceUrl(bundle.id) ?? "";
        const traces = bundle.items
          .filter(({ kind }) => kind === "trace")
          .map(({ file, title, role }) => ({ title, role, url: `${page}view/index.html?trace=..%2F${encodeURIComponent(file)}` }));
        context.emit({ type: "listening", url: server.url, page, traces, pid: process.pid });
        context.progress(
          [
            `Evidence of ${bundle.id}:`,
            `  ${page}`,
            ...traces.map(({ title, role, url }) => `  trace ${role === "other" ? "" : `${role}: `}${title}\n    ${url}`),
            "Who has an address can read that bundle. Stop: Ctrl-C",
          ].join("\n"),
        );
        if (!context.signal.aborted) await new Promise<void>((stopped) => context.signal.addEventListener("abort", () => stopped(), { once: true }));
      } finally { await record.remove(); }
    } finally { await server.close(); }
    return { version: 1, isStopped: true };
  },
  render: () => "",
});
