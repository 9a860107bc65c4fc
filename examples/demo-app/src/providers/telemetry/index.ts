export { type Fields, startTelemetry, type Telemetry, type TelemetryOptions } from "./telemetry.ts";
