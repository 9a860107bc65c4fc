// `inspan traces` and `inspan trace`: TraceQL over Tempo's API; one trace as a tree with what was logged and measured in it.
import { InspanError } from "../../../../base/errors.ts";
import type { OperationContext } from "../../../../providers/index.ts";
import { isRecord, listOf, textOf } from "../../service/otlp/any-value.ts";
import { readTraceTree, type TraceNode } from "../../service/traces/trace-tree.ts";
import { ask, findTarget, type Target } from "../client.ts";
import { isoOf, type LogLine } from "../logs/logs-command.ts";
import { readWindow, type WindowInput } from "../time-window.ts";

export interface TracesInput extends WindowInput {
  readonly query: string;
  readonly limit: number;
  readonly spans: number;
  readonly step?: string | undefined;
  readonly url?: string | undefined;
}
export interface FoundSpan {
  readonly spanId: string;
  readonly name: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly attributes: Readonly<Record<string, string>>;
}
export interface FoundTrace {
  readonly traceId: string;
  readonly service: string;
  readonly root: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly matched: number;
  readonly spans: readonly FoundSpan[];
}
export interface TracesAnswer {
  readonly version: 1;
  readonly query: string;
  readonly traces: readonly FoundTrace[];
  readonly series: readonly { readonly labels: string; readonly samples: readonly (readonly [number, number])[] }[];
  readonly isCut: boolean;
  readonly warnings: readonly string[];
  readonly known?: Readonly<Record<string, readonly string[]>>;
}

