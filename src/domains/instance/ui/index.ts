// The application of a worktree on the command line. Knows the operations, not how an instance runs.
import { z } from "zod";
import { defineOperation, type Contribution } from "../../../providers/index.ts";
import { instanceSections } from "../config/index.ts";

const importOperation = defineOperation({
  name: "services/import", command: "services import", summary: "Propose services from launch.json, Procfile, package.json, conductor.json, Codex' environment and compose files",
  audience: "both", readOnly: false,
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

export const contribution: Contribution = {
  domain: "instance",
  operations: [importOperation],
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
