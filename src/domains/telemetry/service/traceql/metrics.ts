// Metrics queries of TraceQL: spans counted and measured by time, series by the values of fields.
import { quantileOf } from "../logql/windows.ts";
import { QueryError } from "../query-error.ts";
import { compareValues, compileRead, compileTest, type Value } from "./field.ts";
import { renderField, renderValue } from "./render.ts";
import { evaluateStages, type SearchScene } from "./search.ts";
import type { FieldExpression, MetricsExpression } from "./ast.ts";

export type LabelValue = string | number;
export interface MetricSeries {
  readonly labels: readonly (readonly [string, LabelValue])[];
  readonly values: Float64Array;
  readonly exemplars: readonly { readonly row: number; readonly value: number }[];
}
export interface MetricSteps {
  readonly startNs: bigint;
  readonly stepNs: number;
  readonly count: number;
  readonly seriesMax: number;
  /** One value for the whole range. */ readonly isInstant: boolean;
}

type Aggregate = Extract<MetricsExpression, { kind: "aggregate" }>;
const exemplarsMax = 5;

/** Steps without a value are NaN. */
export function evaluateMetrics(expression: MetricsExpression, scene: SearchScene, steps: MetricSteps): readonly MetricSeries[] {
  scene.budget.check();
  switch (expression.kind) {
    case "number": return [{ labels: [], values: new Float64Array(steps.count).fill(expression.value), exemplars: [] }];
    case "aggregate": return expression.op === "compare" ? compare(expression, scene, steps) : aggregate(expression, scene, steps);
    case "rank": return rank(evaluateMetrics(expression.of, scene, steps), expression.limit, expression.op === "topk");
    case "filter":
      return evaluateMetrics(expression.of, scene, steps)
        .map((series) => ({ ...series, values: series.values.map((value) => (compareValues(expression.op, value, expression.value) ? value : NaN)) }))
        .filter((series) => series.values.some((value) => !Number.isNaN(value)));
    case "math": return math(expression.op, evaluateMetrics(expression.left, scene, steps), evaluateMetrics(expression.right, scene, steps), expression);
  }
}

/** The step that a span belongs to: each is closed at its end, like Prometheus' windows. */
function stepOf(scene: SearchScene, steps: MetricSteps): (row: number) => number {
  const { store } = scene.view;
  const baseMs = Number(steps.startNs / 1_000_000n);
  const baseNs = Number(steps.startNs % 1_000_000n);
  return (row) => {
    const at = ((store.startMs[row] ?? 0) - baseMs) * 1e6 + (store.startNs[row] ?? 0) - baseNs;
    if (steps.isInstant) return at >= 0 && at <= steps.stepNs ? 0 : -1;
    const step = Math.ceil(at / steps.stepNs);
    return at < 0 || step >= steps.count ? -1 : step;
  };
}

interface Bucket {
  labels: readonly (readonly [string, LabelValue])[];
  counts: Float64Array;
  sums: Float64Array;
  mins: Float64Array;
  maxs: Float64Array;
  lists: number[][];
  exemplars: { row: number; value: number }[];
}

/** Seconds for durations, the number itself otherwise. */
function measure(field: FieldExpression | undefined, scene: SearchScene): (row: number) => number | undefined {
  if (field === undefined) return () => 1;
  const read = compileRead(field, scene.view);
  const scale = field.kind === "intrinsic" && (field.name === "duration" || field.name === "traceDuration" || field.name === "event:timeSinceStart") ? 1e9 : 1;
  return (row) => { const value: Value = read(row); return typeof value === "number" ? value / scale : undefined; };
}

