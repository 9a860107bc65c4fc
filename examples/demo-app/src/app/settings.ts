// Turns the environment into settings, in one place. Only main.ts reads process.env.

import { type Drills, parseDrills } from "./drills.ts";

export type Settings = {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly dataDir: string;
  /** Bearer token for writes; `undefined` uses the one in the data folder. */
  readonly token: string | undefined;
  readonly flagsPath: string;
  readonly flagsText: string;
  readonly otlpEndpoint: string | undefined;
  readonly serviceName: string;
  readonly exportIntervalMs: number;
  readonly drills: Drills;
};

/** Throws on a malformed value, naming the variable. An empty variable counts as unset. */
export function parseSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const dataDir = env.DATA_DIR || "data";
  return {
    host: env.HOST || "127.0.0.1",
    port: parseWhole("PORT", { text: env.PORT || "3000", max: 65_535 }),
    dataDir,
    token: env.DESK_TOKEN || undefined,
    flagsPath: env.FLAGS_FILE || "flags.json",
    flagsText: env.FLAGS ?? "",
    otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT || undefined,
    serviceName: env.OTEL_SERVICE_NAME || "booking-desk",
    exportIntervalMs: parseWhole("OTEL_METRIC_EXPORT_INTERVAL", { text: env.OTEL_METRIC_EXPORT_INTERVAL || "1000", max: 60_000 }),
    drills: parseDrills(env.DESK_DRILLS ?? ""),
  };
}

function parseWhole(name: string, { text, max }: { readonly text: string; readonly max: number }): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw new Error(`Cannot read ${name} "${text}": expected a whole number from 0 to ${max}`);
  return value;
}
