// Rust for the engine.
import type { Adapter } from "../../adapter.ts";
import { loadTreeReader } from "../tree-reader.ts";
import { rustGrammar } from "./grammar.ts";
import { loadRustResolver } from "./resolve-imports.ts";

export const rustAdapter: Adapter = {
  name: "rust", version: 2,
  isSource: (file) => file.endsWith(".rs") && !/(^|\/)(target|vendor|node_modules)\//.test(file),
  isManifest: (file) => /(^|\/)Cargo\.toml$/.test(file),
  loadReader: (request) => loadTreeReader(rustGrammar, request),
  loadResolver: loadRustResolver,
};
