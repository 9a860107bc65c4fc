// Rule files and rule tests as Prometheus has them: the parsed YAML of one, checked, with every fault said and where.
import { parseDuration, parseQuery } from "../promql/parser.ts";
import { newRuleState, evaluateRule, type Rule, type RuleGroup, type RuleState } from "./rules.ts";
import { loadSeries } from "../promqltest/run.ts";
import { parseLabels, parseSeriesLine } from "../promqltest/notation.ts";
import { isClose } from "../promqltest/compare.ts";
import { queryInstant } from "../promql/evaluate.ts";
import { Labels } from "../vector/labels.ts";
import { MetricStore } from "./store.ts";

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {}); // checked to be a plain object
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(record(value)).map(([name, one]) => [name, String(one)]));

/** Collects faults instead of stopping at the first. */
export interface Faults { readonly list: string[]; readonly file: string }
const fault = (faults: Faults, where: string, why: string): void => { faults.list.push(`${faults.file}: ${where}: ${why}`); };

function duration(value: unknown, fallbackMs: number, where: string, faults: Faults): number {
  if (value === undefined || value === null) return fallbackMs;
  const ms = parseDuration(String(value));
  if (ms === undefined) fault(faults, where, `"${String(value)}" is no duration, expected one like 5m`);
  return ms ?? fallbackMs;
}

function readRule(value: unknown, where: string, faults: Faults): Rule | undefined {
  const one = record(value);
  const { record: recorded, alert, expr } = one;
  if ((recorded === undefined) === (alert === undefined)) { fault(faults, where, "expected either record or alert"); return undefined; }
  const name = String(recorded ?? alert);
  if (expr === undefined) { fault(faults, `${where} ${name}`, "expected expr"); return undefined; }
  try { parseQuery(String(expr)); } catch (error) { fault(faults, `${where} ${name}`, error instanceof Error ? error.message : "broken"); return undefined; }
  for (const key of ["for", "keep_firing_for", "annotations"])
    if (recorded !== undefined && one[key] !== undefined) fault(faults, `${where} ${name}`, `a recording rule has no ${key}`);
  return {
    kind: recorded === undefined ? "alert" : "record",
    name,
    expr: String(expr),
    forMs: duration(one["for"], 0, `${where} ${name}: for`, faults),
    keepFiringForMs: duration(one["keep_firing_for"], 0, `${where} ${name}: keep_firing_for`, faults),
    labels: texts(one["labels"]),
    annotations: texts(one["annotations"]),
  };
}

/** `document` is the parsed YAML of a rule file. */
export function readRuleGroups(document: unknown, faults: Faults, intervalMs = 15_000): readonly RuleGroup[] {
  const groups = list(record(document)["groups"]);
  if (groups.length === 0) fault(faults, "groups", "no group of rules, expected groups: [{ name, rules }]");
  return groups.map(record).map((group, at) => {
    const name = String(group["name"] ?? "");
    if (name === "") fault(faults, `group ${at + 1}`, "expected a name");
    return {
      name,
      file: faults.file,
      intervalMs: duration(group["interval"], intervalMs, `group ${name}: interval`, faults),
      rules: list(group["rules"]).flatMap((rule, index) => readRule(rule, `group ${name}, rule ${index + 1}`, faults) ?? []),
    };
  });
}

function runRules(
  states: readonly { readonly state: RuleState; readonly intervalMs: number }[],
  store: MetricStore,
  fromMs: number,
  toMs: number,
  stepMs: number,
  nowMs: () => number,
): void {
  for (let time = fromMs; time <= toMs; time += stepMs) for (const { state } of states) evaluateRule(state, time, { source: store, store, nowMs });
}

// Evaluations of one rule test; a day at 15 s is below it.
const evaluationsMax = 20_000;

