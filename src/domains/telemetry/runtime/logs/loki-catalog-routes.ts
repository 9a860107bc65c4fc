// What there is: labels, values, series, statistics, volumes, fields, patterns.
import { parseLogSelector } from "../../service/logql/parse.ts";
import { evaluateLogs } from "../../service/logql/evaluate.ts";
import { matchStreams } from "../../service/logql/scan.ts";
import { countPattern, type PatternCounts } from "../../service/logs/patterns.ts";
import { parseBytes, parseDurationNs, parseGoFloat } from "../../service/units.ts";
import { secondsOf } from "../../service/query-time.ts";
import type { Form } from "../../service/wire/form.ts";
import { HttpError } from "../../types/http-error.ts";
import type { Answer, Route } from "../server/route.ts";
import { nodeByteTools } from "../byte-tools.ts";
import { runLogs, runMetric, startBudget } from "./log-queries.ts";
import { both, nowNs, type LokiScene } from "./loki-query-routes.ts";
import { readLimit, readRange, readSteps } from "./loki-request.ts";

interface Between { readonly startNs: bigint; readonly endNs: bigint }

/** Streams with lines in a range that match any of the selectors; all streams without one. */
function streamsIn(scene: LokiScene, between: Between, selectors: readonly string[]): readonly number[] {
  const { store } = scene;
  const startMs = Number(between.startNs / 1_000_000n);
  const endMs = Number(between.endNs / 1_000_000n) + 1;
  const isIn = new Uint8Array(store.streams.length);
  for (const chunk of store.chunks) if (chunk.count > 0 && chunk.maxMs >= startMs && chunk.minMs <= endMs) chunk.streamsIn.forEach((one, id) => { if (one === 1 && id < isIn.length) isIn[id] = 1; });
  const matches = selectors.map((selector) => matchStreams(store, parseLogSelector(selector).matchers));
  return [...isIn.keys()].filter((id) => isIn[id] === 1 && (matches.length === 0 || matches.some((match) => match[id] === 1)));
}

function selectorsOf(form: Form, name: string): readonly string[] {
  return form.all(name).filter((one) => one.trim() !== "" && one.trim() !== "{}");
}

function requireMatchersOnly(text: string): string {
  if (parseLogSelector(text).stages.length > 0) throw new HttpError(400, `only label matchers are supported, expected a selector without a pipeline, found ${text.slice(0, 200)}`);
  return text;
}

/** What is said besides: that lines were evicted, that not everything was looked at. */
function withWarnings(document: object, warnings: readonly string[]): Answer {
  return { status: 200, body: JSON.stringify({ ...document, ...(warnings.length > 0 ? { warnings } : {}) }) };
}

function success(data: unknown, warnings: readonly string[]): Answer { return withWarnings({ status: "success", data }, warnings); }

function catalogRoutes(scene: LokiScene): readonly Route[] {
  const { store, clock } = scene;
  const labelsOf = (ids: readonly number[]) => ids.flatMap((id) => [...(store.streams[id]?.map ?? [])]);
  const names: Route["handler"] = async (request) => {
    const form = await request.readForm();
    const pairs = labelsOf(streamsIn(scene, readRange(form, nowNs(clock)), selectorsOf(form, "query")));
    return success([...new Set(pairs.map(([name]) => name))].sort(), scene.warnings());
  };
  const values: Route["handler"] = async (request) => {
    const form = await request.readForm();
    const pairs = labelsOf(streamsIn(scene, readRange(form, nowNs(clock)), selectorsOf(form, "query")));
    return success([...new Set(pairs.flatMap(([name, value]) => (name === request.params["name"] ? [value] : [])))].sort(), scene.warnings());
  };
  const series: Route["handler"] = async (request) => {
    const form = await request.readForm();
    const ids = streamsIn(scene, readRange(form, nowNs(clock)), [...selectorsOf(form, "match[]"), ...selectorsOf(form, "match")].map(requireMatchersOnly));
    return success(ids.map((id) => Object.fromEntries(store.streams[id]?.map ?? [])), scene.warnings());
  };
  return [
    ...both("/loki/api/v1/labels", names), ...both("/loki/api/v1/label", names), ...both("/loki/api/v1/label/:name/values", values), ...both("/loki/api/v1/series", series),
    ...both("/loki/api/v1/detected_labels", async (request) => {
      const form = await request.readForm();
      const byName = new Map<string, Set<string>>();
      for (const [name, value] of labelsOf(streamsIn(scene, readRange(form, nowNs(clock)), selectorsOf(form, "query")))) byName.set(name, (byName.get(name) ?? new Set()).add(value));
      return withWarnings({ detectedLabels: [...byName].map(([label, all]) => ({ label, cardinality: all.size })) }, scene.warnings());
    }),
  ];
}