function aggregate(expression: Aggregate, scene: SearchScene, steps: MetricSteps): readonly MetricSeries[] {
  const { op, by } = expression;
  const readers = by.map((field) => ({ field, name: renderField(field), read: compileRead(field, scene.view) }));
  const value = measure(expression.field, scene);
  const step = stepOf(scene, steps);
  const keepsLists = op === "quantile_over_time";
  const buckets = new Map<string, Bucket>();
  for (const set of evaluateStages(expression.pipeline, scene, undefined)) {
    for (const row of set.rows) {
      const at = step(row);
      const number = at < 0 ? undefined : value(row);
      if (number === undefined) continue;
      const labels: (readonly [string, LabelValue])[] = readers.map(({ field, name, read }) => [name, renderValue(field, read(row))]);
      if (op === "histogram_over_time") labels.push(["__bucket", number <= 0 ? 0 : 2 ** Math.ceil(Math.log2(number))]);
      const key = labels.map(([name, text]) => `${name}\u0001${text}`).join("\u0002");
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        if (buckets.size >= steps.seriesMax) throw new QueryError("limit", `more than ${steps.seriesMax} series; group by fewer fields`);
        bucket = {
          labels,
          counts: new Float64Array(steps.count),
          sums: new Float64Array(steps.count),
          mins: new Float64Array(steps.count).fill(Infinity),
          maxs: new Float64Array(steps.count).fill(-Infinity),
          lists: [],
          exemplars: [],
        };
        buckets.set(key, bucket);
      }
      bucket.counts[at] = (bucket.counts[at] ?? 0) + 1;
      bucket.sums[at] = (bucket.sums[at] ?? 0) + number;
      if (number < (bucket.mins[at] ?? 0)) bucket.mins[at] = number;
      if (number > (bucket.maxs[at] ?? 0)) bucket.maxs[at] = number;
      if (keepsLists) (bucket.lists[at] ??= []).push(number);
      if (bucket.exemplars.length < exemplarsMax) bucket.exemplars.push({ row, value: number });
    }
  }
  return finish(expression, [...buckets.values()], steps);
}

function finish(expression: Aggregate, buckets: readonly Bucket[], steps: MetricSteps): readonly MetricSeries[] {
  const { op } = expression;
  const seconds = steps.stepNs / 1e9;
  const named = (bucket: Bucket) => (bucket.labels.length === 0 ? [["__name__", op] as const] : bucket.labels);
  const make = (bucket: Bucket, read: (at: number) => number): MetricSeries => ({
    labels: named(bucket),
    values: Float64Array.from({ length: steps.count }, (_one, at) => read(at)),
    exemplars: bucket.exemplars,
  });
  const where = (bucket: Bucket, at: number, value: number) => ((bucket.counts[at] ?? 0) > 0 ? value : NaN);
  switch (op) {
    case "rate": return buckets.map((bucket) => make(bucket, (at) => (bucket.counts[at] ?? 0) / seconds));
    case "count_over_time": case "histogram_over_time": return buckets.map((bucket) => make(bucket, (at) => bucket.counts[at] ?? 0));
    case "sum_over_time": return buckets.map((bucket) => make(bucket, (at) => where(bucket, at, bucket.sums[at] ?? 0)));
    case "avg_over_time": return buckets.map((bucket) => make(bucket, (at) => where(bucket, at, (bucket.sums[at] ?? 0) / (bucket.counts[at] ?? 1))));
    case "min_over_time": return buckets.map((bucket) => make(bucket, (at) => where(bucket, at, bucket.mins[at] ?? 0)));
    case "max_over_time": return buckets.map((bucket) => make(bucket, (at) => where(bucket, at, bucket.maxs[at] ?? 0)));
    case "quantile_over_time": return buckets.flatMap((bucket) => {
      const sorted = Array.from({ length: steps.count }, (_one, at) => Float64Array.from(bucket.lists[at] ?? []).sort());
      return expression.quantiles.map((quantile) => ({
        labels: [...bucket.labels, ["p", quantile] as const],
        values: Float64Array.from(sorted, (list) => quantileOf(quantile, list)),
        exemplars: bucket.exemplars,
      }));
    });
    case "compare": throw new QueryError("execution", "BUG: expected compare elsewhere");
  }
}

function last(series: MetricSeries): number { return series.values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0); }

function rank(input: readonly MetricSeries[], limit: number, isTop: boolean): readonly MetricSeries[] {
  const count = input[0]?.values.length ?? 0;
  const kept = input.map((series) => new Float64Array(series.values.length).fill(NaN));
  for (let at = 0; at < count; at += 1) {
    const present = input.flatMap((series, index) => { const value = series.values[at] ?? NaN; return Number.isNaN(value) ? [] : [{ index, value }]; });
    present.sort((a, b) => (isTop ? b.value - a.value : a.value - b.value) || a.index - b.index);
    for (const { index, value } of present.slice(0, limit)) { const target = kept[index]; if (target !== undefined) target[at] = value; }
  }
  return input.map((series, index) => ({ ...series, values: kept[index] ?? series.values })).filter((series) => series.values.some((value) => !Number.isNaN(value)));
}

