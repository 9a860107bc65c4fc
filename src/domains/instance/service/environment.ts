// What a service finds in its environment, and the values behind `${…}`. Pure.
import { fillCommand, fillNames } from "../config/interpolate.ts";
import { markerOf } from "./marker.ts";
import type { Instrumentation, InstancePlan, ServicePlan, TelemetryAddress } from "../types/index.ts";

/** Ports by service and variable. */
export type PortTable = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface Surroundings {
  readonly plan: Pick<InstancePlan, "services">;
  readonly ports: PortTable;
  readonly worktreePath: string;
  readonly dataPath: string;
  readonly runId: string;
  readonly telemetry: TelemetryAddress | undefined;
  /** Resource attributes of everything that the instance sends. */
  readonly resource: Readonly<Record<string, string>>;
  /** Absolute; required by Node before the application. Undefined where nothing takes telemetry. */
  readonly preloadPath: string | undefined;
  /** Absolute, writable: kept between starts. */
  readonly cachePath: string;
}

export const loopback = "127.0.0.1";

export function urlOf(port: number): string { return `http://${loopback}:${port}`; }

/** The values of `${…}`; with `own`, a service's ports by their bare names too. */
export function valuesFor(surroundings: Surroundings, own?: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>([["DATA_DIR", surroundings.dataPath], ["WORKTREE", surroundings.worktreePath], ["HOST", loopback]]);
  for (const [service, ports] of surroundings.ports) {
    values.set(`${service}.host`, loopback);
    for (const [index, [name, port]] of [...ports].entries()) {
      values.set(`${service}.${name}`, String(port));
      if (service === own) values.set(name, String(port));
      if (index > 0) continue;
      values.set(`${service}.port`, String(port));
      values.set(`${service}.url`, urlOf(port));
    }
  }
  return values;
}

/** Attribute values of OTEL_RESOURCE_ATTRIBUTES are percent-encoded; https://opentelemetry.io/docs/specs/otel/resource/sdk/ */
function renderResource(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes).filter(([, value]) => value !== "").map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join(",");
}

/** What the SDKs of all languages read. The short delays let an agent see what it caused within two seconds. */
export function telemetryVariables(name: string, { telemetry, resource }: Pick<Surroundings, "telemetry" | "resource">): Readonly<Record<string, string>> {
  const described = { OTEL_SERVICE_NAME: name, OTEL_RESOURCE_ATTRIBUTES: renderResource({ "service.name": name, ...resource }) };
  // Without an engine an SDK would retry an address that nobody answers, so nothing but the description is told.
  if (telemetry === undefined) return described;
  return {
    ...described,
    OTEL_EXPORTER_OTLP_ENDPOINT: telemetry.url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_TRACES_EXPORTER: "otlp", OTEL_METRICS_EXPORTER: "otlp", OTEL_LOGS_EXPORTER: "otlp",
    OTEL_METRIC_EXPORT_INTERVAL: "1000", OTEL_BSP_SCHEDULE_DELAY: "200", OTEL_BLRP_SCHEDULE_DELAY: "200",
    OTEL_NODE_RESOURCE_DETECTORS: "env,process", OTEL_SEMCONV_STABILITY_OPT_IN: "http", OTEL_TRACES_SAMPLER: "always_on",
    OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED: "true",
  };
}

function nodeOptions(instrument: Instrumentation, surroundings: Surroundings, given: string | undefined): Readonly<Record<string, string>> {
  if (instrument === "none" || surroundings.telemetry === undefined) return {};
  // Modules are missed without the loader hook; it costs about half a second of start-up, which is why it is asked for.
  const added = instrument === "full" ? "--experimental-loader=@opentelemetry/instrumentation/hook.mjs --import @opentelemetry/auto-instrumentations-node/register"
    : surroundings.preloadPath === undefined ? "" : `--require=${JSON.stringify(surroundings.preloadPath)}`;
  return added === "" ? {} : { NODE_OPTIONS: given === undefined || given === "" ? added : `${given} ${added}` };
}

/** What every command of the instance gets, services or not. */
function commonVariables(surroundings: Surroundings): Readonly<Record<string, string>> {
  return {
    // Node keeps compiled code in its temporary folder, which in a sandbox is empty at every start: a third of the demo's start-up time.
    NODE_COMPILE_CACHE: `${surroundings.cachePath}/node`,
    HOST: loopback, DATA_DIR: surroundings.dataPath, INSPAN_WORKTREE: surroundings.worktreePath,
    BROWSER: "none", NO_COLOR: "1", FORCE_COLOR: "0", NO_PROXY: `${loopback},localhost`,
  };
}

export interface Prepared { readonly run: string; readonly env: Readonly<Record<string, string>>; readonly runId: string }

/** Command and environment of a service; names were checked with the configuration, so nothing is left open. */
export function prepareService(service: ServicePlan, surroundings: Surroundings): Prepared {
  const values = valuesFor(surroundings, service.name);
  const own = Object.fromEntries([...(surroundings.ports.get(service.name) ?? [])].map(([name, port]) => [name, String(port)]));
  const declared = Object.fromEntries(Object.entries(service.env).map(([name, value]) => [name, fillNames(value, values).text]));
  const marker = markerOf(surroundings.runId, service.name);
  const env = { ...commonVariables(surroundings), ...telemetryVariables(service.name, surroundings), ...own, ...declared };
  return {
    run: fillCommand(withPython(service), values).text,
    env: { ...env, ...nodeOptions(service.instrument, surroundings, declared["NODE_OPTIONS"]), INSPAN_RUN_ID: marker },
    runId: marker,
  };
}

/** Full instrumentation of a Python program is a program in front of it; one that is there already stays. */
function withPython({ run, instrument }: ServicePlan): string {
  return instrument === "full" && /^(?:\S*\/)?(?:python3?|gunicorn|uvicorn|flask)(?:\s|$)/.test(run) ? `opentelemetry-instrument ${run}` : run;
}

/** The same for the seed or a workload, which own no port. */
export function prepareCommand(command: { readonly name: string; readonly run: string; readonly env: Readonly<Record<string, string>> }, surroundings: Surroundings): Prepared {
  const values = valuesFor(surroundings);
  const declared = Object.fromEntries(Object.entries(command.env).map(([name, value]) => [name, fillNames(value, values).text]));
  const marker = markerOf(surroundings.runId, `${command.name}.command`);
  return {
    run: fillCommand(command.run, values).text,
    env: { ...commonVariables(surroundings), ...telemetryVariables(command.name, surroundings), ...declared, INSPAN_RUN_ID: marker },
    runId: marker,
  };
}
