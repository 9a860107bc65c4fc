// OpenTelemetry names to Prometheus names: characters, units, _total. Source: opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics.

const units: Readonly<Record<string, string>> = {
  d: "days", h: "hours", min: "minutes", s: "seconds", ms: "milliseconds", us: "microseconds", ns: "nanoseconds",
  By: "bytes", KiBy: "kibibytes", MiBy: "mebibytes", GiBy: "gibibytes", TiBy: "tibibytes", KBy: "kilobytes", MBy: "megabytes", GBy: "gigabytes", TBy: "terabytes",
  m: "meters", V: "volts", A: "amperes", J: "joules", W: "watts", g: "grams", Cel: "celsius", Hz: "hertz", "1": "", "%": "percent",
};
const perUnits: Readonly<Record<string, string>> = { s: "second", m: "minute", h: "hour", d: "day", w: "week", mo: "month", y: "year" };

const clean = (text: string): string => text.replaceAll(/[^a-zA-Z0-9:]+/g, "_").replaceAll(/_+/g, "_").replaceAll(/^_+|_+$/g, "");

function unitSuffixes(unit: string): readonly string[] {
  const [main = "", per] = unit.split("/", 2).map((part) => part.trim());
  const named = main.includes("{") || main.includes("}") ? "" : clean(units[main] ?? main);
  const perNamed = per === undefined || per.includes("{") || per.includes("}") ? "" : clean(perUnits[per] ?? per);
  return [...(named === "" ? [] : [named]), ...(perNamed === "" ? [] : ["per", perNamed])];
}

export interface MetricShape { readonly name: string; readonly unit: string; readonly isGauge: boolean; readonly isCounter: boolean }

/** "http.server.duration" in "ms" becomes http_server_duration_milliseconds; counters end in _total. */
export function prometheusName(shape: MetricShape): string {
  const parts = clean(shape.name).split("_").filter((part) => part !== "");
  const suffixes = unitSuffixes(shape.unit);
  const joined = suffixes.join("_");
  const withoutTotal = shape.isCounter ? parts.filter((part, at) => !(part === "total" && at === parts.length - 1)) : parts;
  let name = withoutTotal.join("_");
  if (joined !== "" && !name.endsWith(`_${joined}`) && name !== joined) name = suffixes.includes("per") || !withoutTotal.includes(joined) ? `${name}_${joined}` : name;
  if (shape.isGauge && shape.unit === "1" && !name.endsWith("_ratio")) name += "_ratio";
  if (shape.isCounter) name += "_total";
  return /^\d/.test(name) ? `_${name}` : name;
}

export function prometheusLabel(name: string): string {
  const cleaned = name.replaceAll(/[^a-zA-Z0-9_]/g, "_");
  if (/^\d/.test(cleaned)) return `key_${cleaned}`;
  return cleaned.startsWith("_") && !cleaned.startsWith("__") ? `key${cleaned}` : cleaned;
}
