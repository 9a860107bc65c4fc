// Loki's query, query_range and format_query.
import type { Clock } from "../../../../providers/index.ts";
import type { MetricExpression } from "../../service/logql/ast.ts";
import { parseLogql } from "../../service/logql/parse.ts";
import { printLogql } from "../../service/logql/print.ts";
import { renderInstant, renderRange, renderStreams, type AnswerScene } from "../../service/logql/answer.ts";
import type { LogStore } from "../../service/logs/log-store.ts";
import { QueryError } from "../../service/query-error.ts";
import { parseStep } from "../../service/query-time.ts";
import { HttpError } from "../../types/http-error.ts";
import type { Answer, EngineRequest, Route } from "../server/route.ts";
import { runLogs, runMetric, type QueryRun } from "./log-queries.ts";
import { readIsBackward, readLimit, readRange, readSteps, readTime } from "./loki-request.ts";

export interface LokiScene { readonly store: LogStore; readonly clock: Clock; readonly warnings: () => readonly string[] }

export function nowNs(clock: Clock): bigint { return BigInt(Math.floor(clock.nowMs())) * 1_000_000n; }

const statuses = { syntax: 400, execution: 400, limit: 400, cancelled: 504 } as const;

/** Query errors in the status and plain text of the standard. */
export async function answerQuery(work: () => Answer | Promise<Answer>): Promise<Answer> {
  try { return await work(); } catch (error) {
    if (error instanceof QueryError) throw new HttpError(statuses[error.kind], error.message, { cause: error });
    throw error;
  }
}

/** GET and POST form of the same. */
export function both(path: string, handler: Route["handler"]): readonly Route[] {
  return [{ method: "GET", path, handler: (request) => answerQuery(() => handler(request)) }, { method: "POST", path, handler: (request) => answerQuery(() => handler(request)) }];
}

function sceneOf(scene: LokiScene, run: QueryRun<unknown>): AnswerScene {
  return { stats: run.budget.stats, execSeconds: run.execSeconds, warnings: scene.warnings() };
}

async function readQuery(request: EngineRequest): Promise<string> {
  const query = (await request.readForm()).get("query");
  if (query === undefined || query.trim() === "") throw new HttpError(400, "parse error at line 1, col 1: syntax error: unexpected $end, expecting a query in the parameter query");
  return query;
}

async function instant(scene: LokiScene, request: EngineRequest): Promise<Answer> {
  const form = await request.readForm();
  const expression = parseLogql(await readQuery(request));
  const now = nowNs(scene.clock);
  const timeNs = readTime(form, "time", now) ?? now;
  if (expression.kind === "log") throw new HttpError(400, "log queries are not supported as an instant query type, please change your query to a range query type");
  const run = runMetric(scene.store, scene.clock, expression, { startNs: timeNs, stepNs: 1, count: 1 });
  return { status: 200, body: renderInstant(run.value, timeNs, sceneOf(scene, run)) };
}

async function range(scene: LokiScene, request: EngineRequest): Promise<Answer> {
  const form = await request.readForm();
  const expression = parseLogql(await readQuery(request));
  const between = readRange(form, nowNs(scene.clock));
  if (expression.kind !== "log") {
    if (isInstantOnly(expression)) throw new HttpError(400, "approx_topk is only supported on instant queries; ask /loki/api/v1/query, or use topk");
    const steps = readSteps(form, between);
    const run = runMetric(scene.store, scene.clock, expression, steps);
    return { status: 200, body: renderRange(run.value, steps, sceneOf(scene, run)) };
  }
  const interval = form.get("interval");
  const intervalNs = interval === undefined || interval === "" || interval === "0" ? 0 : parseStep(interval);
  if (intervalNs === undefined) throw new HttpError(400, "interval must be >= 0");
  const isBackward = readIsBackward(form);
  const limit = readLimit(form);
  const run = runLogs(scene.store, scene.clock, { expression, range: { ...between, isStartIn: true, isEndIn: false }, limit, isBackward });
  const lines = intervalNs === 0 ? run.value : thin(run.value, intervalNs);
  const isCategorized = (request.header("x-loki-response-encoding-flags") ?? "").includes("categorize-labels");
  const labelsOf = (stream: number) => Object.fromEntries(scene.store.streams[stream]?.map ?? []);
  return { status: 200, body: renderStreams(lines, { isCategorized, labelsOf }, sceneOf(scene, run)) };
}

function isInstantOnly(expression: MetricExpression): boolean {
  switch (expression.kind) {
    case "aggregation": return expression.op === "approx_topk" || isInstantOnly(expression.of);
    case "binary": return isInstantOnly(expression.left) || isInstantOnly(expression.right);
    case "label-replace": return isInstantOnly(expression.of);
    default: return false;
  }
}

/** At most one line of a stream in every interval. */
function thin<T extends { readonly tsMs: number; readonly tsNs: number; readonly labels: { readonly key: string } }>(lines: readonly T[], intervalNs: number): readonly T[] {
  const last = new Map<string, number>();
  return lines.filter((line) => {
    const at = line.tsMs * 1e6 + line.tsNs;
    const before = last.get(line.labels.key);
    if (before !== undefined && Math.abs(at - before) < intervalNs) return false;
    last.set(line.labels.key, at);
    return true;
  });
}

export function lokiQueryRoutes(scene: LokiScene): readonly Route[] {
  return [
    ...both("/loki/api/v1/query", (request) => instant(scene, request)),
    ...both("/loki/api/v1/query_range", (request) => range(scene, request)),
    ...both("/loki/api/v1/format_query", async (request) => {
      const query = await readQuery(request);
      return { status: 200, body: JSON.stringify({ status: "success", data: printLogql(parseLogql(query)) }) };
    }),
  ];
}
