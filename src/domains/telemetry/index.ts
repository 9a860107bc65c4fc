// Door of the telemetry domain: values that other domains may reason about without an engine.
export { HttpError } from "./types/http-error.ts";
export { telemetrySection } from "./config/telemetry-section.ts";
export { renderSignalsDiff } from "./service/render-diff.ts";
export type { SignalsDiffShown } from "./service/render-diff.ts";
export type { Verdict } from "./service/promqltest/run.ts";
export { ProtobufWriter } from "./service/otlp/protobuf-writer.ts";
/** Prometheus' test scripts, with the whole evaluator. */
export const loadPromqlTest = () => import("./service/promqltest/run.ts");
export { AssertionFile } from "./config/assertions.ts";
