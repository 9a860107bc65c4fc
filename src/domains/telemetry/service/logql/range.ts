// Range aggregations: lines → samples by series → one value a step. A window is open at its start and closed at its end.
import { labelSet, type LabelSet } from "../labels.ts";
import { QueryError } from "../query-error.ts";
import { parseBytes, parseGoDurationNs, parseGoFloat } from "../units.ts";
import type { EvaluationContext } from "./context.ts";
import { errorDetailsLabel, errorLabel } from "./label-state.ts";
import type { LineState } from "./line-state.ts";
import { namesOfFilter } from "./label-filter.ts";
import { compilePipeline, compileStage } from "./pipeline.ts";
import { scanLogs } from "./scan.ts";
import { hasPoint, newSeries, setPoint, type MetricValue, type Series } from "./series.ts";
import { addSample, newSamples, sortSamples, windowFunction, type Samples } from "./windows.ts";
import type { Grouping, Matcher, RangeAggregation, Stage } from "./ast.ts";

interface Gathered { readonly labels: LabelSet; readonly samples: Samples }

/** `pushed`: the grouping of a sum around this aggregation, so that no series is made only to be added up. */
export function evaluateRange(expression: RangeAggregation, context: EvaluationContext, pushed?: Grouping): MetricValue {
  const gathered = gather(expression, context, expression.grouping ?? pushed);
  const isUnwrapped = expression.log.stages.some((stage) => stage.kind === "unwrap");
  const apply = windowFunction(expression.op, { rangeNs: expression.rangeNs, parameter: expression.parameter, isUnwrapped });
  const series: Series[] = [];
  let steps = 0;
  for (const { labels, samples } of gathered) {
    sortSamples(samples);
    const one = newSeries(labels, context.count);
    let from = 0;
    let to = 0;
    for (let step = 0; step < context.count; step += 1) {
      const end = step * context.stepNs - expression.offsetNs;
      while (to < samples.count && (samples.times[to] ?? 0) <= end) to += 1;
      while (from < to && (samples.times[from] ?? 0) <= end - expression.rangeNs) from += 1;
      if (to === from) continue;
      setPoint(one, step, apply(samples, from, to, end));
      steps += to - from;
      if (steps > 100_000) { steps = 0; context.budget.check(); }
    }
    if (hasPoint(one)) series.push(one);
  }
  return expression.op === "absent_over_time" ? absent(expression.log.matchers, series, context.count) : { kind: "vector", series };
}

function absent(matchers: readonly Matcher[], series: readonly Series[], count: number): MetricValue {
  const equal = matchers.filter((matcher) => matcher.op === "=" && matchers.filter((one) => one.name === matcher.name).length === 1);
  const one = newSeries(labelSet(equal.map((matcher) => [matcher.name, matcher.value])), count);
  for (let step = 0; step < count; step += 1) if (!series.some((each) => each.present[step] === 1)) setPoint(one, step, 1);
  return { kind: "vector", series: hasPoint(one) ? [one] : [] };
}

function valueReader(expression: RangeAggregation): { readonly label: string | undefined; readonly read: (line: LineState) => number | undefined } {
  const unwrap = expression.log.stages.find((stage) => stage.kind === "unwrap");
  if (unwrap === undefined) {
    return { label: undefined, read: expression.op.startsWith("bytes_") ? (line) => line.end - line.start : () => 1 };
  }
  const parse =
    unwrap.conversion === undefined
      ? parseGoFloat
      : unwrap.conversion === "bytes"
        ? parseBytes
        : (text: string) => {
            const ns = parseGoDurationNs(text);
            return ns === undefined ? undefined : ns / 1e9;
          };
  return {
    label: unwrap.label,
    read: ({ labels }) => {
      const text = labels.get(unwrap.label);
      if (text === undefined || text === "") return undefined;
      const value = parse(text);
      if (value === undefined) labels.fail("SampleExtractionErr", `cannot read ${JSON.stringify(text)} as ${unwrap.conversion ?? "a number"}`);
      return value ?? 0;
    },
  };
}

