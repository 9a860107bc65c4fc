// The key `telemetry` of inspan.yaml: what the engine scrapes and evaluates, where queries go instead of it, and where what comes in is sent on.
import { z } from "zod";
import type { ConfigSection } from "../../../base/config-section.ts";

const address = z.string().regex(/^https?:\/\/\S+$/, "expected an http or https URL");
const duration = z.string().regex(/^(\d+(ms|[smhdw]))+$/, "expected a duration like 500ms or 1m");

const Scrape = z.strictObject({
  job: z.string().min(1).describe("Value of the label job"),
  url: address.describe("Page of metrics, Prometheus' text format or OpenMetrics"),
  interval: duration.default("1s").describe("Time between scrapes"),
  timeout: duration.default("10s").describe("A page that takes longer counts as down"),
  labels: z.record(z.string(), z.string()).default({}).describe("Labels that every series of this target gets"),
});

const Settings = z.strictObject({
  remote: z.strictObject({
    logs: address.optional().describe("Base URL of a Loki: `inspan logs` asks there"),
    traces: address.optional().describe("Base URL of a Tempo: `inspan traces` and `inspan trace` ask there"),
    metrics: address.optional().describe("Base URL of a Prometheus: `inspan metrics` asks there"),
    headers: z.record(z.string(), z.string()).default({}).describe("Headers of every request, for example X-Scope-OrgID"),
    tokenEnv: z.string().min(1).optional().describe("Environment variable that holds a bearer token for all of them"),
  }).default({ headers: {} }),
  forward: z.string().regex(/^https?:\/\/\S+$/, "expected an http or https URL").optional().describe("OTLP/HTTP base URL that every OTLP request is sent on to"),
  scrape: z.array(Scrape).default([]).describe("Applications that show their metrics instead of sending them"),
  rules: z.array(z.string().min(1)).default([]).describe("Prometheus rule files, relative to the root; evaluated on the worktree's own data"),
});

/** `true` and an absent key mean the same as an empty map. */
const settled = (isOn: boolean, settings: z.infer<typeof Settings> = Settings.parse({})) => ({ ...settings, isOn });

export const TelemetryConfiguration = z.union([
  z.boolean().describe("false: `inspan up` hosts no engine, and services are told no address").transform((isOn) => settled(isOn)),
  Settings.transform((settings) => settled(true, settings)),
]).default(() => settled(true));
export type TelemetryConfiguration = z.infer<typeof TelemetryConfiguration>;

export const telemetrySection: ConfigSection<typeof TelemetryConfiguration> = {
  key: "telemetry",
  schema: TelemetryConfiguration,
  summary: "What the worktree's engine scrapes and evaluates, where telemetry is asked for instead, and where it is sent on to.",
  example:
    'telemetry:\n  scrape: [{ job: app, url: "http://127.0.0.1:9100/metrics" }]\n  rules: [monitoring/rules.yml]\n  remote: { logs: "https://loki.example", traces: "https://tempo.example" }',
};
