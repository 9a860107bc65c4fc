// ExportMetricsServiceRequest from OTLP/JSON to the sink. Lenient as the specification asks: unknown fields are passed over, integers may be strings.
import { emptyPoint, showAttribute } from "./otlp-protobuf.ts";
import type { Attributes, OtlpBuckets, OtlpExemplar, OtlpMetric, OtlpPoint, OtlpSink } from "./otlp-sink.ts";

type Json = Readonly<Record<string, unknown>>;

const record = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {}); // checked to be a plain object
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number =>
  typeof value === "number"
    ? value
    : typeof value === "string"
      ? Number(value === "Infinity" || value === "-Infinity" ? value : value.trim() === "" ? Number.NaN : value)
      : 0;

/** Nanoseconds as text or number to whole milliseconds. */
function millis(value: unknown): number {
  const digits = typeof value === "string" ? value : typeof value === "number" ? BigInt(Math.trunc(value)).toString() : "0";
  return /^\d{1,20}$/.test(digits) ? Number(digits.slice(0, -6) || "0") : 0;
}

// AnyValue may hold itself; deeper than this is nobody's attribute.
const depthMax = 16;

function anyValue(value: unknown, depth = 0): unknown {
  const one = record(value);
  if (depth > depthMax) return "";
  if ("stringValue" in one) return text(one["stringValue"]);
  if ("boolValue" in one) return one["boolValue"] === true;
  if ("intValue" in one) return number(one["intValue"]);
  if ("doubleValue" in one) return number(one["doubleValue"]);
  if ("arrayValue" in one) return list(record(one["arrayValue"])["values"]).map((inner) => anyValue(inner, depth + 1));
  if ("kvlistValue" in one)
    return Object.fromEntries(
      list(record(one["kvlistValue"])["values"]).map((pair) => [text(record(pair)["key"]), anyValue(record(pair)["value"], depth + 1)]),
    );
  return text(one["bytesValue"]);
}

function attributes(value: unknown): Attributes {
  return list(value).map((pair) => [text(record(pair)["key"]), showAttribute(anyValue(record(pair)["value"]))] as const);
}

function exemplars(value: unknown): readonly OtlpExemplar[] {
  return list(value)
    .map(record)
    .map((one) => ({
      attributes: attributes(one["filteredAttributes"]),
      timeMs: millis(one["timeUnixNano"]),
      value: number(one["asDouble"] ?? one["asInt"]),
      traceId: text(one["traceId"]).toLowerCase(),
      spanId: text(one["spanId"]).toLowerCase(),
    }));
}

function buckets(value: unknown): OtlpBuckets {
  const one = record(value);
  return { offset: number(one["offset"]), counts: list(one["bucketCounts"]).map(number) };
}

function point(value: unknown, hasOptionalSum: boolean): OtlpPoint {
  const one = record(value);
  return {
    ...emptyPoint(),
    attributes: attributes(one["attributes"]),
    timeMs: millis(one["timeUnixNano"]),
    isStale: (number(one["flags"]) & 1) === 1,
    exemplars: exemplars(one["exemplars"]),
    value: number(one["asDouble"] ?? one["asInt"]), count: number(one["count"]), sum: one["sum"] === undefined && hasOptionalSum ? Number.NaN : number(one["sum"]),
    bucketCounts: list(one["bucketCounts"]).map(number),
    bounds: list(one["explicitBounds"]).map(number),
    scale: number(one["scale"]),
    zeroCount: number(one["zeroCount"]),
    zeroThreshold: number(one["zeroThreshold"]),
    positive: buckets(one["positive"]),
    negative: buckets(one["negative"]),
    quantiles: list(one["quantileValues"])
      .map(record)
      .map((pair) => [number(pair["quantile"]), number(pair["value"])] as const),
  };
}

const kinds: readonly (readonly [string, OtlpMetric["kind"]])[] = [
  ["gauge", "gauge"],
  ["sum", "sum"],
  ["histogram", "histogram"],
  ["exponentialHistogram", "exponential"],
  ["summary", "summary"],
];

function addMetric(value: unknown, sink: OtlpSink): void {
  const one = record(value);
  const [field, kind] = kinds.find(([name]) => one[name] !== undefined) ?? ["gauge", "gauge"];
  const data = record(one[field]);
  const temporality = data["aggregationTemporality"];
  const metric: OtlpMetric = {
    name: text(one["name"]),
    unit: text(one["unit"]),
    description: text(one["description"]),
    kind,
    isDelta: temporality === 1 || temporality === "AGGREGATION_TEMPORALITY_DELTA",
    isMonotonic: data["isMonotonic"] === true,
  };
  sink.add(metric, list(data["dataPoints"]).map((given) => point(given, kind === "histogram" || kind === "exponential")));
}

export function readOtlpJson(document: unknown, sink: OtlpSink): void {
  for (const resource of list(record(document)["resourceMetrics"]).map(record)) {
    sink.beginResource(attributes(record(resource["resource"])["attributes"]));
    for (const scope of list(resource["scopeMetrics"]).map(record)) {
      sink.beginScope(text(record(scope["scope"])["name"]), text(record(scope["scope"])["version"]));
      for (const metric of list(scope["metrics"])) addMetric(metric, sink);
    }
    sink.endResource();
  }
}
