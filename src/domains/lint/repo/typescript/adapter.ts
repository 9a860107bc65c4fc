// TypeScript and JavaScript for the engine.
import type { Adapter } from "../adapter.ts";

const sourcePattern = /\.[cm]?[jt]sx?$/;
const manifestPattern = /(^|\/)(package\.json|[^/]*tsconfig[^/]*\.json|jsconfig\.json)$/;

export const typescriptAdapter: Adapter = {
  name: "typescript", version: 7,
  isSource: (file) => sourcePattern.test(file) && !/(^|\/)node_modules\//.test(file),
  isManifest: (file) => manifestPattern.test(file),
  loadReader: async (request) => (await import("./read-facts.ts")).loadFactsReader(request),
  loadResolver: async (input) => (await import("./resolve-imports.ts")).loadImportResolver(input),
};
