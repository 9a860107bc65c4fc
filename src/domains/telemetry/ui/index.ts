// What telemetry adds to the command line and to agents. Loads no engine and no query language until a handler runs.
import type { Contribution } from "../../../providers/index.ts";
import { telemetrySection } from "../config/telemetry-section.ts";
import { logsOperation } from "./logs.ts";
import { serveOperation } from "./serve.ts";
import { traceOperation, tracesOperation } from "./traces.ts";

export const contribution: Contribution = { domain: "telemetry", operations: [serveOperation, logsOperation, tracesOperation, traceOperation], configSections: [telemetrySection] };
