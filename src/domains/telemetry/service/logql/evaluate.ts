// Evaluates a metric expression over all steps at once, and a log expression to its first or last lines.
import { labelSet, type LabelSet } from "../labels.ts";
import { compileAnchoredRegex, expandReplacement } from "../regex.ts";
import { aggregate } from "./aggregate.ts";
import { evaluateBinary } from "./binary.ts";
import type { EvaluationContext } from "./context.ts";
import { compilePipeline } from "./pipeline.ts";
import { evaluateRange } from "./range.ts";
import { scanLogs, type TimeRange } from "./scan.ts";
import { newSeries, setPoint, type MetricValue, type Series } from "./series.ts";
import type { LogExpression, MetricExpression } from "./ast.ts";

/** Operations whose sum over series equals the operation over all lines of them. */
const additive: ReadonlySet<string> = new Set(["count_over_time", "rate", "bytes_over_time", "bytes_rate", "sum_over_time"]);

export function evaluateMetric(expression: MetricExpression, context: EvaluationContext): MetricValue {
  context.budget.check();
  switch (expression.kind) {
    case "literal": return { kind: "scalar", value: expression.value };
    case "vector": {
      const series = newSeries(labelSet([]), context.count);
      for (let step = 0; step < context.count; step += 1) setPoint(series, step, expression.value);
      return { kind: "vector", series: [series] };
    }
    case "range": return evaluateRange(expression, context);
    case "aggregation": {
      const { of, op } = expression;
      if (op === "sum" && of.kind === "range" && additive.has(of.op) && of.grouping === undefined && expression.grouping?.isWithout !== true) {
        return evaluateRange(of, context, expression.grouping ?? { isWithout: false, labels: [] });
      }
      const value = evaluateMetric(of, context);
      const series = value.kind === "vector" ? value.series : [];
      return aggregate(series, { op, parameter: expression.parameter, grouping: expression.grouping, count: context.count });
    }
    case "binary": return evaluateBinary(expression, evaluateMetric(expression.left, context), evaluateMetric(expression.right, context), context.count);
    case "label-replace": {
      const value = evaluateMetric(expression.of, context);
      return value.kind === "scalar" ? value : { ...value, series: value.series.map((series) => replaceLabel(expression, series)) };
    }
  }
}

function replaceLabel(expression: Extract<MetricExpression, { kind: "label-replace" }>, series: Series): Series {
  const match = compileAnchoredRegex(expression.pattern).exec(series.labels.map.get(expression.source) ?? "");
  if (match === undefined) return series;
  const value = expandReplacement(expression.replacement, match);
  const map = new Map(series.labels.map);
  if (value === "") map.delete(expression.target);
  else map.set(expression.target, value);
  return { ...series, labels: labelSet(map) };
}

export interface FoundLine {
  readonly tsMs: number;
  readonly tsNs: number;
  readonly text: string;
  /** Every label, whatever its origin. */
  readonly labels: LabelSet;
  readonly stream: number;
  readonly metadata: readonly (readonly [string, string])[];
  readonly parsed: readonly (readonly [string, string])[];
}
export interface LogQuery { readonly expression: LogExpression; readonly range: TimeRange; readonly limit: number; readonly isBackward: boolean }

/** At most `limit` lines, the newest first where `isBackward`, else the oldest first. */
export function evaluateLogs(query: LogQuery, context: EvaluationContext): readonly FoundLine[] {
  const { limit, isBackward } = query;
  const pipeline = compilePipeline(query.expression.stages, context.tools);
  let found: FoundLine[] = [];
  let worst: FoundLine | undefined;
  const before = (a: { readonly tsMs: number; readonly tsNs: number }, b: { readonly tsMs: number; readonly tsNs: number }) =>
    (a.tsMs - b.tsMs || a.tsNs - b.tsNs) * (isBackward ? -1 : 1);
  const trim = () => {
    found.sort(before);
    found = found.slice(0, limit);
    worst = found.length === limit ? found.at(-1) : undefined;
  };
  scanLogs({
    store: context.store,
    matchers: query.expression.matchers,
    pipeline,
    range: query.range,
    tools: context.tools,
    budget: context.budget,
    nowNs: context.nowNs,
    wanted: undefined,
    isBackward,
    needsChunk: (chunk) => { trim(); return worst === undefined || (isBackward ? chunk.maxMs >= worst.tsMs : chunk.minMs <= worst.tsMs); },
    isUseful: (tsMs, tsNs) => worst === undefined || before({ tsMs, tsNs }, worst) < 0,
    visit: (line, stream) => {
      const base = context.store.streams[stream]?.map;
      const entries = [...line.labels.entries()];
      const over = entries.filter(([name, value]) => base?.get(name) !== value);
      found.push({
        tsMs: line.tsMs, tsNs: line.tsNs, text: line.text, stream, labels: labelSet(entries),
        metadata: over.filter(([name]) => line.labels.isMetadata(name)), parsed: over.filter(([name]) => !line.labels.isMetadata(name)),
      });
      if (found.length >= limit * 2 || (worst === undefined && found.length === limit)) trim();
    },
  });
  trim();
  return found;
}
