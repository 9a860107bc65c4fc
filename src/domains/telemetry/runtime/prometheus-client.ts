// Questions to any server that speaks Prometheus' HTTP API, parsed into what commands and assertions need.
import { InspanError } from "../../../base/errors.ts";
import { askBackend, type Backend } from "./backend.ts";

export interface MetricSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds and values; histograms as their JSON. */
  readonly points: readonly (readonly [number, number])[];
  readonly histogram: unknown;
}
export interface MetricAnswer {
  readonly type: string;
  readonly series: readonly MetricSeries[];
  readonly text: string | undefined;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {}); // checked to be a plain object
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown): readonly string[] => list(value).map(String);
const labelsOf = (value: unknown): Record<string, string> => Object.fromEntries(Object.entries(record(value)).map(([name, text]) => [name, String(text)]));

function toNumber(value: unknown): number {
  const text = String(value);
  return text === "+Inf" ? Number.POSITIVE_INFINITY : text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}
const point = (value: unknown): readonly [number, number] => [Number(list(value)[0]), toNumber(list(value)[1])];

function readSeries(value: unknown): MetricSeries {
  const one = record(value);
  const points = one["value"] === undefined ? list(one["values"]).map(point) : [point(one["value"])];
  return { labels: labelsOf(one["metric"]), points, histogram: list(one["histogram"])[1] ?? list(list(one["histograms"]).at(-1))[1] };
}

/** `path` of an instant or range query. Throws QUERY_REFUSED with the server's own sentence. */
export async function queryMetrics(backend: Backend, path: string, params: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Promise<MetricAnswer> {
  const { status, body } = await askBackend(backend, path, { signal, params });
  const whole = record(body);
  if (status !== 200 || whole["status"] !== "success")
    throw new InspanError("QUERY_REFUSED", `Cannot answer "${params["query"] ?? ""}": ${String(whole["error"] ?? whole["message"] ?? `status ${status}`)}.`, {
      kind: status < 500 ? "usage" : "outside",
      remedy: status < 500 ? "mend the query where the position says; the languages are described in docs/telemetry.md" : "inspan doctor",
    });
  const data = record(whole["data"]);
  const type = String(data["resultType"]);
  const isPlain = type === "scalar" || type === "string";
  const result = data["result"];
  return {
    type, text: type === "string" ? String(list(result)[1]) : undefined, warnings: texts(whole["warnings"]), infos: texts(whole["infos"]),
    series: type === "string" ? [] : isPlain ? [{ labels: {}, points: [point(result)], histogram: undefined }] : list(result).map(readSeries),
  };
}

/** Whether a selector has any series in a time. */
export async function hasSeries(backend: Backend, selector: string, between: { readonly fromMs: number; readonly toMs: number }, signal: AbortSignal): Promise<boolean> {
  const params = { "match[]": selector, start: String(between.fromMs / 1000), end: String(between.toMs / 1000), limit: "1" };
  const { status, body } = await askBackend(backend, "/api/v1/series", { signal, params });
  return status === 200 && list(record(body)["data"]).length > 0;
}

/** Names or values of a list; empty where the server does not know. */
export async function listNames(backend: Backend, path: string, signal: AbortSignal): Promise<readonly string[]> {
  const { status, body } = await askBackend(backend, path, { signal });
  return status === 200 ? texts(record(body)["data"]) : [];
}
