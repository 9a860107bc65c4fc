// Java for the engine.
import type { Adapter } from "../../adapter.ts";

export const javaAdapter: Adapter = {
  name: "java", version: 2,
  isSource: (file) => file.endsWith(".java") && !/(^|\/)node_modules\//.test(file),
  // Names are paths: no manifest decides anything.
  isManifest: () => false,
  loadReader: async (request) => {
    const [{ loadTreeReader }, { javaGrammar }] = await Promise.all([import("../tree-reader.ts"), import("./grammar.ts")]);
    return loadTreeReader(javaGrammar, request);
  },
  loadResolver: async (input) => (await import("./resolve-imports.ts")).loadJavaResolver(input),
};
