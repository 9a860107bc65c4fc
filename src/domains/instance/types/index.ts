// The instance's types in one place.
export type { InstancePlan, Instrumentation, Ready, SeedPlan, ServicePlan, StopSignal, WorkloadPlan } from "./plan.ts";
export { stopSignals } from "./plan.ts";
export type { InstanceState, ServiceFailure, ServicePort, ServiceState, ServiceStatus, TelemetryAddress } from "./state.ts";
export type { Imported, ImportedService, ImportProposal, NotImported } from "./imported.ts";
export type { CommandResult, ControlAnswer, ControlRequest, UpRequest, Hello } from "./control.ts";