function readSelector(form: Form): string {
  const query = form.get("query");
  if (query === undefined || query.trim() === "") throw new HttpError(400, "parse error at line 1, col 1: syntax error: unexpected $end, expecting a selector in the parameter query");
  return query;
}

interface Volume { readonly metric: Readonly<Record<string, string>>; readonly values: Float64Array; readonly present: Uint8Array }

/** Of each label's name, whatever its value; of `wanted` alone where it is given. */
function volumeByLabel(
  series: readonly {
    readonly labels: { readonly map: ReadonlyMap<string, string> };
    readonly values: ArrayLike<number>;
    readonly present: ArrayLike<number>;
  }[],
  wanted: readonly string[],
): readonly Volume[] {
  const byName = new Map<string, Volume>();
  for (const one of series) {
    for (const name of one.labels.map.keys()) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const known = byName.get(name) ?? { metric: { [name]: "" }, values: new Float64Array(one.values.length), present: new Uint8Array(one.values.length) };
      byName.set(name, known);
      for (let step = 0; step < one.values.length; step++) {
        if (one.present[step] !== 1) continue;
        known.present[step] = 1;
        known.values[step] = (known.values[step] ?? 0) + (one.values[step] ?? 0);
      }
    }
  }
  return [...byName.values()];
}

function sizeRoutes(scene: LokiScene): readonly Route[] {
  const { store, clock } = scene;
  const volume = async (form: Form, isRange: boolean): Promise<Answer> => {
    const between = readRange(form, nowNs(clock));
    const selector = parseLogSelector(readSelector(form) === "{}" ? '{__any__=""}' : readSelector(form));
    const wanted = (form.get("targetLabels") ?? "").split(",").filter((name) => name !== "");
    const labels = wanted.length > 0 ? wanted : selector.matchers.map((matcher) => matcher.name);
    const steps = isRange ? readSteps(form, between) : { startNs: between.endNs, stepNs: 1, count: 1 };
    const rangeNs = isRange ? steps.stepNs : Math.max(1, Number(between.endNs - between.startNs));
    const aggregateBy = form.get("aggregateBy") ?? "series";
    if (aggregateBy !== "series" && aggregateBy !== "labels") throw new HttpError(400, `invalid aggregateBy option, expected series or labels, got ${JSON.stringify(aggregateBy.slice(0, 50))}`);
    const run = runMetric(
      store,
      clock,
      {
        kind: "aggregation",
        op: "sum",
        parameter: undefined,
        grouping: aggregateBy === "labels" ? { isWithout: true, labels: [] } : { isWithout: false, labels },
        of: { kind: "range", op: "bytes_over_time", parameter: undefined, log: selector, rangeNs, offsetNs: 0, grouping: undefined },
      },
      steps,
    );
    const series = run.value.kind === "vector" ? run.value.series : [];
    const found = aggregateBy === "labels" ? volumeByLabel(series, wanted) : series.map((one) => ({ metric: Object.fromEntries(one.labels.map), values: one.values, present: one.present }));
    const limit = readLimit(form);
    const last = (one: (typeof found)[number]) => one.values.reduce((sum, value) => sum + value, 0);
    const result = [...found].sort((a, b) => last(b) - last(a)).slice(0, limit).map((one) => ({
      metric: one.metric,
      ...(isRange
        ? {
            values: [...one.values].flatMap((value, step) =>
              one.present[step] === 1 ? [[secondsOf(steps.startNs + BigInt(Math.round(step * steps.stepNs))), String(value)]] : [],
            ),
          }
        : { value: [secondsOf(between.endNs), String(one.values[0] ?? 0)] }),
    }));
    return success({ resultType: isRange ? "matrix" : "vector", result, stats: {} }, scene.warnings());
  };
  return [
    ...both("/loki/api/v1/index/stats", async (request) => {
      const form = await request.readForm();
      const between = readRange(form, nowNs(clock));
      const ids = streamsIn(scene, between, [readSelector(form)]);
      const { budget } = startBudget(clock);
      const selector = parseLogSelector(readSelector(form));
      let entries = 0;
      let bytes = 0;
      const { scanLogs } = await import("../../service/logql/scan.ts");
      const { compilePipeline } = await import("../../service/logql/pipeline.ts");
      scanLogs({
        store,
        matchers: selector.matchers,
        pipeline: compilePipeline([], nodeByteTools),
        range: { ...between, isStartIn: true, isEndIn: false },
        tools: nodeByteTools,
        budget,
        nowNs: 0n,
        wanted: new Set(),
        visit: (line) => {
          entries += 1;
          bytes += line.end - line.start;
        },
      });
      return withWarnings({ streams: ids.length, chunks: budget.stats.chunks, entries, bytes }, scene.warnings());
    }),
    ...both("/loki/api/v1/index/volume", async (request) => volume(await request.readForm(), false)),
    ...both("/loki/api/v1/index/volume_range", async (request) => volume(await request.readForm(), true)),
  ];
}

