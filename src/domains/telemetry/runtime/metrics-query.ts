// `inspan metrics`: one PromQL query, bounded, and what there is to ask for where it answered nothing.
import type { OperationContext } from "../../../providers/index.ts";
import { parseDuration } from "../service/promql/lexer.ts";
import { findBackend } from "./backend.ts";
import { listNames, type MetricAnswer, queryMetrics } from "./prometheus-client.ts";

export interface MetricsInput {
  readonly query: string;
  readonly range: string | undefined;
  readonly step: string | undefined;
  readonly time: string | undefined;
  readonly limit: number;
  readonly url: string | undefined;
}

// Points of a series in an answer; a terminal and a prompt hold no more.
const pointsMax = 300;
const pointsUsual = 60;
// Names shown where nothing was found.
const namesMax = 40;

export interface WhatExists { readonly metrics: readonly string[]; readonly metricsTotal: number; readonly labels: readonly string[] }
export interface MetricsOutput {
  readonly version: 1; readonly query: string; readonly source: { readonly kind: string; readonly url: string };
  readonly type: string;
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly points: readonly (readonly [number, number])[];
    readonly histogram?: unknown;
  }[];
  readonly text?: string; readonly total: number; readonly isCut: boolean; readonly warnings: readonly string[]; readonly infos: readonly string[]; readonly exists?: WhatExists;
}

/** Those that share a part with the query first. */
export function nearNames(query: string, names: readonly string[]): readonly string[] {
  const words = (query.match(/[a-zA-Z_:][a-zA-Z0-9_:]*/g) ?? []).flatMap((word) => word.split(/[_:]/)).filter((word) => word.length > 2);
  const score = (name: string): number => words.filter((word) => name.includes(word)).length;
  return [...names].sort((left, right) => score(right) - score(left) || (left < right ? -1 : 1));
}

function rangeParams(input: MetricsInput, endSeconds: number): Record<string, string> | undefined {
  const rangeMs = input.range === undefined ? undefined : parseDuration(input.range);
  if (rangeMs === undefined) return undefined;
  const wantedMs = input.step === undefined ? rangeMs / pointsUsual : parseDuration(input.step) ?? rangeMs / pointsUsual;
  const stepMs = Math.max(wantedMs, rangeMs / pointsMax, 1);
  return { start: String(endSeconds - rangeMs / 1000), end: String(endSeconds), step: String(Math.round(stepMs) / 1000) };
}

export async function runMetricsQuery(context: OperationContext, input: MetricsInput): Promise<MetricsOutput> {
  const backend = await findBackend(context, "prometheus", input.url);
  const seconds = input.time === undefined ? context.providers.clock.nowMs() / 1000 : Number.isNaN(Number(input.time)) ? Date.parse(input.time) / 1000 : Number(input.time);
  const range = rangeParams(input, seconds);
  const answer: MetricAnswer = range === undefined
    ? await queryMetrics(backend, "/api/v1/query", { query: input.query, time: String(seconds) }, context.signal)
    : await queryMetrics(backend, "/api/v1/query_range", { query: input.query, ...range }, context.signal);
  const isEmpty = answer.series.length === 0 && answer.text === undefined;
  let exists: WhatExists | undefined;
  if (isEmpty) {
    const [metrics, labels] = await Promise.all([listNames(backend, "/api/v1/label/__name__/values", context.signal), listNames(backend, "/api/v1/labels", context.signal)]);
    exists = { metrics: nearNames(input.query, metrics).slice(0, namesMax), metricsTotal: metrics.length, labels: labels.filter((name) => name !== "__name__").slice(0, namesMax) };
  }
  const shown = answer.series.slice(0, input.limit);
  return {
    version: 1, query: input.query, source: { kind: backend.kind, url: backend.url }, type: answer.type,
    series: shown.map(({ labels, points, histogram }) => ({ labels, points: points.slice(-pointsMax), ...(histogram === undefined ? {} : { histogram }) })),
    ...(answer.text === undefined ? {} : { text: answer.text }),
    total: answer.series.length,
    isCut: answer.series.length > shown.length,
    warnings: answer.warnings,
    infos: answer.infos,
    ...(exists ? { exists } : {}),
  };
}
