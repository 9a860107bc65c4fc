// What Prometheus' API says of the server itself, its targets and its rules. Source: prometheus.io/docs/prometheus/latest/querying/api.
import type { Form } from "../../service/wire/form.ts";
import type { MetricStore } from "../../service/metrics/store.ts";
import type { EngineHost } from "../server/route.ts";
import { badParameter, readLimit } from "./parameters.ts";
import type { MetricWork } from "./work.ts";

interface Api { readonly store: MetricStore; readonly host: EngineHost; readonly work: MetricWork | undefined }
type Count = { readonly name: string; readonly value: number };

function oneOf(form: Form, name: string, known: readonly string[]): string {
  const text = form.get(name) ?? "";
  if (text !== "" && !known.includes(text)) throw badParameter(name, `not supported value ${JSON.stringify(text.slice(0, 100))}`);
  return text;
}

const isWanted = (form: Form, parameter: string, value: string): boolean => { const wanted = form.all(parameter); return wanted.length === 0 || wanted.includes(value); };

/** `type`, `rule_name[]`, `rule_group[]`, `file[]` and `exclude_alerts` narrow the answer; a group without a rule left is left out. */
export function rulesAnswer(form: Form, { work }: Api): unknown {
  const type = oneOf(form, "type", ["alert", "record"]);
  const excluded = form.get("exclude_alerts") ?? "";
  if (excluded !== "" && !/^(?:1|t|true|0|f|false)$/i.test(excluded)) throw badParameter("exclude_alerts", `cannot parse ${JSON.stringify(excluded.slice(0, 100))} to a boolean`);
  const withoutAlerts = /^(?:1|t|true)$/i.test(excluded);
  const groups = (work?.rules().groups ?? []).flatMap((group) => {
    if (!isWanted(form, "rule_group[]", group.name) || !isWanted(form, "file[]", group.file)) return [];
    const rules = group.rules.filter((rule) => (type === "" || (type === "alert") === (rule.type === "alerting")) && isWanted(form, "rule_name[]", rule.name));
    const shown = rules.map((rule) => (withoutAlerts && "alerts" in rule ? { ...rule, alerts: [] } : rule));
    return shown.length === 0 && rules.length < group.rules.length ? [] : [{ ...group, rules: shown }];
  });
  return { groups };
}

export function targetsAnswer(form: Form, { work }: Api): unknown {
  const state = oneOf(form, "state", ["active", "dropped", "any"]);
  const pool = form.get("scrapePool") ?? "";
  const active = (work?.targets().activeTargets ?? []).filter(({ scrapePool }) => pool === "" || scrapePool === pool);
  return { ...(state === "dropped" ? { activeTargets: [] } : { activeTargets: active }), droppedTargets: [], droppedTargetCounts: {} };
}

export function scrapePoolsAnswer({ work }: Api): unknown {
  return { scrapePools: [...new Set((work?.targets().activeTargets ?? []).map(({ scrapePool }) => scrapePool))].sort() };
}

/** Metadata is kept by name, not by target: each target is said to show all of it. */
export function targetsMetadataAnswer(form: Form, { work, store }: Api): unknown {
  const wanted = form.get("metric") ?? "";
  const targets = work?.targets().activeTargets ?? [];
  return targets
    .flatMap(({ labels }) =>
      [...store.metadata].filter(([name]) => wanted === "" || name === wanted).map(([metric, metadata]) => ({ target: labels, metric, ...metadata })),
    )
    .slice(0, Math.min(readLimit(form), 10_000));
}

function countBy(store: MetricStore, read: (labels: { get(name: string): string; readonly names: readonly string[] }) => readonly string[]): readonly Count[] {
  const counts = new Map<string, number>();
  for (const { labels } of store.all) for (const name of read(labels)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, value]) => ({ name, value })).sort((left, right) => right.value - left.value);
}

export function tsdbAnswer(form: Form, { store }: Api): unknown {
  const text = form.get("limit") ?? "";
  if (text !== "" && !/^[1-9]\d{0,5}$/.test(text)) throw badParameter("limit", "limit must be a positive number");
  const limit = text === "" ? 10 : Number(text);
  const values = store.labelNames().map((name) => ({ name, values: store.labelValues(name) }));
  const times = store.all.filter(({ isEmpty }) => !isEmpty);
  return {
    headStats: {
      numSeries: store.seriesCount,
      numLabelPairs: values.reduce((sum, one) => sum + one.values.length, 0),
      chunkCount: store.all.reduce((sum, series) => sum + series.chunks.length, 0),
      minTime: times.reduce((least, { minMs }) => Math.min(least, minMs), Number.MAX_SAFE_INTEGER),
      maxTime: times.reduce((most, { maxMs }) => Math.max(most, maxMs), Number.MIN_SAFE_INTEGER),
    },
    seriesCountByMetricName: countBy(store, (labels) => [labels.get("__name__")]).slice(0, limit),
    labelValueCountByLabelName: values.map(({ name, values: all }) => ({ name, value: all.length })).sort((left, right) => right.value - left.value).slice(0, limit),
    memoryInBytesByLabelName: values
      .map(({ name, values: all }) => ({ name, value: all.reduce((sum, value) => sum + value.length, 0) }))
      .sort((left, right) => right.value - left.value)
      .slice(0, limit),
    seriesCountByLabelValuePair: countBy(store, (labels) => labels.names.map((name) => `${name}=${labels.get(name)}`)).slice(0, limit),
  };
}

export function runtimeAnswer({ host, store }: Api): unknown {
  return {
    startTime: new Date(host.startedMs).toISOString(),
    CWD: "",
    hostname: "",
    serverTime: new Date(host.clock.nowMs()).toISOString(),
    reloadConfigSuccess: true,
    lastConfigTime: new Date(host.startedMs).toISOString(),
    corruptionCount: 0, goroutineCount: 1, GOMAXPROCS: 1, GOMEMLIMIT: 0, GOGC: "", GODEBUG: "", storageRetention: "", timeSeriesCount: store.seriesCount,
  };
}