function checkAlerts(value: unknown, states: readonly { readonly state: RuleState }[], where: string, faults: Faults): void {
  const one = record(value);
  const name = String(one["alertname"]);
  const got = states
    .filter(({ state }) => state.rule.kind === "alert" && state.rule.name === name)
    .flatMap(({ state }) => [...state.alerts.values()])
    .filter((alert) => alert.state === "firing");
  const show = (labels: Labels, annotations: Readonly<Record<string, string>>): string =>
    `${String(labels)} ${JSON.stringify(Object.fromEntries(Object.entries(annotations).sort()))}`;
  const want = list(one["exp_alerts"]).map(record).map((alert) => show(Labels.of({ ...texts(alert["exp_labels"]), alertname: name }), texts(alert["exp_annotations"]))).sort();
  const have = got.map((alert) => show(alert.labels, alert.annotations)).sort();
  if (JSON.stringify(want) !== JSON.stringify(have))
    fault(
      faults,
      `${where}, alert ${name} at ${String(one["eval_time"])}`,
      `expected ${want.join(" and ") || "no alert"}, got ${have.join(" and ") || "no alert"}`,
    );
}

function checkExpression(value: unknown, store: MetricStore, where: string, faults: Faults, nowMs: () => number): void {
  const one = record(value);
  const expr = String(one["expr"]);
  const place = `${where}, ${expr} at ${String(one["eval_time"])}`;
  const timeMs = duration(one["eval_time"], 0, place, faults);
  try {
    const result = queryInstant(expr, timeMs, { source: store, nowMs });
    const got = new Map(
      result.kind === "scalar"
        ? [["", result.values[0] ?? Number.NaN] as const]
        : result.kind === "vector"
          ? result.columns.map((column) => [column.labels.key, column.values[0] ?? Number.NaN] as const)
          : [],
    );
    const want = new Map(
      list(one["exp_samples"])
        .map(record)
        .map((sample) => [sample["labels"] === undefined ? "" : parseLabels(String(sample["labels"])).key, Number(sample["value"])] as const),
    );
    const isSame = got.size === want.size && [...want].every(([key, wanted]) => isClose(got.get(key) ?? Number.POSITIVE_INFINITY, wanted));
    if (!isSame)
      fault(
        faults,
        place,
        `expected ${JSON.stringify(list(one["exp_samples"]))}, got ${result.kind === "vector" ? result.columns.map((column) => `${String(column.labels)} ${column.values[0]}`).join(", ") || "nothing" : [...got.values()].join()}`,
      );
  } catch (error) { fault(faults, place, error instanceof Error ? error.message : "broken"); }
}

/** `document` is the parsed YAML of a promtool unit test. Returns how many expectations were looked at. */
export function runRuleTests(document: unknown, groups: readonly RuleGroup[], faults: Faults, nowMs: () => number): number {
  const whole = record(document);
  const stepMs = duration(whole["evaluation_interval"], 60_000, "evaluation_interval", faults);
  let count = 0;
  for (const [at, test] of list(whole["tests"]).map(record).entries()) {
    const where = String(test["name"] ?? `test ${at + 1}`);
    const store = new MetricStore();
    try {
      loadSeries(
        store,
        list(test["input_series"])
          .map(record)
          .map((series) => parseSeriesLine(`${String(series["series"])} ${String(series["values"])}`)),
        duration(test["interval"], stepMs, where, faults),
      );
    } catch (error) {
      fault(faults, where, error instanceof Error ? error.message : "broken");
      continue;
    }
    const states = groups.flatMap((group) => group.rules.map((rule) => ({ state: newRuleState(rule), intervalMs: group.intervalMs })));
    const steps = [...list(test["alert_rule_test"]).map((one) => ({ one, isAlert: true })), ...list(test["promql_expr_test"]).map((one) => ({ one, isAlert: false }))]
      .map(({ one, isAlert }) => ({ one, isAlert, timeMs: duration(record(one)["eval_time"], 0, where, faults) })).sort((left, right) => left.timeMs - right.timeMs);
    if ((steps.at(-1)?.timeMs ?? 0) / stepMs > evaluationsMax) { fault(faults, where, `more than ${evaluationsMax} evaluations: use a larger evaluation_interval`); continue; }
    let nextMs = 0;
    for (const { one, isAlert, timeMs } of steps) {
      runRules(states, store, nextMs, timeMs, stepMs, nowMs);
      nextMs = Math.max(nextMs, (Math.floor(timeMs / stepMs) + 1) * stepMs);
      count++;
      if (isAlert) checkAlerts(one, states, where, faults);
      else checkExpression(one, store, where, faults, nowMs);
    }
  }
  if (count === 0) fault(faults, "tests", "no expectation, expected alert_rule_test or promql_expr_test");
  return count;
}
