// Errors of running instances from the telemetry engine, or from a Tempo, Loki and Prometheus elsewhere. Text is untrusted and only ever read.
import { asList, asRecord } from "../../../base/json.ts";
import { messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { loadCommands } from "../../telemetry/runtime/index.ts";
import type { ErrorEvent } from "../service/regression.ts";

const tracesMax = 500;
const spansPerTrace = 5;
const linesMax = 500;
const alertsMax = 100;
const messageCharsMax = 2_000;
const versionKeys = ["vcs.ref.head.revision", "service.version", "vcs_ref_head_revision", "service_version"];

export interface ErrorsAnswer {
  readonly events: readonly ErrorEvent[];
  /** Versions that ran, by service, in whatever state. */
  readonly ran: ReadonlyMap<string, ReadonlySet<string>>;
  readonly warnings: readonly string[];
}

export interface ErrorsOptions { readonly context: OperationContext; readonly since: string; readonly url: string | undefined; resolve(version: string): Promise<string | undefined> }

const selected = "select(resource.service.name, resource.service.version, resource.vcs.ref.head.revision";

/** A source that does not answer is a warning; with none of them there is nothing to watch, and that is said by the first. */
export async function readErrors({ context, since, url, resolve }: ErrorsOptions): Promise<ErrorsAnswer> {
  const { askBackend, findBackend, queryLogs, queryTraces } = await loadCommands();
  const warnings: string[] = [];
  const known = new Map<string, Promise<string | undefined>>();
  const commitOf = async (fields: Readonly<Record<string, string>>): Promise<string | undefined> => {
    for (const key of versionKeys) {
      const version = fields[key];
      if (version === undefined || version === "") continue;
      const found = known.get(version) ?? resolve(version);
      known.set(version, found);
      const commit = await found;
      if (commit !== undefined) return commit;
    }
    return undefined;
  };
  const ran = new Map<string, Set<string>>();
  const note = (service: string, commit: string | undefined) => { if (commit === undefined) return; const own = ran.get(service) ?? new Set(); own.add(commit); ran.set(service, own); };
  const window = { since, ...(url === undefined ? {} : { url }) };
  const fromSpans = async (): Promise<readonly ErrorEvent[]> => {
    const events: ErrorEvent[] = [];
    const found = await queryTraces({ ...window, query: `{ status = error } | ${selected}, event.exception.type, event.exception.message, event.exception.stacktrace, statusMessage)`, limit: tracesMax, spans: spansPerTrace }, context);
    for (const { traceId, service, spans } of found.traces) for (const { name, startedAt, attributes } of spans) {
      const own = attributes["service.name"] ?? service;
      const type = attributes["exception.type"] ?? "";
      const commit = await commitOf(attributes);
      note(own, commit);
      const text = [attributes["exception.message"] ?? attributes["statusMessage"] ?? "", attributes["exception.stacktrace"] ?? ""].filter((part) => part !== "").join("\n");
      events.push({ kind: "span", service: own, what: type === "" ? name : `${type} in ${name}`, message: text.slice(0, messageCharsMax), commit, at: startedAt, link: `trace ${traceId}` });
    }
    for (const { service, spans } of (await queryTraces({ ...window, query: `{ status != error } | ${selected})`, limit: tracesMax, spans: 1 }, context)).traces) for (const { attributes } of spans) note(attributes["service.name"] ?? service, await commitOf(attributes));
    return events;
  };
  const fromLines = async (): Promise<readonly ErrorEvent[]> => {
    const severe = '(?i)(error|fatal|critical)';
    const { lines } = await queryLogs({ ...window, query: `{service_name=~".+"} | severity_text=~\`${severe}\` or detected_level=~\`${severe}\` or level=~\`${severe}\``, limit: linesMax, forward: true }, context);
    const events: ErrorEvent[] = [];
    for (const { at, line, labels } of lines) events.push({ kind: "log", service: labels["service_name"] ?? "", what: labels["exception_type"] ?? line.split("\n")[0]?.slice(0, 120) ?? "", message: line.slice(0, messageCharsMax), commit: await commitOf(labels), at, link: labels["trace_id"] === undefined ? "" : `trace ${labels["trace_id"]}` });
    return events;
  };
  const fromAlerts = async (): Promise<readonly ErrorEvent[]> => {
    const { status, body } = await askBackend(await findBackend(context, "prometheus", url), "/api/v1/alerts", { signal: context.signal });
    if (status !== 200) return [];
    const events: ErrorEvent[] = [];
    for (const one of asList(asRecord(asRecord(body)?.["data"])?.["alerts"]).slice(0, alertsMax)) {
      const alert = asRecord(one);
      if (alert?.["state"] !== "firing") continue;
      const texts = (value: unknown) => Object.fromEntries(Object.entries(asRecord(value) ?? {}).map(([key, text]) => [key, String(text)]));
      const labels = texts(alert["labels"]), annotations = texts(alert["annotations"]);
      events.push({ kind: "alert", service: labels["service_name"] ?? labels["service"] ?? labels["job"] ?? "", what: labels["alertname"] ?? "alert", message: annotations["summary"] ?? annotations["description"] ?? "", commit: await commitOf(labels), at: String(alert["activeAt"] ?? context.providers.clock.nowIso()), link: "" });
    }
    return events;
  };
  const events: ErrorEvent[] = [];
  let failures = 0;
  for (const [name, read] of [["traces", fromSpans], ["logs", fromLines], ["alerts", fromAlerts]] as const) {
    try { events.push(...await read()); } catch (error) {
      context.signal.throwIfAborted();
      failures += 1;
      if (failures === 3) throw error;
      warnings.push(`${name} cannot be read: ${messageOf(error)}`);
    }
  }
  return { events, ran, warnings };
}
