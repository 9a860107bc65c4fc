// What other domains and commands ask of telemetry; heavier than the engine's door, and loaded when it is used.
export { askBackend, findBackend } from "./backend.ts";
export type { Answered, Backend } from "./backend.ts";
export { queryMetrics } from "./prometheus-client.ts";
export { runMetricsQuery } from "./metrics-query.ts";
export { runAssertions } from "./assertions/run.ts";
export { checkDashboard, configureEngine, testRules } from "./as-code.ts";
export { findWorktreeRoot } from "../repo/engine-record.ts";
export { queryLogs } from "./logs/logs-command.ts";
export { queryTraces, showTrace } from "./traces/traces-command.ts";
export { compareRuns } from "./diff-command.ts";
export { settle } from "./assertions/run.ts";