function gather(expression: RangeAggregation, context: EvaluationContext, grouping: Grouping | undefined): Iterable<Gathered> {
  const { stages } = expression.log;
  const unwrapAt = stages.findIndex((stage) => stage.kind === "unwrap");
  const wanted = wantedLabels(stages, grouping);
  const isOnlyCounted = unwrapAt === -1 && grouping !== undefined && !grouping.isWithout && grouping.labels.length === 0;
  const pipeline = compilePipeline(unwrapAt === -1 ? stages : stages.slice(0, unwrapAt), context.tools, wanted, isOnlyCounted);
  const after = unwrapAt === -1 ? [] : stages.slice(unwrapAt + 1).map((stage) => compileStage(stage, context.tools));
  const { label, read } = valueReader(expression);
  const byKey = new Map<string, Gathered>();
  const byStream: (Gathered | undefined)[] = [];
  const keyOf = createKey(grouping, label);
  const startNs = context.startNs;
  const startMs = Number(startNs / 1_000_000n);
  const startSub = Number(startNs % 1_000_000n);
  let count = 0;
  scanLogs({
    store: context.store, matchers: expression.log.matchers, pipeline, tools: context.tools, budget: context.budget, nowNs: context.nowNs, wanted,
    range: {
      startNs: startNs - BigInt(expression.rangeNs + expression.offsetNs),
      endNs: startNs + BigInt(context.stepNs) * BigInt(context.count - 1) - BigInt(expression.offsetNs),
      isStartIn: false,
      isEndIn: true,
    },
    visit: (line, stream, isPlain) => {
      const value = read(line);
      if (value === undefined) return;
      for (const step of after) if (!step(line)) return;
      if (line.labels.error !== "") throw pipelineError(line);
      let one = isPlain && label === undefined ? byStream[stream] : undefined;
      if (one === undefined) {
        const found = keyOf(line);
        one = byKey.get(found.key);
        if (one === undefined) {
          if (byKey.size >= context.seriesMax)
            throw new QueryError("limit", `maximum of series (${context.seriesMax}) reached for a single query; group by fewer labels or narrow the selector`);
          one = { labels: found, samples: newSamples() };
          byKey.set(found.key, one);
        }
        if (isPlain && label === undefined) byStream[stream] = one;
      }
      if ((count += 1) > context.samplesMax) throw new QueryError("limit", `the query reads more than ${context.samplesMax} samples; narrow the range or the selector`);
      addSample(one.samples, (line.tsMs - startMs) * 1e6 + (line.tsNs - startSub), value);
    },
  });
  return byKey.values();
}

function createKey(grouping: Grouping | undefined, unwrapped: string | undefined): (line: LineState) => LabelSet {
  if (grouping !== undefined && !grouping.isWithout) {
    const names = [...new Set(grouping.labels)].sort();
    const cache = new Map<string, LabelSet>();
    return ({ labels }) => {
      let key = "";
      for (const name of names) key += `${labels.get(name) ?? "\u0003"}\u0002`;
      const known = cache.get(key);
      if (known !== undefined) return known;
      const made = labelSet(names.flatMap((name) => { const value = labels.get(name); return value === undefined || value === "" ? [] : [[name, value] as const]; }));
      cache.set(key, made);
      return made;
    };
  }
  const without = new Set([...(grouping?.labels ?? []), errorLabel, errorDetailsLabel, ...(unwrapped === undefined ? [] : [unwrapped])]);
  return ({ labels }) => labelSet([...labels.entries()].filter(([name]) => !without.has(name)));
}

/** Labels that the stages and the grouping look at; undefined where it cannot be told. */
export function wantedLabels(stages: readonly Stage[], grouping: Grouping | undefined): ReadonlySet<string> | undefined {
  if (grouping === undefined || grouping.isWithout) return undefined;
  const wanted = new Set(grouping.labels);
  for (const stage of stages) {
    switch (stage.kind) {
      case "label-filter": for (const name of namesOfFilter(stage.filter)) wanted.add(name); break;
      case "distinct": for (const name of stage.labels) wanted.add(name); break;
      case "unwrap": wanted.add(stage.label); break;
      case "drop": case "keep": for (const item of stage.items) wanted.add(item.name); break;
      case "line-format": case "label-format": return undefined;
    }
  }
  return wanted;
}

function pipelineError(line: LineState): QueryError {
  const { error, errorDetails } = line.labels;
  const labels = [...line.labels.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ");
  return new QueryError(
    "execution",
    `pipeline error: '${error}' for series: '{${labels}}'${errorDetails === "" ? "" : ` (${errorDetails})`}.\nUse a label filter to intentionally skip this error. (e.g | __error__!="${error}").\nTo skip all potential errors you can match empty errors.(e.g __error__="")\nThe label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )`,
  );
}
