// What knowledge adds to Inspan: rules about documents and plans, and the scaffold of `inspan init`. Loads no parser until a handler runs.
import type { Contribution } from "../../../providers/index.ts";
import { docsSection } from "../config/docs-section.ts";
import { knowledgeOperations } from "./operations.ts";
import { documentRules } from "./rules.ts";

export const contribution: Contribution = {
  domain: "knowledge",
  operations: knowledgeOperations,
  configSections: [docsSection],
  checks: [{
    rules: documentRules,
    answersFor: (file) => /\.(md|mdx|markdown)$/i.test(file),
    run: async (context, subject) => {
      const { checkDocuments } = await import("../runtime/index.ts");
      return checkDocuments(context, subject);
    },
  }],
  probes: [{
    name: "documents",
    run: async (context) => {
      const { reportDocuments } = await import("../runtime/index.ts");
      const { map, isMapThere, documents } = await reportDocuments(context);
      if (!isMapThere) return { status: "warning", found: `no map ${map}: an agent finds its way at random`, remedy: "inspan init" };
      const lost = documents.filter((one) => one.hops === null).length;
      return { status: "ok", found: `${map} leads to ${documents.length - lost} of ${documents.length} documents` };
    },
  }],
  initSteps: [{
    name: "map, documents and inspan.yaml",
    plan: async (context, rootPath) => {
      const { planScaffold } = await import("../runtime/index.ts");
      return planScaffold(context.providers, rootPath);
    },
  }],
};
