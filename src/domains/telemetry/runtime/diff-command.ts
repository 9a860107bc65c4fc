// `inspan diff-signals`: gathers patterns, span figures and metric values of two runs through the standard APIs, and compares them.
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { diffSignals, type RunSignals, type SignalsDiff, type SpanFigures } from "../service/diff-signals.ts";
import { countPattern, type PatternCounts } from "../service/logs/patterns.ts";
import { otlpLabelName } from "../service/logs/decode-otlp.ts";
import { isRecord, listOf, textOf } from "../service/otlp/any-value.ts";
import { parseQueryTime } from "../service/query-time.ts";
import { ask, findTarget } from "./client.ts";

export interface DiffInput {
  readonly before: string;
  readonly after: string;
  readonly limit: number;
  readonly beforeUrl?: string | undefined;
  readonly afterUrl?: string | undefined;
  readonly metric?: string | undefined;
}
export interface DiffAnswer extends SignalsDiff {
  readonly version: 1;
  readonly before: string;
  readonly after: string;
  readonly isCut: boolean;
  readonly counts: { readonly before: RunCounts; readonly after: RunCounts };
}
interface RunCounts { readonly lines: number; readonly spanNames: number; readonly series: number }

/** A run: a window of time, or everything with one resource attribute (a commit, a worktree, a run's id). */
interface Run { readonly startNs: bigint; readonly endNs: bigint; readonly attribute: { readonly name: string; readonly value: string } | undefined }

const linesMax = 5000;
const dayNs = 86_400_000_000_000n;

function parseRun(text: string, nowNs: bigint): Run {
  const window = /^(.+)\.\.(.+)$/.exec(text);
  if (window !== null) {
    const startNs = parseQueryTime(window[1] ?? "", nowNs);
    const endNs = parseQueryTime(window[2] ?? "", nowNs);
    if (startNs !== undefined && endNs !== undefined && startNs < endNs) return { startNs, endNs, attribute: undefined };
  }
  const attribute = /^([\w.-]+)=(.+)$/.exec(text);
  if (attribute !== null) return { startNs: nowNs - 7n * dayNs, endNs: nowNs + 60_000_000_000n, attribute: { name: attribute[1] ?? "", value: attribute[2] ?? "" } };
  throw new InspanError("RUN_UNCLEAR", `Cannot read the run "${text}": expected a window or a resource attribute.`, {
    kind: "usage",
    remedy: "inspan diff-signals now-20m..now-10m now-10m..now, or vcs.ref.head.revision=a1 vcs.ref.head.revision=b2",
  });
}

async function gather(
  run: Run,
  context: OperationContext,
  input: { readonly url: string | undefined; readonly metric: string | undefined },
): Promise<{ readonly signals: RunSignals; readonly counts: RunCounts }> {
  const { attribute } = run;
  const [patterns, spans, metrics] = await Promise.all([
    patternsOf(run, context, input.url),
    spansOf(run, context, input.url),
    input.metric === undefined ? new Map<string, number>() : metricsOf(run, context, input.url, input.metric),
  ]);
  const lines = [...patterns.values()].reduce((sum, count) => sum + count, 0);
  if (lines === 0 && spans.size === 0 && metrics.size === 0) {
    throw new InspanError(
      "RUN_EMPTY",
      `Cannot compare: the run ${attribute === undefined ? "in this window" : `with ${attribute.name}=${attribute.value}`} has neither lines nor spans, expected some.`,
      { kind: "usage", remedy: "inspan traces '{ }' shows what there is" },
    );
  }
  return { signals: { patterns, spans, metrics }, counts: { lines, spanNames: spans.size, series: metrics.size } };
}

async function patternsOf(run: Run, context: OperationContext, url: string | undefined): Promise<ReadonlyMap<string, number>> {
  const target = await findTarget(context, "logs", url);
  const filter = run.attribute === undefined ? "" : ` | ${otlpLabelName(run.attribute.name)}=${JSON.stringify(run.attribute.value)}`;
  const answer = await ask(
    target,
    "/loki/api/v1/query_range",
    { query: `{inspan_none!="x"}${filter}`, start: String(run.startNs), end: String(run.endNs), limit: String(linesMax) },
    context.signal,
  );
  const data = isRecord(answer) && isRecord(answer["data"]) ? answer["data"] : {};
  const counts: PatternCounts = { counts: new Map(), overflow: 0 };
  for (const stream of listOf(data["result"])) if (isRecord(stream)) for (const pair of listOf(stream["values"])) if (Array.isArray(pair)) countPattern(counts, String(pair[1]));
  return counts.counts;
}

