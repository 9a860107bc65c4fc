// Tempo's API: search, tags, traces by id, metrics.
import { ProtobufWriter } from "../../service/otlp/protobuf-writer.ts";
import { QueryError } from "../../service/query-error.ts";
import { parseQueryTime, parseStep } from "../../service/query-time.ts";
import { metricsAnswer, searchAnswer } from "../../service/traceql/answer.ts";
import { evaluateMetrics } from "../../service/traceql/metrics.ts";
import { parseTraceql } from "../../service/traceql/parse.ts";
import { evaluateStages, type SearchScene } from "../../service/traceql/search.ts";
import { TraceView } from "../../service/traceql/trace-view.ts";
import { traceJson, writeTrace } from "../../service/traces/trace-json.ts";
import { parseDurationNs } from "../../service/units.ts";
import { HttpError } from "../../types/http-error.ts";
import type { Form } from "../../service/wire/form.ts";
import type { Answer, EngineRequest, Route } from "../server/route.ts";
import { newBudget, type TempoScene } from "./tempo-scene.ts";
import { tagRoutes } from "./tag-routes.ts";

const seriesMax = 1000;
const pointsMax = 11_000;
const tracesMax = 10_000;

export async function answerTraceql(work: () => Answer | Promise<Answer>): Promise<Answer> {
  try { return await work(); } catch (error) {
    if (error instanceof QueryError)
      throw new HttpError(error.kind === "cancelled" ? 504 : 400, error.kind === "syntax" ? `invalid TraceQL query: ${error.message}` : error.message, {
        cause: error,
      });
    throw error;
  }
}

function readTime(form: Form, name: string, nowNs: bigint): bigint | undefined {
  const text = form.get(name);
  if (text === undefined || text === "" || text === "0") return undefined;
  const time = parseQueryTime(text, nowNs);
  if (time === undefined) throw new HttpError(400, `invalid ${name}: ${JSON.stringify(text.slice(0, 100))}, expected seconds since 1970`);
  return time;
}

function readCount(form: Form, name: string, fallback: number, most: number): number {
  const text = form.get(name);
  if (text === undefined || text === "") return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new HttpError(400, `invalid ${name}: must be a positive number`);
  // No limit of traces is none at all; no limit of spans in a set is all of them.
  if (Number(text) === 0 && name === "limit") throw new HttpError(400, `invalid ${name}: must be a positive number`);
  return Math.min(Number(text) === 0 ? most : Number(text), most);
}

