// Door of the agent domain: the driver interface, its configuration, and the pure parts that other drivers may use.
export { AgentsConfig, agentsSection, agentsWithEnvironment, BuiltinConfig, CodexConfig, commandAgents, driverNames, Effort, ModelProvider } from "./config.ts";
export type { DriverName } from "./config.ts";
export { containPath } from "./service/paths.ts";
export { judgeProgress, startProgress, steered, steerText, takeProgress } from "./service/progress.ts";
export { AgentCapabilities, AgentEvent } from "./types.ts";
export type { AgentDriver, AgentSession, AgentTool, EditGuard, RunningTurn, SessionId, SessionSpec, TurnInput, TurnResult } from "./types.ts";
export { renderCapabilityTable, type CapabilityRecord } from "./service/capability-table.ts";
