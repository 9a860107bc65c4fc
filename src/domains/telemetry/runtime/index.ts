// Door of telemetry's runtime. `inspan telemetry serve` loads it at every start: what is not the engine itself is loaded late.
export { startEngine } from "./engine.ts";
export type { Engine, EngineOptions } from "./engine.ts";
export { serveEngine } from "./serve.ts";
export { createLineIntake } from "./logs/line-intake.ts";
export type { LineIntake, LineIntakeOptions } from "./logs/line-intake.ts";
export type { MetricsOutput } from "./metrics-query.ts";

/** Queries, assertions and configuration of an engine or a server elsewhere. */
export const loadCommands = () => import("./commands.ts");
/** Stores without a server, for measuring. */
export const loadBench = () => import("./bench.ts");
