// Answers of Prometheus' HTTP API from one store. Source: prometheus.io/docs/prometheus/latest/querying/api.
import type { Form } from "../../service/wire/form.ts";
import type { Matcher } from "../../service/promql/ast.ts";
import { apiLabels, limitSeries, resultPieces, seriesCountOf, statsOf } from "../../service/promql/api-json.ts";
import { defaultLimits } from "../../service/promql/context.ts";
import { QueryError } from "../../service/promql/errors.ts";
import { queryInstant, type QueryOptions, queryRange, type QueryResult } from "../../service/promql/evaluate.ts";
import { compileMatcher } from "../../service/promql/matcher.ts";
import { parseQuery, parseSelector } from "../../service/promql/parser.ts";
import { mayNeedRe2 } from "../../service/promql/re2.ts";
import { describeExpr, printExpr, selectorsOf } from "../../service/promql/print.ts";
import type { MetricSource } from "../../service/metrics/source.ts";
import { compareLabels } from "../../service/vector/labels.ts";
import type { Answer, EngineRequest } from "../server/route.ts";
import { badParameter, readDuration, readLimit, readTime } from "./parameters.ts";
import { type ApiName, errorAnswer, type PrometheusApi } from "./prometheus-routes.ts";
import type { MetricStore } from "../../service/metrics/store.ts";
import type { EngineHost } from "../server/route.ts";
import { rulesAnswer, runtimeAnswer, scrapePoolsAnswer, targetsAnswer, targetsMetadataAnswer, tsdbAnswer } from "./prometheus-status.ts";
import type { MetricWork } from "./work.ts";

interface Api { readonly store: MetricStore; readonly host: EngineHost; readonly work: MetricWork | undefined }

// Points of one series in a range query, as in Prometheus.
const stepsMax = 11_000;

function success(data: unknown, warnings: readonly string[] = []): Answer {
  return { status: 200, body: JSON.stringify({ status: "success", data, ...(warnings.length > 0 ? { warnings } : {}) }) };
}

/** Remembers how far back a query looked, for what it has to say about evictions. */
function watched(api: Api): { source: MetricSource; earliestMs(): number } {
  let earliestMs = Number.POSITIVE_INFINITY;
  return {
    source: { select: (matchers, fromMs, toMs) => { earliestMs = Math.min(earliestMs, fromMs); return api.store.select(matchers, fromMs, toMs); } },
    earliestMs: () => earliestMs,
  };
}

function evaluate(form: Form, api: Api, run: (text: string, options: QueryOptions) => QueryResult, timeMs: number | undefined): Answer {
  const text = form.get("query") ?? "";
  const { source, earliestMs } = watched(api);
  const timeoutMs = Math.min(defaultLimits.timeoutMs, readDuration(form, "timeout") ?? Number.POSITIVE_INFINITY);
  const lookbackMs = readDuration(form, "lookback_delta");
  const limit = readLimit(form);
  // windows=left-closed: the semantics of Prometheus 2, for comparing with one.
  const startedMs = api.host.clock.monotonicMs();
  let result: QueryResult;
  try {
    result = run(text, {
      source,
      nowMs: () => api.host.clock.monotonicMs(),
      limits: { ...defaultLimits, timeoutMs },
      ...(lookbackMs === undefined ? {} : { lookbackMs }),
      isLeftClosed: form.get("windows") === "left-closed",
    });
  } catch (error) {
    if (error instanceof QueryError && error.type === "bad_data") throw badParameter("query", error.message);
    throw error;
  }
  const isCut = seriesCountOf(result) > limit;
  const eviction = api.store.evictionNote(earliestMs());
  const warnings = [...result.warnings, ...(isCut ? ["results truncated due to limit"] : []), ...(eviction === undefined ? [] : [eviction])];
  const stats = (form.get("stats") ?? "") === "" ? undefined : statsOf(result, (api.host.clock.monotonicMs() - startedMs) / 1000);
  return { status: 200, body: resultPieces(isCut ? limitSeries(result, limit) : result, timeMs, warnings, stats) };
}

function answerQuery(form: Form, api: Api): Answer {
  const timeMs = readTime(form, "time", api.host.clock.nowMs());
  return evaluate(form, api, (text, options) => queryInstant(text, timeMs, options), timeMs);
}

