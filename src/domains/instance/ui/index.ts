// The application of a worktree on the command line. Knows the operations, not how an instance runs.
import { z } from "zod";
import { defineOperation, type Contribution } from "../../../providers/index.ts";
import { renderSignalsDiff } from "../../telemetry/index.ts";
import { instanceSections } from "../config/index.ts";
import { renderComparison } from "../service/compare.ts";
import { exitCodeOfInstance, renderDown, renderInstance, toContract } from "../service/render.ts";

const importOperation = defineOperation({
  name: "services/import", command: "services import", summary: "Propose services from launch.json, Procfile, package.json, conductor.json, Codex' environment and compose files",
  audience: "person", readOnly: false,
  input: z.object({ write: z.boolean().default(false).describe("Add the proposal to inspan.yaml, which must not declare services yet") }),
  handler: async (input, context) => {
    const { findCheckout, importServices } = await import("../runtime/index.ts");
    return importServices(context, (await findCheckout(context)).rootPath, input);
  },
  render: ({ proposal, yaml, isWritten }) => [
    ...(yaml === "" ? ["Found nothing to import that inspan.yaml does not declare."] : [isWritten ? `Wrote into inspan.yaml:\n${yaml}` : yaml]),
    ...(yaml === "" ? proposal.notImported.map(({ file, what, why }) => `not imported: ${file}: ${what}: ${why}`) : []),
    ...(yaml === "" ? [] : [`Next: ${isWritten ? "inspan up" : "inspan services import --write"}`]),
  ].join("\n"),
});

const upOperation = defineOperation({
  name: "instance/up", command: "up", summary: "Bring this worktree's application up and say where it answers",
  audience: "both", readOnly: false,
  input: z.object({
    restart: z.array(z.string().min(1)).default([]).describe("Services to start anew after a change"),
    fresh: z.boolean().default(false).describe("With data seeded anew"),
    telemetry: z.boolean().default(true).describe("Host the worktree's telemetry engine and send services' data there; --no-telemetry without"),
    unsandboxed: z.boolean().default(false).describe("Run services without a sandbox, with your network and your files; needed where none works"),
  }),
  personFields: ["unsandboxed", "telemetry"],
  handler: async (input, context) => {
    const { bringUp } = await import("../runtime/index.ts");
    return toContract(await bringUp(context, { ...input, unsandboxed: input.unsandboxed === true, telemetry: input.telemetry !== false })); // both absent where an agent calls
  },
  render: renderInstance, exitCode: exitCodeOfInstance,
});

const downOperation = defineOperation({
  name: "instance/down", command: "down", summary: "End this worktree's application; its data stays",
  audience: "person", readOnly: false,
  input: z.object({ data: z.boolean().default(false).describe("Remove its data and output too") }),
  handler: async (input, context) => {
    const { takeDown } = await import("../runtime/index.ts");
    return takeDown(context, input);
  },
  render: renderDown,
});

const statusOperation = defineOperation({
  name: "instance/status", command: "status", summary: "Show the services of this worktree, their addresses and failures",
  audience: "person", readOnly: true,
  input: z.object({}),
  handler: async (_input, context) => {
    const { readStatus } = await import("../runtime/index.ts");
    return toContract(await readStatus(context));
  },
  render: renderInstance,
});

const restartOperation = defineOperation({
  name: "instance/restart", command: "restart", summary: "Restart services after a change and compare how long they take",
  audience: "person", readOnly: false,
  input: z.object({
    services: z.array(z.string().min(1)).default([]).describe("Names; all unless told"),
    unsandboxed: z.boolean().default(false).describe("Needed again for an instance that runs without a sandbox"),
  }),
  positional: ["services"], personFields: ["unsandboxed"],
  handler: async (input, context) => {
    const { restartServices } = await import("../runtime/index.ts");
    const { state, comparisons } = await restartServices(context, input.services, { isUnsandboxed: input.unsandboxed === true }); // absent where an agent calls
    return { ...toContract(state), comparisons };
  },
  render: (output) => [renderInstance(output), ...output.comparisons.map(renderComparison)].join("\n"),
  exitCode: (output) => exitCodeOfInstance(output),
});

const outputOperation = defineOperation({
  name: "instance/output", command: "output", summary: "Print the end of what a service printed",
  audience: "person", readOnly: true, isVerbatim: true,
  input: z.object({
    service: z.string().min(1).optional().describe("Its name; not needed where there is one"),
    lines: z.number().int().min(1).max(100_000).default(200).describe("Lines from the end"),
  }),
  positional: ["service"],
  handler: async (input, context) => {
    const { readServiceOutput } = await import("../runtime/index.ts");
    return readServiceOutput(context, { service: input.service, lines: input.lines });
  },
  render: ({ text }) => text,
});

const workloadOperation = defineOperation({
  name: "workload/run", command: "workload run", summary: "Run a declared command against the running application and compare it with the run before",
  audience: "person", readOnly: false,
  input: z.object({ name: z.string().min(1).describe("Its name under workloads: in inspan.yaml") }),
  positional: ["name"],
  handler: async (input, context) => {
    const { runWorkload } = await import("../runtime/index.ts");
    return runWorkload(context, input.name);
  },
  render: ({ output, comparison, name, exitCode, durationMs, outcome, signals }) => [
    output.replace(/\n$/, ""),
    outcome === "exited" ? `${name}: exit code ${exitCode}, ${durationMs} ms` : `${name}: ${outcome} after ${durationMs} ms`,
    ...comparison.map(renderComparison),
    ...(signals === undefined ? [] : [`Against the run before:\n${renderSignalsDiff(signals)}`]),
  ].filter((line) => line !== "").join("\n"),
  exitCode: ({ exitCode }) => (exitCode === 0 ? 0 : 1),
});

export const contribution: Contribution = {
  domain: "instance",
  operations: [upOperation, downOperation, statusOperation, restartOperation, outputOperation, workloadOperation, importOperation],
  configSections: [...instanceSections],
  initSteps: [{
    name: "services from files that declare them",
    plan: () => Promise.resolve([]),
    append: async (context, rootPath) => {
      const { proposeYaml } = await import("../runtime/index.ts");
      return [{ path: "inspan.yaml", text: await proposeYaml(context, rootPath) }];
    },
  }],
};
