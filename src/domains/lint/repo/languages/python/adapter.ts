// Python for the engine.
import type { Adapter } from "../../adapter.ts";
import { manifestPattern } from "./source-roots.ts";

export const pythonAdapter: Adapter = {
  name: "python", version: 3,
  isSource: (file) => /\.pyi?$/.test(file) && !/(^|\/)(site-packages|node_modules|\.venv|venv)\//.test(file),
  isManifest: (file) => manifestPattern.test(file),
  loadReader: async (request) => (await import("./read-facts.ts")).loadPythonReader(request),
  loadResolver: async (input) => (await import("./resolve-imports.ts")).loadPythonResolver(input),
};