function answerQueryRange(form: Form, api: Api): Answer {
  const startMs = readTime(form, "start", undefined), endMs = readTime(form, "end", undefined);
  if (endMs < startMs) throw badParameter("end", "end timestamp must not be before start time");
  const stepMs = readDuration(form, "step");
  if (stepMs === undefined) throw badParameter("step", `cannot parse "" to a valid duration`);
  if (stepMs <= 0) throw badParameter("step", "zero or negative query resolution step widths are not accepted. Try a positive integer");
  const wholeMs = Math.max(1, Math.round(stepMs));
  if ((endMs - startMs) / wholeMs > stepsMax)
    throw new QueryError(
      "bad_data",
      `exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX), for example to ${Math.ceil((endMs - startMs) / stepsMax / 1000)}`,
    );
  const count = Math.floor((endMs - startMs) / wholeMs) + 1;
  return evaluate(form, api, (text, options) => queryRange(text, { startMs, stepMs: wholeMs, count }, { ...options, endMs }), undefined);
}

function readSelectors(form: Form): readonly (readonly Matcher[])[] {
  return form.all("match[]").map((text) => {
    try {
      return parseSelector(text);
    } catch (error) {
      throw error instanceof QueryError ? badParameter("match[]", error.message.replace("vector selector must", "match[] must")) : error;
    }
  });
}

/** What an answer about the form's range has to say of evictions. */
function evictionIn(form: Form, api: Api): readonly string[] {
  const note = api.store.evictionNote(readTime(form, "start", Number.NEGATIVE_INFINITY));
  return note === undefined ? [] : [note];
}

function selectAll(form: Form, api: Api) {
  const fromMs = readTime(form, "start", Number.NEGATIVE_INFINITY), toMs = readTime(form, "end", Number.POSITIVE_INFINITY);
  const selectors = readSelectors(form);
  const lists = selectors.length === 0 ? [api.store.select([], fromMs, toMs)] : selectors.map((matchers) => api.store.select(matchers.map(compileMatcher), fromMs, toMs));
  return [...new Set(lists.flat())];
}

/** What is shown of a list, and the warnings: that it was cut, that something was evicted. */
function cut<T>(list: readonly T[], form: Form, api: Api): readonly [readonly T[], readonly string[]] {
  const limit = readLimit(form);
  const evictions = evictionIn(form, api);
  return list.length > limit ? [list.slice(0, limit), ["results truncated due to limit", ...evictions]] : [list, evictions];
}

function answerSeries(form: Form, api: Api): Answer {
  if (form.all("match[]").length === 0) throw new QueryError("bad_data", "no match[] parameter provided");
  const [shown, warnings] = cut(selectAll(form, api).map(({ labels }) => labels).sort(compareLabels), form, api);
  return { status: 200, body: `{"status":"success","data":[${shown.map(apiLabels).join(",")}]${warnings.length > 0 ? `,"warnings":${JSON.stringify(warnings)}` : ""}}` };
}

const isNarrowed = (form: Form): boolean => form.all("match[]").length > 0 || form.get("start") !== undefined || form.get("end") !== undefined;

function answerLabels(form: Form, api: Api): Answer {
  const names = isNarrowed(form) ? [...new Set(selectAll(form, api).flatMap(({ labels }) => labels.names))].sort() : api.store.labelNames();
  return success(...cut(names, form, api));
}

/** "U__a_2e_b" of Prometheus' escaping in paths. */
function unescapeName(name: string): string {
  if (!name.startsWith("U__")) return name;
  return name
    .slice(3)
    .replaceAll(/__|_([\da-f]{1,6})_/gi, (whole, hex?: string) =>
      whole === "__" ? "_" : String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(hex ?? "0", 16))),
    );
}

function answerLabelValues(name: string, form: Form, api: Api): Answer {
  if (name === "") throw new QueryError("bad_data", `invalid label name: ""`);
  const values = isNarrowed(form) ? [...new Set(selectAll(form, api).map(({ labels }) => labels.get(name)))].filter((value) => value !== "").sort() : api.store.labelValues(name);
  return success(...cut(values, form, api));
}

