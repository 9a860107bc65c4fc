// What telemetry adds to the command line and to agents. Loads no engine and no query language until a handler runs.
import type { Contribution } from "../../../providers/index.ts";
import { serveOperation } from "./serve.ts";

export const contribution: Contribution = { domain: "telemetry", operations: [serveOperation], configSections: [] };