/** Lines that a look at fields reads, the newest; Loki's line_limit. More take a second and change no list of names. */
const fieldLinesMax = 5000;
const fieldLines = 1000;
/** Lines that a look at patterns reads, the oldest of the range. */
const patternLinesMax = 100_000;

function readLineLimit(form: Form): number {
  const text = form.get("line_limit") ?? "";
  if (text === "") return fieldLines;
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw new HttpError(400, "line_limit must be a positive value");
  return Math.min(Number(text), fieldLinesMax);
}

interface Field { readonly values: Set<string>; readonly parsers: Set<string> }

function fieldRoutes(scene: LokiScene): readonly Route[] {
  const { store, clock } = scene;
  const fieldsOf = (form: Form): { readonly fields: ReadonlyMap<string, Field>; readonly warnings: readonly string[] } => {
    const lines = readLineLimit(form);
    let isCut = false;
    const expression = parseLogSelector(readSelector(form));
    const parser = form.get("query")?.includes("|") === true && expression.stages.some((stage) => stage.kind === "json" || stage.kind === "logfmt");
    const fields = new Map<string, Field>();
    const between = readRange(form, nowNs(clock));
    for (const kind of parser ? [undefined] : ["json", "logfmt"] as const) {
      const stage = kind === "json" ? [{ kind, fields: [] } as const] : kind === "logfmt" ? [{ kind, fields: [], isStrict: true, keepsEmpty: false } as const] : [];
      const run = runLogs(store, clock, { expression: { ...expression, stages: [...expression.stages, ...stage] }, range: { ...between, isStartIn: true, isEndIn: false }, limit: lines, isBackward: true });
      isCut ||= run.value.length >= lines;
      for (const line of run.value) {
        const isWrong = line.parsed.some(([name]) => name === "__error__");
        for (const [name, value] of isWrong ? line.metadata : [...line.metadata, ...line.parsed]) {
          const one = fields.get(name) ?? { values: new Set<string>(), parsers: new Set<string>() };
          one.values.add(value);
          if (kind !== undefined && line.parsed.some(([parsed]) => parsed === name)) one.parsers.add(kind);
          fields.set(name, one);
        }
      }
    }
    return { fields, warnings: [...scene.warnings(), ...(isCut ? [`fields of the newest ${lines} lines; others may have more, raise line_limit (at most ${fieldLinesMax}) or narrow the range`] : [])] };
  };
  const limited = (form: Form) => readLimit(form, 1000);
  return [
    ...both("/loki/api/v1/detected_fields", async (request) => {
      const form = await request.readForm();
      const { fields: found, warnings } = fieldsOf(form);
      const fields = [...found].slice(0, limited(form)).map(([label, { values, parsers }]) => ({ label, type: typeOf(values), cardinality: values.size, parsers: parsers.size === 0 ? null : [...parsers] }));
      return withWarnings({ fields, limit: limited(form) }, warnings);
    }),
    ...both("/loki/api/v1/detected_field/:name/values", async (request) => {
      const form = await request.readForm();
      const { fields, warnings } = fieldsOf(form);
      return withWarnings({ values: [...(fields.get(request.params["name"] ?? "")?.values ?? [])].slice(0, limited(form)), limit: limited(form) }, warnings);
    }),
    ...both("/loki/api/v1/patterns", async (request) => {
      const form = await request.readForm();
      const between = readRange(form, nowNs(clock));
      const steps = readSteps(form, between);
      const counts: PatternCounts = { counts: new Map(), overflow: 0 };
      const samples = new Map<string, Map<number, number>>();
      const { budget } = startBudget(clock);
      const found = evaluateLogs(
        { expression: parseLogSelector(readSelector(form)), range: { ...between, isStartIn: true, isEndIn: false }, limit: patternLinesMax, isBackward: false },
        { store, tools: nodeByteTools, budget, startNs: 0n, stepNs: 1, count: 1, nowNs: nowNs(clock), seriesMax: 1, samplesMax: 1 },
      );
      for (const line of found) {
        const pattern = countPattern(counts, line.text);
        if (pattern === undefined) continue;
        const bySecond = samples.get(pattern) ?? new Map<number, number>();
        const second = Math.floor((line.tsMs / 1000) / (steps.stepNs / 1e9)) * (steps.stepNs / 1e9);
        bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
        samples.set(pattern, bySecond);
      }
      return success([...samples].sort(([a], [b]) => (counts.counts.get(b) ?? 0) - (counts.counts.get(a) ?? 0)).map(([pattern, bySecond]) => ({ pattern, level: "unknown", samples: [...bySecond].sort(([a], [b]) => a - b) })), [
        ...scene.warnings(),
        ...(found.length >= patternLinesMax ? [`patterns of the first ${patternLinesMax} lines of the range; narrow it to see those of later ones`] : []),
        ...(counts.overflow > 0 ? [`${counts.overflow} lines have further patterns that are not counted`] : []),
      ]);
    }),
  ];
}

