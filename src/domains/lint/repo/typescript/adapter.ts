// TypeScript and JavaScript for the engine.
import type { Adapter } from "../adapter.ts";
import { loadFactsReader } from "./read-facts.ts";
import { loadImportResolver } from "./resolve-imports.ts";

const sourcePattern = /\.[cm]?[jt]sx?$/;
const manifestPattern = /(^|\/)(package\.json|[^/]*tsconfig[^/]*\.json|jsconfig\.json)$/;

export const typescriptAdapter: Adapter = {
  name: "typescript", version: 7,
  isSource: (file) => sourcePattern.test(file) && !/(^|\/)node_modules\//.test(file),
  isManifest: (file) => manifestPattern.test(file),
  loadReader: loadFactsReader,
  loadResolver: loadImportResolver,
};
