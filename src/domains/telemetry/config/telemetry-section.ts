// The key `telemetry` of inspan.yaml: where queries go instead of the worktree's own engine, and where what comes in is sent on.
import { z } from "zod";
import type { ConfigSection } from "../../../base/config-section.ts";

const address = z.string().regex(/^https?:\/\/\S+$/, "expected an http or https URL");

export const TelemetryConfiguration = z.strictObject({
  remote: z.strictObject({
    logs: address.optional().describe("Base URL of a Loki: `inspan logs` asks there"),
    traces: address.optional().describe("Base URL of a Tempo: `inspan traces` and `inspan trace` ask there"),
    metrics: address.optional().describe("Base URL of a Prometheus: `inspan metrics` asks there"),
    headers: z.record(z.string(), z.string()).default({}).describe("Headers of every request, for example X-Scope-OrgID"),
  }).default({ headers: {} }),
  forward: z.string().regex(/^https?:\/\/\S+$/, "expected an http or https URL").optional().describe("OTLP/HTTP base URL that every OTLP request is sent on to"),
}).default({ remote: { headers: {} } });
export type TelemetryConfiguration = z.infer<typeof TelemetryConfiguration>;

export const telemetrySection: ConfigSection<typeof TelemetryConfiguration> = {
  key: "telemetry",
  schema: TelemetryConfiguration,
  summary: "Where telemetry is asked for and sent on to. Without it the worktree's own engine answers.",
  example: "telemetry:\n  remote: { logs: \"https://loki.example\", traces: \"https://tempo.example\" }",
};
