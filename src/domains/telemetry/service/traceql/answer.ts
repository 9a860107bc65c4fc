// The JSON forms of Tempo's search and metrics answers.
import { jsonAny } from "../traces/attribute-pool.ts";
import { hexTrace } from "../traces/ids.ts";
import { compileRead, type Value } from "./field.ts";
import { fieldsOf, renderValue } from "./render.ts";
import type { LabelValue, MetricSeries, MetricSteps } from "./metrics.ts";
import type { Spanset } from "./search.ts";
import type { TraceView } from "./trace-view.ts";
import type { FieldExpression, SpansetExpression, Stage } from "./ast.ts";

export interface SearchLimits { readonly limit: number; readonly spansPerSpanset: number }

/** Fields that the filters look at and select() names. */
export function fieldsOfStages(stages: readonly Stage[]): ReadonlyMap<string, FieldExpression> {
  const fields = new Map<string, FieldExpression>();
  const ofSpanset = (expression: SpansetExpression): void => {
    if (expression.kind === "filter") fieldsOf(expression.expression, fields);
    else if (expression.kind === "operation") { ofSpanset(expression.left); ofSpanset(expression.right); } else for (const stage of expression.stages) ofStage(stage);
  };
  const ofStage = (stage: Stage): void => {
    if (stage.kind === "spanset") ofSpanset(stage.expression);
    else if (stage.kind === "select") for (const field of stage.fields) fieldsOf(field, fields);
    else if (stage.kind === "by") fieldsOf(stage.expression, fields);
  };
  for (const stage of stages) ofStage(stage);
  return fields;
}

function fieldValue(field: FieldExpression, value: Value): object {
  if (field.kind === "intrinsic") return { stringValue: renderValue(field, value) };
  return jsonAny(Array.isArray(value) && value.length === 1 ? value[0] : value);
}

function spanAnswer(view: TraceView, row: number, readers: readonly { readonly name: string; readonly field: FieldExpression; readonly read: (row: number) => Value }[]): object {
  const { store } = view;
  const attributes = readers.flatMap(({ name, field, read }) => {
    const value = read(row);
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
    return [{ key: name.replace(/^(?:span|resource|event|link|instrumentation)?\./, ""), value: fieldValue(field, value) }];
  });
  return {
    spanID: store.spanIdOf(row),
    name: store.nameOf(row),
    startTimeUnixNano: String(store.startOf(row)),
    durationNanos: String(Math.round(store.duration[row] ?? 0)),
    ...(attributes.length > 0 ? { attributes } : {}),
  };
}

/** Traces, the newest first, with their spansets. */
export function searchAnswer(view: TraceView, sets: readonly Spanset[], stages: readonly Stage[], limits: SearchLimits): readonly object[] {
  const { store } = view;
  const readers = [...fieldsOfStages(stages)].map(([name, field]) => ({ name, field, read: compileRead(field, view) }));
  const byTrace = new Map<number, Spanset[]>();
  for (const set of sets) { const list = byTrace.get(set.trace); if (list === undefined) byTrace.set(set.trace, [set]); else list.push(set); }
  const traces = [...byTrace].map(([trace, list]) => ({ trace, list, summary: view.summary(trace) }));
  traces.sort((a, b) => b.summary.startMs - a.summary.startMs || b.summary.startNs - a.summary.startNs);
  return traces.slice(0, limits.limit).map(({ trace, list, summary }) => {
    const hasRoot = view.hasRoot(trace);
    const spanSets = list.map((set) => ({
      spans: [...set.rows]
        .sort((a, b) => (store.startMs[a] ?? 0) - (store.startMs[b] ?? 0) || (store.startNs[a] ?? 0) - (store.startNs[b] ?? 0))
        .slice(0, limits.spansPerSpanset)
        .map((row) => spanAnswer(view, row, readers)),
      matched: set.rows.length,
      ...(set.attributes.length > 0 ? { attributes: set.attributes.map(([key, value]) => ({ key, value: value === undefined ? { stringValue: "nil" } : jsonAny(value) })) } : {}),
    }));
    const services: Record<string, { spanCount: number; errorCount?: number }> = {};
    for (const row of store.rowsOf(trace)) {
      const one = services[store.serviceOf(row)] ??= { spanCount: 0 };
      one.spanCount += 1;
      if (store.status[row] === 2) one.errorCount = (one.errorCount ?? 0) + 1;
    }
    return {
      traceID: hexTrace(store.traces.hex(trace)),
      rootServiceName: hasRoot ? store.serviceOf(summary.rootRow) : "<root span not yet received>",
      rootTraceName: hasRoot ? store.nameOf(summary.rootRow) : "",
      startTimeUnixNano: String(BigInt(summary.startMs) * 1_000_000n + BigInt(summary.startNs)),
      durationMs: Math.floor(summary.durationNs / 1e6),
      spanSet: spanSets[0],
      spanSets,
      serviceStats: services,
    };
  });
}

function labelJson([key, value]: readonly [string, LabelValue]): object {
  return { key, value: typeof value === "number" ? { doubleValue: value } : { stringValue: value } };
}

function promLabels(labels: readonly (readonly [string, LabelValue])[]): string {
  return `{${labels.map(([name, value]) => `${/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name)}=${JSON.stringify(String(value))}`).join(", ")}}`;
}

function number(value: number): number | string { return Number.isFinite(value) ? value : String(value); }

export function metricsAnswer(view: TraceView, series: readonly MetricSeries[], steps: MetricSteps): readonly object[] {
  const { store } = view;
  return series.map((one) => ({
    labels: one.labels.map(labelJson), promLabels: promLabels(one.labels),
    ...(steps.isInstant
      ? { value: number(one.values[0] ?? NaN) }
      : {
          samples: [...one.values].flatMap((value, at) =>
            Number.isNaN(value)
              ? []
              : [{ timestampMs: String(steps.startNs / 1_000_000n + BigInt(Math.round((at * steps.stepNs) / 1e6))), value: number(value) }],
          ),
        }),
    ...(one.exemplars.length > 0
      ? {
          exemplars: one.exemplars.map(({ row, value }) => ({
            labels: [labelJson(["trace:id", hexTrace(store.traces.hex(store.trace[row] ?? 0))])],
            value,
            timestampMs: String(store.startMs[row] ?? 0),
          })),
        }
      : {}),
  }));
}
