// Rust for the engine.
import type { Adapter } from "../../adapter.ts";

export const rustAdapter: Adapter = {
  name: "rust", version: 2,
  isSource: (file) => file.endsWith(".rs") && !/(^|\/)(target|vendor|node_modules)\//.test(file),
  isManifest: (file) => /(^|\/)Cargo\.toml$/.test(file),
  loadReader: async (request) => {
    const [{ loadTreeReader }, { rustGrammar }] = await Promise.all([import("../tree-reader.ts"), import("./grammar.ts")]);
    return loadTreeReader(rustGrammar, request);
  },
  loadResolver: async (input) => (await import("./resolve-imports.ts")).loadRustResolver(input),
};