function typeOf(values: ReadonlySet<string>): string {
  const all = [...values];
  if (all.every((value) => /^-?\d+$/.test(value))) return "int";
  if (all.every((value) => parseGoFloat(value) !== undefined)) return "float";
  if (all.every((value) => value === "true" || value === "false")) return "boolean";
  if (all.every((value) => parseDurationNs(value) !== undefined)) return "duration";
  return all.every((value) => parseBytes(value) !== undefined && /[a-zA-Z]/.test(value)) ? "bytes" : "string";
}

export function lokiCatalogRoutes(scene: LokiScene, version: string): readonly Route[] {
  return [
    ...catalogRoutes(scene), ...sizeRoutes(scene), ...fieldRoutes(scene),
    ...both("/loki/api/v1/status/buildinfo", () => ({ status: 200, body: JSON.stringify({ version: "3.6.0", revision: version, branch: "inspan", buildUser: "inspan", buildDate: "", goVersion: "" }) })),
    ...both("/loki/api/v1/drilldown-limits", () => ({
      status: 200,
      body: JSON.stringify({
        limits: { discover_log_levels: true, max_entries_limit_per_query: 5000, volume_enabled: true, retention_period: "0s" },
        pattern_ingester_enabled: true,
        version: "3.6.0",
      }),
    })),
  ];
}