function math(
  op: "+" | "-" | "*" | "/",
  left: readonly MetricSeries[],
  right: readonly MetricSeries[],
  expression: { readonly left: MetricsExpression; readonly right: MetricsExpression },
): readonly MetricSeries[] {
  const keyOf = (series: MetricSeries) => series.labels.filter(([name]) => name !== "__name__").map(([name, value]) => `${name}\u0001${value}`).join("\u0002");
  const compute = (a: number, b: number) => (op === "+" ? a + b : op === "-" ? a - b : op === "*" ? a * b : b === 0 ? NaN : a / b);
  const [numberLeft] = expression.left.kind === "number" ? left : [];
  if (numberLeft !== undefined) return right.map((series) => ({ ...series, values: series.values.map((value, at) => compute(numberLeft.values[at] ?? NaN, value)) }));
  const [numberRight] = expression.right.kind === "number" ? right : [];
  if (numberRight !== undefined) return left.map((series) => ({ ...series, values: series.values.map((value, at) => compute(value, numberRight.values[at] ?? NaN)) }));
  const partners = new Map(right.map((series) => [keyOf(series), series]));
  return left.flatMap((series) => {
    const partner = partners.get(keyOf(series));
    if (partner === undefined) return [];
    const labels = series.labels.filter(([name]) => name !== "__name__");
    return [{ labels, values: series.values.map((value, at) => compute(value, partner.values[at] ?? NaN)), exemplars: series.exemplars }];
  });
}

/** Which attribute values the selected spans have, and which the others, the most frequent of each attribute. */
function compare(expression: Aggregate, scene: SearchScene, steps: MetricSteps): readonly MetricSeries[] {
  const { view } = scene;
  const { store } = view;
  const selection = expression.selection?.kind === "filter" ? compileTest(expression.selection.expression, view) : () => true;
  const topMax = expression.numbers[0] ?? 10;
  const step = stepOf(scene, steps);
  const counts = new Map<string, { readonly meta: string; readonly name: string; readonly value: string; readonly values: Float64Array }>();
  const totals = new Map<string, Float64Array>();
  const add = (into: Map<string, Float64Array>, key: string, at: number) => {
    const list = into.get(key) ?? new Float64Array(steps.count);
    list[at] = (list[at] ?? 0) + 1;
    into.set(key, list);
  };
  const visit = (meta: string, name: string, value: string, at: number) => {
    const key = `${meta}\u0001${name}\u0001${value}`;
    let one = counts.get(key);
    if (one === undefined) { if (counts.size >= steps.seriesMax * 10) return; one = { meta, name, value, values: new Float64Array(steps.count) }; counts.set(key, one); }
    one.values[at] = (one.values[at] ?? 0) + 1;
    add(totals, `${meta}\u0001${name}`, at);
  };
  for (const set of evaluateStages(expression.pipeline, scene, undefined)) {
    for (const row of set.rows) {
      const at = step(row);
      if (at < 0) continue;
      const meta = selection(row) ? "selection" : "baseline";
      visit(meta, "name", store.nameOf(row), at);
      for (let index = store.attributeStart[row] ?? 0; index < (store.attributeEnd[row] ?? 0); index += 1)
        visit(meta, `span.${store.names.get(store.attributes.keys[index] ?? 0)}`, store.attributes.text(index), at);
      const resource = store.resources[store.resource[row] ?? 0];
      for (let index = resource?.start ?? 0; index < (resource?.end ?? 0); index += 1)
        visit(meta, `resource.${store.names.get(store.attributes.keys[index] ?? 0)}`, store.attributes.text(index), at);
    }
  }
  const byName = new Map<string, MetricSeries[]>();
  for (const one of counts.values()) {
    const key = `${one.meta}\u0001${one.name}`;
    byName.set(key, [...(byName.get(key) ?? []), { labels: [["__meta_type", one.meta], [one.name, one.value]], values: one.values, exemplars: [] }]);
  }
  const top = [...byName.values()].flatMap((list) => list.sort((a, b) => last(b) - last(a)).slice(0, topMax));
  return [
    ...top,
    ...[...totals].map(([key, values]) => {
      const [meta = "", name = ""] = key.split("\u0001");
      return { labels: [["__meta_type", `${meta}_total`] as const, [name, "nil"] as const], values, exemplars: [] };
    }),
  ];
}
