// Java for the engine.
import type { Adapter } from "../../adapter.ts";
import { loadTreeReader } from "../tree-reader.ts";
import { javaGrammar } from "./grammar.ts";
import { loadJavaResolver } from "./resolve-imports.ts";

export const javaAdapter: Adapter = {
  name: "java", version: 2,
  isSource: (file) => file.endsWith(".java") && !/(^|\/)node_modules\//.test(file),
  // Names are paths: no manifest decides anything.
  isManifest: () => false,
  loadReader: (request) => loadTreeReader(javaGrammar, request),
  loadResolver: loadJavaResolver,
};
