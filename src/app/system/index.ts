// Operations about Inspan itself on this machine: processes, health, scaffolding. They span all domains, so they live with the composition root.
import type { Contribution } from "../../providers/index.ts";
import { doctorOperation } from "./doctor.ts";
import { initOperation } from "./init.ts";
import { lspOperation } from "./lsp.ts";
import { mcpOperation } from "./mcp.ts";
import { psOperation, stopOperation } from "./processes.ts";
import { serveOperation } from "./serve.ts";
import { showEvidenceOperation } from "./show-evidence.ts";

export const contribution: Contribution = {
  domain: "system",
  operations: [initOperation, doctorOperation, psOperation, stopOperation, serveOperation, showEvidenceOperation, mcpOperation, lspOperation],
  configSections: [],
};
