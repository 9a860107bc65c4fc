// Go for the engine.
import type { Adapter } from "../../adapter.ts";
import { loadTreeReader } from "../tree-reader.ts";
import { goGrammar } from "./grammar.ts";
import { loadGoResolver } from "./resolve-imports.ts";

export const goAdapter: Adapter = {
  name: "go", version: 2,
  // As for the go command, vendored packages are somebody else's.
  isSource: (file) => file.endsWith(".go") && !/(^|\/)(vendor|node_modules|testdata)\//.test(file),
  isManifest: (file) => /(^|\/)go\.(mod|work)$/.test(file),
  loadReader: (request) => loadTreeReader(goGrammar, request),
  loadResolver: loadGoResolver,
};
