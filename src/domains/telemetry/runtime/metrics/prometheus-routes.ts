// The paths of Prometheus' HTTP API. What answers them is loaded with the first request: an idle engine holds no query code.
import type { MetricStore } from "../../service/metrics/store.ts";
import type { MetricWork } from "./work.ts";
import type { Answer, EngineHost, EngineRequest, Route } from "../server/route.ts";

export interface PrometheusApi {
  readonly host: EngineHost;
  store(): Promise<MetricStore>;
  /** Undefined where nobody has asked for scraping or rules. */
  work(): MetricWork | undefined;
}

const names = [
  "query",
  "query_range",
  "series",
  "labels",
  "metadata",
  "query_exemplars",
  "format_query",
  "parse_query",
  "status/buildinfo",
  "status/config",
  "status/flags",
  "status/runtimeinfo",
  "status/tsdb",
  "status/walreplay",
  "notifications",
  "scrape_pools",
  "targets/metadata",
  "rules",
  "alerts",
  "targets",
  "alertmanagers",
] as const;
export type ApiName = (typeof names)[number] | "label-values";

const errorTypes: Readonly<Record<number, string>> = { 400: "bad_data", 404: "not_found", 413: "bad_data", 415: "bad_data", 422: "execution", 503: "timeout" };

export function errorAnswer(status: number, message: string): Answer {
  return { status, body: JSON.stringify({ status: "error", errorType: errorTypes[status] ?? "internal", error: message }) };
}

export function prometheusRoutes(api: PrometheusApi): readonly Route[] {
  const handle = (name: ApiName) => async (request: EngineRequest): Promise<Answer> => (await import("./prometheus-api.ts")).answerApi(name, request, api);
  const routes = names.flatMap((name) => (["GET", "POST"] as const).map((method): Route => ({ method, path: `/api/v1/${name}`, handler: handle(name), errorAnswer })));
  // A Loki's ruler says the same below /prometheus.
  const ruler = (["rules", "alerts"] as const).map((name): Route => ({ method: "GET", path: `/prometheus/api/v1/${name}`, handler: handle(name), errorAnswer }));
  return [...routes, ...ruler, { method: "GET", path: "/api/v1/label/:name/values", handler: handle("label-values"), errorAnswer }];
}
