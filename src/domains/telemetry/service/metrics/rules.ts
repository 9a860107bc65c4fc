// Prometheus rules on one store: recording rules write series, alerting rules go from pending to firing. Time is passed in.
// Source: prometheus.io/docs/prometheus/latest/configuration/{recording,alerting}_rules.
import { type QueryOptions, queryInstant, type QueryResult } from "../promql/evaluate.ts";
import { apiFloat } from "../promql/api-json.ts";
import { Labels, nameLabel } from "../vector/labels.ts";
import { Batch } from "./batch.ts";
import type { MetricStore } from "./store.ts";

export interface Rule {
  readonly kind: "record" | "alert";
  readonly name: string;
  readonly expr: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
export interface RuleGroup { readonly name: string; readonly file: string; readonly intervalMs: number; readonly rules: readonly Rule[] }

export interface Alert {
  readonly labels: Labels;
  annotations: Readonly<Record<string, string>>;
  state: "pending" | "firing";
  activeAtMs: number;
  value: number;
  keepUntilMs: number;
}
export interface RuleState { readonly rule: Rule; alerts: Map<string, Alert>; health: "unknown" | "ok" | "err"; error: string; lastMs: number; seen: Map<string, Labels> }

/** Alerts of one rule; more would mean that a label has endless values. */
const alertsMax = 5000;

export const newRuleState = (rule: Rule): RuleState => ({ rule, alerts: new Map(), health: "unknown", error: "", lastMs: 0, seen: new Map() });

/** "{{ $labels.job }}" and "{{ $value }}", with printf and humanize left as the plain value. Other actions stay as they are written. */
export function expandTemplate(template: string, labels: Labels, value: number): string {
  return template.replaceAll(/\{\{\s*(.*?)\s*\}\}/gs, (whole, action: string) => {
    const subject = action.replace(/^printf\s+"[^"]*"\s+/, "").split("|")[0]?.trim() ?? "";
    const label = /^(?:\$labels|\.Labels)\.(\w+)$/.exec(subject)?.[1] ?? /^index\s+(?:\$labels|\.Labels)\s+"([^"]+)"$/.exec(subject)?.[1];
    if (label !== undefined) return labels.get(label);
    return subject === "$value" || subject === ".Value" ? apiFloat(value) : whole;
  });
}

function samplesOf(result: QueryResult): readonly { labels: Labels; value: number }[] {
  if (result.kind === "scalar") return [{ labels: Labels.empty, value: result.values[0] ?? Number.NaN }];
  return result.kind === "vector"
    ? result.columns.filter((column) => column.present[0] === 1).map((column) => ({ labels: column.labels, value: column.values[0] ?? Number.NaN }))
    : [];
}

function put(batch: Batch, labels: Labels, timeMs: number, value: number, isStale = false): void {
  const series = batch.find(labels);
  if (series === undefined) return;
  batch.begin(series);
  batch.add(timeMs, value, isStale);
}

/** Writes what is there now and stale markers for what was there before. */
function putAll(state: RuleState, now: readonly (readonly [Labels, number])[], timeMs: number, batch: Batch): void {
  const seen = new Map<string, Labels>();
  for (const [labels, value] of now) { put(batch, labels, timeMs, value); seen.set(labels.key, labels); }
  for (const [key, labels] of state.seen) if (!seen.has(key)) put(batch, labels, timeMs, Number.NaN, true);
  state.seen = seen;
}

function record(state: RuleState, samples: readonly { labels: Labels; value: number }[], timeMs: number, batch: Batch): void {
  const { rule } = state;
  const now = samples.map(({ labels, value }) => [Labels.from([...labels.entries(), ...Object.entries(rule.labels), [nameLabel, rule.name]]), value] as const);
  if (new Set(now.map(([labels]) => labels.key)).size !== now.length) throw new Error("vector contains metrics with the same labelset after applying rule labels");
  putAll(state, now, timeMs, batch);
}

function updateAlerts(state: RuleState, samples: readonly { labels: Labels; value: number }[], timeMs: number): void {
  const { rule, alerts } = state;
  const active = new Set<string>();
  for (const { labels, value } of samples) {
    const own = Object.entries(rule.labels).map(([name, template]) => [name, expandTemplate(template, labels, value)] as const);
    const whole = Labels.from([...labels.withoutName().entries(), ...own, ["alertname", rule.name]]);
    const annotations = Object.fromEntries(Object.entries(rule.annotations).map(([name, template]) => [name, expandTemplate(template, labels, value)]));
    active.add(whole.key);
    const known = alerts.get(whole.key);
    if (known) { known.value = value; known.annotations = annotations; known.keepUntilMs = 0; }
    else if (alerts.size < alertsMax) alerts.set(whole.key, { labels: whole, annotations, state: "pending", activeAtMs: timeMs, value, keepUntilMs: 0 });
  }
  for (const [key, alert] of alerts) {
    if (!active.has(key)) {
      if (alert.state === "firing" && rule.keepFiringForMs > 0) {
        if (alert.keepUntilMs === 0) alert.keepUntilMs = timeMs + rule.keepFiringForMs;
        if (timeMs < alert.keepUntilMs) continue;
      }
      alerts.delete(key);
    } else if (alert.state === "pending" && timeMs - alert.activeAtMs >= rule.forMs) alert.state = "firing";
  }
}

function alertSeries(state: RuleState): (readonly [Labels, number])[] {
  return [...state.alerts.values()].flatMap((alert) => [
    [alert.labels.with(nameLabel, "ALERTS").with("alertstate", alert.state), 1] as const,
    [alert.labels.with(nameLabel, "ALERTS_FOR_STATE"), alert.activeAtMs / 1000] as const,
  ]);
}

/** Evaluates one rule at a time; a failure is kept in the state and ends nothing. */
export function evaluateRule(state: RuleState, timeMs: number, options: QueryOptions & { readonly store: MetricStore }): void {
  const batch = new Batch(options.store);
  state.lastMs = timeMs;
  try {
    const samples = samplesOf(queryInstant(state.rule.expr, timeMs, options));
    if (state.rule.kind === "record") record(state, samples, timeMs, batch);
    else { updateAlerts(state, samples, timeMs); putAll(state, alertSeries(state), timeMs, batch); }
    batch.commit();
    state.health = "ok";
    state.error = "";
  } catch (error) {
    state.health = "err";
    state.error = error instanceof Error ? error.message : String(error);
  }
}
