// Go for the engine.
import type { Adapter } from "../../adapter.ts";

export const goAdapter: Adapter = {
  name: "go", version: 2,
  // As for the go command, vendored packages are somebody else's.
  isSource: (file) => file.endsWith(".go") && !/(^|\/)(vendor|node_modules|testdata)\//.test(file),
  isManifest: (file) => /(^|\/)go\.(mod|work)$/.test(file),
  loadReader: async (request) => {
    const [{ loadTreeReader }, { goGrammar }] = await Promise.all([import("../tree-reader.ts"), import("./grammar.ts")]);
    return loadTreeReader(goGrammar, request);
  },
  loadResolver: async (input) => (await import("./resolve-imports.ts")).loadGoResolver(input),
};