/** `tags=service.name=x http.status_code=500` of the older API, and its durations, as TraceQL. */
function queryOfTags(form: Form): string {
  const conditions: string[] = [];
  const [least, most] = (["minDuration", "maxDuration"] as const).map((name) => parseDurationNs(form.get(name) ?? ""));
  if (least !== undefined && most !== undefined && most <= least) throw new HttpError(400, "invalid maxDuration: must be greater than minDuration");
  for (const match of (form.get("tags") ?? "").matchAll(/([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g)) {
    const [, name = "", raw = ""] = match;
    const value = raw.startsWith('"') ? raw : JSON.stringify(raw);
    const bare = raw.replaceAll('"', "");
    const field = name === "name" ? "name" : `."${name}"`;
    conditions.push(
      /^-?\d+(?:\.\d+)?$/.test(bare) || bare === "true" || bare === "false"
        ? `(${field} = ${value.startsWith('"') ? value : JSON.stringify(bare)} || ."${name}" = ${bare})`
        : `${field} = ${value}`,
    );
  }
  for (const [parameter, op] of [["minDuration", ">="], ["maxDuration", "<="]] as const) {
    const text = form.get(parameter);
    if (text === undefined || text === "") continue;
    const ns = parseDurationNs(text);
    if (ns === undefined) throw new HttpError(400, `invalid ${parameter}: ${JSON.stringify(text.slice(0, 50))}, expected a duration`);
    conditions.push(`traceDuration ${op} ${ns}ns`);
  }
  return `{ ${conditions.join(" && ")} }`;
}

async function search(scene: TempoScene, request: EngineRequest): Promise<Answer> {
  const form = await request.readForm();
  const nowNs = BigInt(Math.floor(scene.clock.nowMs())) * 1_000_000n;
  const text = form.get("q");
  const query = parseTraceql(text === undefined || text.trim() === "" ? queryOfTags(form) : text);
  if (query.root.kind !== "search") throw new HttpError(400, "invalid TraceQL query: this is a metrics query, expected it at /api/metrics/query_range");
  const startNs = readTime(form, "start", nowNs);
  const endNs = readTime(form, "end", nowNs);
  if (startNs !== undefined && endNs !== undefined && endNs <= startNs)
    throw new HttpError(400, `http parameter start must be before end. received start=${startNs / 1_000_000_000n} end=${endNs / 1_000_000_000n}`);
  const budget = newBudget(scene.clock);
  const view = new TraceView(scene.store());
  const sets = evaluateStages(query.root.stages, { view, range: { startNs, endNs }, budget }, undefined);
  const traces = searchAnswer(view, sets, query.root.stages, { limit: readCount(form, "limit", 20, tracesMax), spansPerSpanset: readCount(form, "spss", 3, 1000) });
  const total = new Set(sets.map((set) => set.trace)).size;
  const warnings = [...scene.warnings(), ...(total > traces.length ? [`${total - traces.length} more traces match; raise limit to see them`] : [])];
  return {
    status: 200,
    body: JSON.stringify({
      traces,
      metrics: {
        inspectedTraces: view.store.traces.count,
        inspectedBytes: String(budget.inspected * 100),
        inspectedSpans: String(budget.inspected),
        completedJobs: 1,
        totalJobs: 1,
      },
      ...(warnings.length > 0 ? { warnings } : {}),
    }),
  };
}

async function metrics(scene: TempoScene, request: EngineRequest, isInstant: boolean): Promise<Answer> {
  const form = await request.readForm();
  const nowNs = BigInt(Math.floor(scene.clock.nowMs())) * 1_000_000n;
  const text = form.get("q") ?? form.get("query") ?? "";
  const query = parseTraceql(text);
  if (query.root.kind !== "metrics") throw new HttpError(400, "invalid TraceQL query: not a metrics query, expected a metrics function such as | rate()");
  const sinceText = form.get("since");
  const sinceNs = sinceText === undefined || sinceText === "" ? 3600e9 : parseDurationNs(sinceText);
  if (sinceNs === undefined) throw new HttpError(400, `invalid since: ${JSON.stringify((sinceText ?? "").slice(0, 50))}, expected a duration`);
  const endNs = readTime(form, "end", nowNs) ?? nowNs;
  const startNs = readTime(form, "start", nowNs) ?? endNs - BigInt(sinceNs);
  if (endNs < startNs) throw new HttpError(400, `http parameter start must be before end. received start=${startNs / 1_000_000_000n} end=${endNs / 1_000_000_000n}`);
  const spanNs = Number(endNs - startNs);
  const stepText = form.get("step");
  const stepNs = isInstant ? Math.max(1, spanNs) : stepText === undefined || stepText === "" ? Math.max(1e9, Math.ceil(spanNs / 100 / 1e9) * 1e9) : parseStep(stepText);
  if (stepNs === undefined) throw new HttpError(400, `invalid step: ${JSON.stringify((stepText ?? "").slice(0, 50))}, expected a duration above 0`);
  const count = isInstant ? 1 : Math.ceil(spanNs / stepNs) + 1;
  if (count > pointsMax) throw new HttpError(400, `exceeded maximum resolution of ${pointsMax} points per time series. Try increasing the value of the step parameter`);
  const steps = { startNs, stepNs, count, seriesMax, isInstant };
  const view = new TraceView(scene.store());
  const searchScene: SearchScene = { view, range: { startNs: undefined, endNs: undefined }, budget: newBudget(scene.clock) };
  const series = metricsAnswer(view, evaluateMetrics(query.root.expression, searchScene, steps), steps);
  const warnings = scene.warnings();
  return {
    status: 200,
    body: JSON.stringify({
      series,
      metrics: { inspectedTraces: view.store.traces.count, inspectedSpans: String(searchScene.budget.inspected), completedJobs: 1, totalJobs: 1 },
      ...(warnings.length > 0 ? { status: "PARTIAL", message: warnings.join("; ") } : {}),
    }),
  };
}

function traceById(scene: TempoScene, request: EngineRequest, version: 1 | 2): Answer {
  const id = request.params["id"] ?? "";
  if (!/^[0-9a-fA-F]{1,32}$/.test(id)) throw new HttpError(400, `invalid trace id ${JSON.stringify(id.slice(0, 64))}: trace IDs can only contain hex characters, at most 32`);
  for (const name of ["start", "end"]) readTime(request.query, name, 0n); // a trace is given whole, whatever the window; what is no time is said
  const store = scene.store();
  const rows = store.rowsOf(store.findTrace(id));
  if (rows.length === 0) throw new HttpError(404, "trace not found");
  const accept = request.header("accept") ?? "";
  if (accept.includes("application/protobuf") || accept.includes("application/x-protobuf")) {
    const writer = new ProtobufWriter();
    if (version === 1) writeTrace(writer, store, rows);
    else writer.message(1, () => writeTrace(writer, store, rows));
    return { status: 200, headers: { "content-type": "application/protobuf" }, body: writer.finish() };
  }
  const spans = traceJson(store, rows);
  // Tempo's own words for an answer that may not be whole.
  const partial = scene.warnings().length > 0 ? { status: "PARTIAL", message: scene.warnings().join("; ") } : {};
  return { status: 200, body: JSON.stringify(version === 1 ? { batches: spans } : { trace: { resourceSpans: spans }, metrics: {}, ...partial }) };
}

export function both(path: string, handler: Route["handler"]): readonly Route[] {
  return [
    { method: "GET", path, handler: (request) => answerTraceql(() => handler(request)) },
    { method: "POST", path, handler: (request) => answerTraceql(() => handler(request)) },
  ];
}

export function tempoRoutes(scene: TempoScene): readonly Route[] {
  const text = (body: string): Answer => ({ status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body });
  return [
    ...both("/api/search", (request) => search(scene, request)),
    ...both("/api/metrics/query_range", (request) => metrics(scene, request, false)),
    ...both("/api/metrics/query", (request) => metrics(scene, request, true)),
    { method: "GET", path: "/api/traces/:id", handler: (request) => traceById(scene, request, 1) },
    { method: "GET", path: "/api/v2/traces/:id", handler: (request) => traceById(scene, request, 2) },
    { method: "GET", path: "/api/echo", handler: () => text("echo") },
    {
      method: "GET",
      path: "/api/status/buildinfo",
      handler: () => ({
        status: 200,
        body: JSON.stringify({ version: "2.9.0", revision: scene.version, branch: "inspan", buildUser: "inspan", buildDate: "", goVersion: "" }),
      }),
    },
    ...tagRoutes(scene, both),
  ];
}
