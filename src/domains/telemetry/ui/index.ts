// What telemetry adds to the command line and to agents. Loads no engine and no query language until a handler runs.
import type { Contribution } from "../../../providers/index.ts";
import { assertionsSection } from "../config/assertions.ts";
import { telemetrySection } from "../config/telemetry-section.ts";
import { configureOperation, dashboardsCheckOperation, rulesTestOperation } from "./as-code.ts";
import { assertOperation } from "./assert.ts";
import { diffSignalsOperation } from "./diff-signals.ts";
import { logsOperation } from "./logs.ts";
import { metricsOperation } from "./metrics.ts";
import { serveOperation } from "./serve.ts";
import { traceOperation, tracesOperation } from "./traces.ts";

export const contribution: Contribution = {
  domain: "telemetry",
  operations: [
    serveOperation,
    metricsOperation,
    logsOperation,
    tracesOperation,
    traceOperation,
    diffSignalsOperation,
    assertOperation,
    configureOperation,
    rulesTestOperation,
    dashboardsCheckOperation,
  ],
  configSections: [telemetrySection, assertionsSection],
};
