// How a LogQL case is loaded and answered: Loki's push and query APIs.
import { offsetNs, originNs, originSeconds, timeOf, type Case, type Language } from "./cases.ts";

type Labels = Readonly<Record<string, string>>;

export function renderLabels(labels: Labels): string {
  return `{${Object.entries(labels)
    .filter(([name]) => name !== "__error_details__")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(", ")}}`;
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((match) => [match[1] ?? "", match[2] ?? ""]));
}

interface Result {
  readonly stream?: Labels;
  readonly metric?: Labels;
  readonly values?: readonly (readonly [string | number, string])[];
  readonly value?: readonly [number, string];
}

export function logqlLanguage(url: string): Language {
  const query = async (path: string, parameters: Record<string, string>): Promise<readonly string[] | { readonly type: string; readonly result: unknown }> => {
    const response = await fetch(`${url}/loki/api/v1/${path}`, { method: "POST", body: new URLSearchParams(parameters) });
    const text = await response.text();
    if (!response.ok) return [`${response.status} ${text.trim()}`];
    const { data } = JSON.parse(text) as { data: { resultType: string; result: unknown } };
    return { type: data.resultType, result: data.result };
  };
  return {
    clear: async () => { await fetch(`${url}/inspan/v1/data`, { method: "DELETE" }); },
    load: async (one) => {
      const values = one.body.map((line) => {
        const [time = "0s"] = line.split(" ", 1);
        const [text = "", metadata] = line.slice(time.length + 1).split(" || ");
        return [timeOf(time), text.replaceAll("\\e", "\u001b"), ...(metadata === undefined ? [] : [parseLabels(metadata)])];
      });
      const response = await fetch(`${url}/loki/api/v1/push`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ streams: [{ stream: parseLabels(one.argument), values }] }),
      });
      if (response.status !== 204) throw new Error(`${one.file}:${one.line}: ${await response.text()}`);
    },
    answer: async (one) => {
      const answered =
        one.kind === "at"
          ? await query("query", instantOf(one))
          : one.kind === "range"
            ? await query("query_range", rangeOf(one))
            : await query("query_range", { query: one.argument, start: String(originNs), end: timeOf("1h"), limit: "1000", direction: "forward" });
      if (!("type" in answered)) return answered;
      return renderResult(one, answered);
    },
  };
}

function splitArgument(one: Case): readonly [string, string] {
  const cut = one.argument.indexOf(" ");
  return [one.argument.slice(0, cut), one.argument.slice(cut + 1)];
}
function instantOf(one: Case): Record<string, string> {
  const [time, text] = splitArgument(one);
  return { query: text, time: timeOf(time) };
}
/** `0s..120s/60s <query>`. */
function rangeOf(one: Case): Record<string, string> {
  const [times, text] = splitArgument(one);
  const [start = "0s", end = "0s", step = "60s"] = times.split(/\.\.|\//);
  return { query: text, start: timeOf(start), end: timeOf(end), step };
}

function renderResult(one: Case, answered: { readonly type: string; readonly result: unknown }): readonly string[] {
  if (answered.type === "scalar") return [`scalar ${(answered.result as [number, string])[1]}`]; // the form of Loki's scalars
  const list = answered.result as readonly Result[]; // the form of Loki's streams, vectors and matrices
  if (answered.type === "streams") {
    const lines = list.flatMap((stream) =>
      (stream.values ?? []).map(([time, line]) => ({
        time: BigInt(time),
        text: `${renderLabels(stream.stream ?? {})} ${line.replaceAll("\n", "\\n").replaceAll("\u001b", "\\e")}`.trimEnd(),
      })),
    );
    return lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.text < b.text ? -1 : 1)).map(({ text }) => text);
  }
  if (answered.type === "vector") return list.map((one) => `${renderLabels(one.metric ?? {})} ${one.value?.[1] ?? ""}`);
  const [times] = splitArgument(one);
  const [start = "0s", end = "0s", step = "60s"] = times.split(/\.\.|\//);
  const wanted: number[] = [];
  for (let at = offsetNs(start); at <= offsetNs(end); at += offsetNs(step)) wanted.push(originSeconds + Number(at) / 1e9);
  return list.map((series) => {
    const values = new Map(series.values?.map(([time, value]) => [Number(time), value]));
    return `${renderLabels(series.metric ?? {})} ${wanted.map((time) => values.get(time) ?? "_").join(" ")}`;
  });
}