async function spansOf(run: Run, context: OperationContext, url: string | undefined): Promise<ReadonlyMap<string, SpanFigures>> {
  const target = await findTarget(context, "traces", url);
  const filter = run.attribute === undefined ? "{ }" : `{ resource."${run.attribute.name}" = ${JSON.stringify(run.attribute.value)} }`;
  const between = { start: String(run.startNs), end: String(run.endNs) };
  const series = async (query: string) => {
    const answer = await ask(target, "/api/metrics/query", { q: query, ...between }, context.signal);
    return listOf(isRecord(answer) ? answer["series"] : undefined).filter(isRecord);
  };
  const [counts, quantiles] = await Promise.all([
    series(`${filter} | count_over_time() by (resource.service.name, name)`),
    series(`${filter} | quantile_over_time(duration, .5, .95) by (resource.service.name, name)`),
  ]);
  const labels = (one: Readonly<Record<string, unknown>>) =>
    new Map(
      listOf(one["labels"])
        .filter(isRecord)
        .map((label) => [textOf(label["key"]), isRecord(label["value"]) ? String(Object.values(label["value"])[0]) : ""]),
    );
  const nameOf = (all: ReadonlyMap<string, string>) => `${all.get("resource.service.name") ?? ""} ${all.get("name") ?? ""}`;
  const found = new Map<string, { count: number; p50Ms: number; p95Ms: number }>();
  for (const one of counts) found.set(nameOf(labels(one)), { count: Number(one["value"] ?? 0), p50Ms: 0, p95Ms: 0 });
  for (const one of quantiles) {
    const all = labels(one);
    const figures = found.get(nameOf(all));
    if (figures === undefined) continue;
    const ms = Math.round(Number(one["value"] ?? 0) * 1e6) / 1e3;
    if (all.get("p") === "0.5") figures.p50Ms = ms;
    else figures.p95Ms = ms;
  }
  for (const [name, figures] of found) if (figures.count === 0) found.delete(name);
  return found;
}

/** Values of a PromQL expression at the end of the run. */
async function metricsOf(run: Run, context: OperationContext, url: string | undefined, expression: string): Promise<ReadonlyMap<string, number>> {
  const target = await findTarget(context, "metrics", url);
  const answer = await ask(target, "/api/v1/query", { query: expression, time: String(Number(run.endNs / 1_000_000n) / 1000) }, context.signal);
  const data = isRecord(answer) && isRecord(answer["data"]) ? answer["data"] : {};
  return new Map(listOf(data["result"]).filter(isRecord).map((one) => [JSON.stringify(one["metric"]), Number(Array.isArray(one["value"]) ? one["value"][1] : NaN)]));
}

/** Throws RUN_UNCLEAR and RUN_EMPTY. */
export async function compareRuns(input: DiffInput, context: OperationContext): Promise<DiffAnswer> {
  const nowNs = BigInt(Math.floor(context.providers.clock.nowMs())) * 1_000_000n;
  const [before, after] = await Promise.all([
    gather(parseRun(input.before, nowNs), context, { url: input.beforeUrl, metric: input.metric }),
    gather(parseRun(input.after, nowNs), context, { url: input.afterUrl, metric: input.metric }),
  ]);
  const diff = diffSignals(before.signals, after.signals);
  const { limit } = input;
  return {
    version: 1, before: input.before, after: input.after, counts: { before: before.counts, after: after.counts },
    patterns: diff.patterns.slice(0, limit),
    spans: diff.spans.slice(0, limit),
    metrics: diff.metrics.slice(0, limit),
    isCut: [diff.patterns, diff.spans, diff.metrics].some((list) => list.length > limit),
  };
}