function answerMetadata(form: Form, api: Api): Answer {
  const wanted = form.get("metric");
  const limit = readLimit(form);
  const data: Record<string, readonly unknown[]> = {};
  for (const [name, metadata] of api.store.metadata) {
    if (wanted !== undefined && wanted !== "" && wanted !== name) continue;
    if (Object.keys(data).length >= limit) break;
    data[name] = [metadata];
  }
  return success(data);
}

function answerExemplars(form: Form, api: Api): Answer {
  const startMs = readTime(form, "start", Number.NEGATIVE_INFINITY), endMs = readTime(form, "end", Number.POSITIVE_INFINITY);
  if (endMs < startMs) throw new QueryError("bad_data", "end timestamp must not be before start timestamp");
  const selectors = selectorsOf(readExpr(form)).map(({ matchers }) => matchers.map(compileMatcher));
  const found = new Map<string, { seriesLabels: Record<string, string>; exemplars: { labels: Record<string, string>; value: string; timestamp: number }[] }>();
  for (const exemplar of api.store.exemplars) {
    if (exemplar.timeMs < startMs || exemplar.timeMs > endMs) continue;
    if (!selectors.some((matchers) => matchers.every((matcher) => matcher.matches(exemplar.series.get(matcher.name))))) continue;
    const entry = found.get(exemplar.series.key) ?? { seriesLabels: exemplar.series.toRecord(), exemplars: [] };
    entry.exemplars.push({ labels: exemplar.labels.toRecord(), value: String(exemplar.value), timestamp: exemplar.timeMs / 1000 });
    found.set(exemplar.series.key, entry);
  }
  return success([...found.values()], evictionIn(form, api));
}

function readExpr(form: Form) {
  try { return parseQuery(form.get("query") ?? ""); } catch (error) { throw error instanceof QueryError ? badParameter("query", error.message) : error; }
}

function answer(name: ApiName, request: EngineRequest, form: Form, api: Api): Answer {
  switch (name) {
    case "query": return answerQuery(form, api);
    case "query_range": return answerQueryRange(form, api);
    case "series": return answerSeries(form, api);
    case "labels": return answerLabels(form, api);
    case "label-values": return answerLabelValues(unescapeName(request.params["name"] ?? ""), form, api);
    case "metadata": return answerMetadata(form, api);
    case "query_exemplars": return answerExemplars(form, api);
    case "format_query": return success(printExpr(readExpr(form)));
    case "parse_query": return success(describeExpr(readExpr(form)));
    // The semantics that queries get; what asks for a version decides by it what it may send.
    case "status/buildinfo": return success({ application: "Inspan", version: "3.5.0", revision: api.host.version, branch: "inspan", buildUser: "", buildDate: "", goVersion: "" });
    case "status/config": return success({ yaml: "" });
    case "status/flags": return success({});
    case "status/runtimeinfo": return success(runtimeAnswer(api));
    case "status/walreplay": return success({ min: 0, max: 0, current: 0, state: "done" });
    case "status/tsdb": return success(tsdbAnswer(form, api));
    case "notifications": return success([]);
    case "scrape_pools": return success(scrapePoolsAnswer(api));
    case "targets/metadata": return success(targetsMetadataAnswer(form, api));
    case "rules": return success(rulesAnswer(form, api));
    case "alerts": return success(api.work?.alerts() ?? { alerts: [] });
    case "targets": return success(targetsAnswer(form, api));
    case "alertmanagers": return success({ activeAlertmanagers: [], droppedAlertmanagers: [] });
  }
}

const statuses = { bad_data: 400, execution: 422, timeout: 503 } as const;

export async function answerApi(name: ApiName, request: EngineRequest, given: PrometheusApi): Promise<Answer> {
  const [form, store] = await Promise.all([request.readForm(), given.store()]);
  if ([form.get("query") ?? "", ...form.all("match[]")].some(mayNeedRe2)) await import("../../service/promql/re2-engine.ts");
  const api: Api = { store, host: given.host, work: given.work() };
  try { return answer(name, request, form, api); } catch (error) {
    if (error instanceof QueryError) return errorAnswer(statuses[error.type], error.message);
    if (error instanceof RangeError) return errorAnswer(422, `query processing would need more memory than there is: ${error.message}`); // an array or a stack that cannot be made
    throw error;
  }
}
