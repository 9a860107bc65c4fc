// What knowledge adds to Inspan: the scaffold of `inspan init`. Its key `docs` of inspan.yaml is reserved for the linter of documents.
import type { Contribution } from "../../../providers/index.ts";

export const contribution: Contribution = {
  domain: "knowledge",
  operations: [],
  configSections: [],
  initSteps: [{
    name: "map, documents and inspan.yaml",
    plan: async (context, rootPath) => {
      const { planScaffold } = await import("../runtime/index.ts");
      return planScaffold(context.providers, rootPath);
    },
  }],
};
