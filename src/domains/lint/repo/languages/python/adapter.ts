// Python for the engine.
import type { Adapter } from "../../adapter.ts";
import { loadPythonReader } from "./read-facts.ts";
import { loadPythonResolver } from "./resolve-imports.ts";
import { manifestPattern } from "./source-roots.ts";

export const pythonAdapter: Adapter = {
  name: "python", version: 3,
  isSource: (file) => /\.pyi?$/.test(file) && !/(^|\/)(site-packages|node_modules|\.venv|venv)\//.test(file),
  isManifest: (file) => manifestPattern.test(file),
  loadReader: (request) => Promise.resolve(loadPythonReader(request)),
  loadResolver: loadPythonResolver,
};
