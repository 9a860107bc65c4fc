// Queries of a Grafana dashboard: targets of all panels, rows within rows, with Grafana's variables filled in.

export interface DashboardQuery { readonly panel: string; readonly language: string; readonly expr: string; readonly original: string }

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {}); // checked to be a plain object
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

// Panels within rows within rows deeper than this are no dashboard.
const depthMax = 8;
const languages: Readonly<Record<string, string>> = { prometheus: "promql", loki: "logql", tempo: "traceql" };

/** Intervals become the window's, other variables match anything where they stand in a regex matcher, and equal ones become regexes. */
export function fillVariables(expr: string, window: string): string {
  return expr.replaceAll(/\$\{?__(?:rate_interval|interval|range|auto)(?:_ms|_s)?\}?/g, window)
    .replaceAll(/(=~|!~|!=|=)\s*"([^"]*\$[^"]*)"/g, (_whole, op: string, value: string) => `${op === "=" ? "=~" : op === "!=" ? "!~" : op}"${value.replaceAll(/\$\{[^}]+\}|\$\w+|\[\[\w+\]\]/g, ".*")}"`)
    .replaceAll(/\[\s*(?:\$\{[^}]+\}|\$\w+)\s*\]/g, `[${window}]`);
}

function languageOf(target: Json, panel: Json): string {
  const source = target["datasource"] ?? panel["datasource"];
  const type = String(record(source)["type"] ?? (typeof source === "string" ? source : ""));
  const known = languages[type.toLowerCase()];
  if (known !== undefined) return known;
  return type === "" || type.startsWith("$") ? (typeof target["expr"] === "string" ? "promql" : "") : type;
}

function collect(panels: readonly unknown[], window: string, depth: number, into: DashboardQuery[]): void {
  if (depth > depthMax) return;
  for (const panel of panels.map(record)) {
    for (const target of list(panel["targets"]).map(record)) {
      const original = String(target["expr"] ?? target["query"] ?? "");
      if (original !== "" && target["hide"] !== true)
        into.push({ panel: String(panel["title"] ?? panel["id"] ?? ""), language: languageOf(target, panel), expr: fillVariables(original, window), original });
    }
    collect(list(panel["panels"]), window, depth + 1, into);
  }
}

/** `document`: the dashboard itself, or `{ dashboard }` as Grafana's API exports it. */
export function queriesOf(document: unknown, window: string): readonly DashboardQuery[] {
  const whole = record(document);
  const dashboard = whole["dashboard"] === undefined ? whole : record(whole["dashboard"]);
  const queries: DashboardQuery[] = [];
  collect([...list(dashboard["panels"]), ...list(dashboard["rows"])], window, 0, queries);
  return queries;
}
