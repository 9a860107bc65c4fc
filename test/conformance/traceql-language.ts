// How a TraceQL case is loaded and answered: OTLP/JSON and Tempo's search and metrics APIs.
import { offsetNs, originNs, timeOf, type Case, type Language } from "./cases.ts";

const kinds: Readonly<Record<string, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

function anyValue(text: string): object {
  if (text.startsWith('"')) return { stringValue: JSON.parse(text) as unknown };
  if (text.startsWith("[")) return { arrayValue: { values: (JSON.parse(text) as unknown[]).map((one) => anyValue(JSON.stringify(one))) } };
  if (text === "true" || text === "false") return { boolValue: text === "true" };
  return /^-?\d+$/.test(text) ? { intValue: text } : { doubleValue: Number(text) };
}

interface Words { readonly positional: readonly string[]; readonly named: ReadonlyMap<string, string> }

/** `1 0 GET 0ms-500ms status=error http.code=500`: quotes keep spaces together. */
function words(line: string): Words {
  const all = line.match(/(?:[^\s"[]+|"(?:[^"\\]|\\.)*"|\[[^\]]*\])+/g) ?? [];
  const isNamed = (word: string) => /^(?:[\w.:/-]+|"[^"]+")=/.test(word);
  const positional = all.filter((word) => !isNamed(word)).map((word) => word.replace(/^"(.*)"$/, "$1"));
  return { positional, named: new Map(all.filter(isNamed).map((word) => [word.slice(0, word.indexOf("=")).replaceAll('"', ""), word.slice(word.indexOf("=") + 1)])) };
}

/** `load <trace> <service> [attribute=value …]` and one span a line: `<id> <parent> <name> <from>-<to> [status=…] [kind=…] [attribute=value …] [event:<name>@<time>] [link:<trace>/<span>]`. */
function spanOf(trace: string, line: string): object {
  const { positional, named } = words(line);
  const [id = "0", parent = "0", name = "", times = "0ms-0ms", ...rest] = positional;
  const [from = "0ms", to = "0ms"] = times.split("-");
  const special = new Set(["status", "kind", "message"]);
  const attributes = [...named]
    .filter(([key]) => !special.has(key) && !key.startsWith("event.") && !key.startsWith("link."))
    .map(([key, value]) => ({ key, value: anyValue(value) }));
  const scoped = (scope: string) => [...named].filter(([key]) => key.startsWith(`${scope}.`)).map(([key, value]) => ({ key: key.slice(scope.length + 1), value: anyValue(value) }));
  const events = rest
    .filter((word) => word.startsWith("event:"))
    .map((word) => {
      const [eventName = "", at = from] = word.slice(6).split("@");
      return { name: eventName, timeUnixNano: timeOf(at), attributes: scoped("event") };
    });
  const links = rest
    .filter((word) => word.startsWith("link:"))
    .map((word) => {
      const [linkTrace = "0", linkSpan = "0"] = word.slice(5).split("/");
      return { traceId: linkTrace.padStart(32, "0"), spanId: linkSpan.padStart(16, "0"), attributes: scoped("link") };
    });
  const status = named.get("status");
  return {
    traceId: trace.padStart(32, "0"),
    spanId: id.padStart(16, "0"),
    ...(parent === "0" ? {} : { parentSpanId: parent.padStart(16, "0") }),
    name,
    kind: kinds[named.get("kind") ?? ""] ?? 0,
    startTimeUnixNano: timeOf(from),
    endTimeUnixNano: timeOf(to),
    attributes,
    events,
    links,
    status: {
      code: status === "error" ? 2 : status === "ok" ? 1 : 0,
      ...(named.has("message") ? { message: JSON.parse(named.get("message") ?? '""') as unknown } : {}),
    },
  };
}

interface FoundTrace {
  readonly spanSets: readonly {
    readonly matched: number;
    readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
    readonly spans: readonly { readonly name: string }[];
  }[];
  readonly traceID: string;
}
interface FoundSeries {
  readonly labels: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly samples?: readonly { readonly timestampMs: string; readonly value: number }[];
  readonly value?: number;
}

const firstOf = (value: Readonly<Record<string, unknown>>): string => JSON.stringify(Object.values(value)[0]);

export function traceqlLanguage(url: string): Language {
  return {
    clear: async () => { await fetch(`${url}/inspan/v1/data`, { method: "DELETE" }); },
    load: async (one) => {
      const { positional, named } = words(one.argument);
      const [trace = "1", service = "svc"] = positional;
      const resource = [
        { key: "service.name", value: { stringValue: service } },
        ...[...named].filter(([key]) => !key.startsWith("scope.")).map(([key, value]) => ({ key, value: anyValue(value) })),
      ];
      const scope = {
        name: (named.get("scope.name") ?? '"lib"').slice(1, -1),
        version: (named.get("scope.version") ?? '"1"').slice(1, -1),
        attributes: [...named]
          .filter(([key]) => key.startsWith("scope.") && key !== "scope.name" && key !== "scope.version")
          .map(([key, value]) => ({ key: key.slice(6), value: anyValue(value) })),
      };
      const body = { resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ scope, spans: one.body.map((line) => spanOf(trace, line)) }] }] };
      const response = await fetch(`${url}/v1/traces`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${one.file}:${one.line}: ${await response.text()}`);
      await response.text();
    },
    answer: async (one) => (one.kind === "range" || one.kind === "at" ? metrics(url, one) : search(url, one)),
  };
}

/** One line a spanset: trace, names in order, attributes of the spanset. */
async function search(url: string, one: Case): Promise<readonly string[]> {
  const response = await fetch(`${url}/api/search?limit=100&spss=100&q=${encodeURIComponent(one.argument)}`);
  const text = await response.text();
  if (!response.ok) return [`${response.status} ${text.trim()}`];
  const { traces } = JSON.parse(text) as { traces: readonly FoundTrace[] };
  return traces
    .flatMap((trace) =>
      trace.spanSets.map(
        (set) =>
          `${trace.traceID}: ${set.spans
            .map((span) => span.name)
            .sort()
            .join(" ")}${(set.attributes ?? []).map(({ key, value }) => ` ${key}=${firstOf(value)}`).join("")}`,
      ),
    )
    .sort();
}

/** `0s..60s/30s <query>`; absent samples are _. */
async function metrics(url: string, one: Case): Promise<readonly string[]> {
  const cut = one.argument.indexOf(" ");
  const [start = "0s", end = "0s", step = "60s"] = one.argument.slice(0, cut).split(/\.\.|\//);
  const parameters = new URLSearchParams({ q: one.argument.slice(cut + 1), start: timeOf(start), end: timeOf(end), step });
  const response = await fetch(`${url}/api/metrics/${one.kind === "at" ? "query" : "query_range"}?${parameters}`);
  const text = await response.text();
  if (!response.ok) return [`${response.status} ${text.trim()}`];
  const { series } = JSON.parse(text) as { series: readonly FoundSeries[] };
  const wanted: string[] = [];
  for (let at = offsetNs(start); at <= offsetNs(end); at += offsetNs(step)) wanted.push(String((originNs + at) / 1_000_000n));
  return series.map((found) => {
    const labels = found.labels.map(({ key, value }) => `${key}=${firstOf(value)}`).join(" ");
    const values = new Map(found.samples?.map(({ timestampMs, value }) => [timestampMs, value]));
    return `{${labels}} ${one.kind === "at" ? String(found.value) : wanted.map((time) => values.get(time) ?? "_").join(" ")}`;
  }).sort();
}