const metricsFunction = /\|\s*(?:rate|count_over_time|min_over_time|max_over_time|avg_over_time|sum_over_time|quantile_over_time|histogram_over_time|compare)\s*\(/;
const seriesMax = 100;
const knownValuesMax = 30;

export function anyText(value: unknown): string {
  if (!isRecord(value)) return "";
  const first = Object.values(value)[0];
  return typeof first === "object" ? JSON.stringify(first) : String(first ?? "");
}

export async function queryTraces(input: TracesInput, context: OperationContext): Promise<TracesAnswer> {
  const target = await findTarget(context, "traces", input.url);
  const window = readWindow(input, context.providers.clock.nowMs());
  const between = { start: String(window.startNs / 1_000_000_000n), end: String(window.endNs / 1_000_000_000n) };
  if (metricsFunction.test(input.query)) {
    const answer = await ask(target, "/api/metrics/query_range", { q: input.query, ...between, step: input.step }, context.signal);
    const series = listOf(isRecord(answer) ? answer["series"] : undefined).flatMap((one) =>
      isRecord(one)
        ? [
            {
              labels: textOf(one["promLabels"]),
              samples: listOf(one["samples"]).flatMap((sample) =>
                isRecord(sample) ? [[Number(sample["timestampMs"]), Number(sample["value"] ?? 0)] as const] : [],
              ),
            },
          ]
        : [],
    );
    return {
      version: 1,
      query: input.query,
      traces: [],
      series: series.slice(0, seriesMax),
      isCut: series.length > seriesMax,
      warnings: [],
      ...(series.length === 0 ? { known: await known(target, context.signal) } : {}),
    };
  }
  const answer = await ask(target, "/api/search", { q: input.query, ...between, limit: String(input.limit + 1), spss: String(input.spans) }, context.signal);
  const all = listOf(isRecord(answer) ? answer["traces"] : undefined).flatMap((one) => (isRecord(one) ? [traceOf(one)] : []));
  const warnings = isRecord(answer) ? listOf(answer["warnings"]).map(String).filter((text) => !text.includes("raise limit")) : [];
  return {
    version: 1,
    query: input.query,
    traces: all.slice(0, input.limit),
    series: [],
    isCut: all.length > input.limit,
    warnings,
    ...(all.length === 0 ? { known: await known(target, context.signal) } : {}),
  };
}

function traceOf(one: Readonly<Record<string, unknown>>): FoundTrace {
  const sets = listOf(one["spanSets"] ?? [one["spanSet"]]).filter(isRecord);
  const spans = sets.flatMap((set) => listOf(set["spans"]).filter(isRecord)).map((span) => ({
    spanId: textOf(span["spanID"]),
    name: textOf(span["name"]),
    startedAt: isoOf(BigInt(textOf(span["startTimeUnixNano"]) || "0")),
    durationMs: Number(span["durationNanos"] ?? 0) / 1e6,
    attributes: Object.fromEntries(listOf(span["attributes"]).filter(isRecord).map((attribute) => [textOf(attribute["key"]), anyText(attribute["value"])])),
  }));
  return {
    traceId: textOf(one["traceID"]),
    service: textOf(one["rootServiceName"]),
    root: textOf(one["rootTraceName"]),
    startedAt: isoOf(BigInt(textOf(one["startTimeUnixNano"]) || "0")),
    durationMs: Number(one["durationMs"] ?? 0),
    matched: sets.reduce((sum, set) => sum + Number(set["matched"] ?? 0), 0), spans,
  };
}

async function known(target: Target, signal: AbortSignal): Promise<Readonly<Record<string, readonly string[]>>> {
  const values = async (tag: string) => {
    const answer = await ask(target, `/api/v2/search/tag/${encodeURIComponent(tag)}/values`, {}, signal);
    return listOf(isRecord(answer) ? answer["tagValues"] : undefined)
      .filter(isRecord)
      .map((one) => textOf(one["value"]))
      .slice(0, knownValuesMax);
  };
  const tags = await ask(target, "/api/v2/search/tags", { scope: "span" }, signal);
  const scopes = listOf(isRecord(tags) ? tags["scopes"] : undefined).filter(isRecord);
  return {
    services: await values("resource.service.name"),
    "span names": await values("name"),
    "span attributes": scopes.flatMap((scope) => listOf(scope["tags"]).map(String)).slice(0, knownValuesMax),
  };
}

export interface TraceInput { readonly id: string; readonly span?: string | undefined; readonly limit: number; readonly url?: string | undefined }
export interface TraceAnswer {
  readonly version: 1;
  readonly traceId: string;
  readonly spanCount: number;
  readonly durationMs: number;
  readonly errorCount: number;
  readonly roots: readonly TraceNode[];
  readonly isCut: boolean;
  readonly logs: readonly LogLine[];
  readonly exemplars: readonly { readonly series: string; readonly value: string }[];
}

const logsMax = 100;
const exemplarsMax = 20;

/** Throws TRACE_ABSENT and SPAN_ABSENT. Logs and exemplars that cannot be had are left out: the tree is the answer. */
export async function showTrace(input: TraceInput, context: OperationContext): Promise<TraceAnswer> {
  const target = await findTarget(context, "traces", input.url);
  const answer = await ask(target, `/api/traces/${encodeURIComponent(input.id)}`, {}, context.signal);
  if (answer === undefined)
    throw new InspanError("TRACE_ABSENT", `Cannot show the trace "${input.id}": no span of it is known, expected some.`, {
      kind: "usage",
      remedy: "inspan traces '{ }' --since 1h",
    });
  const tree = readTraceTree(answer, input.span, input.limit);
  if (tree.roots.length === 0)
    throw new InspanError("SPAN_ABSENT", `Cannot show the span "${input.span ?? ""}": the trace "${input.id}" has no such span.`, {
      kind: "usage",
      remedy: `inspan trace ${input.id}`,
    });
  const around = { start: String(tree.startNs - 60_000_000_000n), end: String(tree.endNs + 300_000_000_000n) };
  const full = input.id.toLowerCase().padStart(32, "0");
  const [logs, exemplars] = await Promise.all([
    traceLogs(context, input, full, around),
    traceExemplars(context, input, full, {
      start: String(Number(tree.startNs / 1_000_000n) / 1000 - 60),
      end: String(Number(tree.endNs / 1_000_000n) / 1000 + 300),
    }),
  ]);
  return {
    version: 1,
    traceId: full,
    spanCount: tree.spanCount,
    durationMs: Number(tree.endNs - tree.startNs) / 1e6,
    errorCount: tree.errorCount,
    roots: tree.roots,
    isCut: tree.isCut,
    logs,
    exemplars,
  };
}

async function traceLogs(context: OperationContext, input: TraceInput, id: string, around: Record<string, string>): Promise<readonly LogLine[]> {
  try {
    const target = await findTarget(context, "logs", input.url);
    const answer = await ask(
      target,
      "/loki/api/v1/query_range",
      { query: `{inspan_none!="x"} | trace_id="${id}"`, ...around, limit: String(logsMax), direction: "forward" },
      context.signal,
    );
    const data = isRecord(answer) && isRecord(answer["data"]) ? answer["data"] : {};
    const all = listOf(data["result"]).flatMap((one) =>
      isRecord(one)
        ? listOf(one["values"]).flatMap((pair) =>
            Array.isArray(pair)
              ? [
                  {
                    ns: BigInt(String(pair[0])),
                    line: String(pair[1]),
                    labels: isRecord(one["stream"]) ? Object.fromEntries(Object.entries(one["stream"]).map(([name, value]) => [name, String(value)])) : {},
                  },
                ]
              : [],
          )
        : [],
    );
    return all.sort((a, b) => (a.ns < b.ns ? -1 : 1)).map(({ ns, line, labels }) => ({ at: isoOf(ns), line, labels }));
  } catch (error) { if (context.signal.aborted) throw error; return []; }
}

/** `requests_total{job="web"}`, as a query would name it. */
function seriesText(labels: unknown): string {
  const { __name__: name = "", ...rest } = isRecord(labels) ? labels : {};
  return `${String(name)}{${Object.entries(rest).map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
}

async function traceExemplars(context: OperationContext, input: TraceInput, id: string, around: Record<string, string>): Promise<TraceAnswer["exemplars"]> {
  try {
    const target = await findTarget(context, "metrics", input.url);
    const answer = await ask(target, "/api/v1/query_exemplars", { query: '{__name__=~".+"}', ...around }, context.signal);
    return listOf(isRecord(answer) ? answer["data"] : undefined)
      .filter(isRecord)
      .flatMap((one) =>
        listOf(one["exemplars"])
          .filter(isRecord)
          .filter((exemplar) => isRecord(exemplar["labels"]) && exemplar["labels"]["trace_id"] === id)
          .map((exemplar) => ({ series: seriesText(one["seriesLabels"]), value: String(exemplar["value"]) })),
      )
      .slice(0, exemplarsMax);
  } catch (error) { if (context.signal.aborted) throw error; return []; }
}
