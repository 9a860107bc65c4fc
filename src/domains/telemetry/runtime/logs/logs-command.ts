// `inspan logs`: one LogQL query, bounded; on an empty answer, what there is.
import type { OperationContext } from "../../../../providers/index.ts";
import { isRecord, listOf, textOf } from "../../service/otlp/any-value.ts";
import { ask, findTarget, type Target } from "../client.ts";
import { readWindow, type TimeWindow, type WindowInput } from "../time-window.ts";

export interface LogsInput extends WindowInput {
  readonly query: string;
  readonly limit: number;
  readonly step?: string | undefined;
  readonly forward: boolean;
  readonly url?: string | undefined;
}
export interface LogLine { readonly at: string; readonly line: string; readonly labels: Readonly<Record<string, string>> }
export interface MetricLine { readonly labels: Readonly<Record<string, string>>; readonly values: readonly (readonly [number, string])[] }
export interface LogsAnswer {
  readonly version: 1;
  readonly query: string;
  readonly lines: readonly LogLine[];
  readonly series: readonly MetricLine[];
  readonly isCut: boolean;
  readonly warnings: readonly string[];
  /** Only where nothing was found: label names with some of their values. */
  readonly known?: Readonly<Record<string, readonly string[]>>;
}

/** Lines longer than this hide the others; the whole line is in the engine's own API. */
const lineCharsMax = 2000;
const seriesMax = 100;
const knownLabelsMax = 20;
const knownValuesMax = 20;

export function isoOf(ns: bigint): string {
  const ms = Number(ns / 1_000_000n);
  const micros = String((ns % 1_000_000n) / 1000n).padStart(3, "0");
  return new Date(ms).toISOString().replace("Z", `${micros}Z`);
}

function labelsOf(value: unknown): Readonly<Record<string, string>> {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, textOf(text)])) : {};
}

function valuesOf(value: unknown): readonly (readonly [number, string])[] {
  return listOf(value).flatMap((pair) => (Array.isArray(pair) ? [[Number(pair[0]), String(pair[1])] as const] : []));
}

export async function queryLogs(input: LogsInput, context: OperationContext): Promise<LogsAnswer> {
  const target = await findTarget(context, "logs", input.url);
  const window = readWindow(input, context.providers.clock.nowMs());
  const answer = await ask(target, "/loki/api/v1/query_range", {
    query: input.query,
    start: String(window.startNs),
    end: String(window.endNs),
    limit: String(input.limit + 1),
    direction: input.forward ? "forward" : "backward",
    step: input.step,
  }, context.signal);
  const data = isRecord(answer) && isRecord(answer["data"]) ? answer["data"] : {};
  const warnings = isRecord(answer) ? listOf(answer["warnings"]).map(String) : [];
  if (data["resultType"] !== "streams") {
    const series = listOf(data["result"]).flatMap((one) =>
      isRecord(one) ? [{ labels: labelsOf(one["metric"]), values: one["value"] === undefined ? valuesOf(one["values"]) : valuesOf([one["value"]]) }] : [],
    );
    return {
      version: 1,
      query: input.query,
      lines: [],
      series: series.slice(0, seriesMax),
      isCut: series.length > seriesMax,
      warnings,
      ...(series.length === 0 ? { known: await knownLabels(target, window, context.signal) } : {}),
    };
  }
  const all = listOf(data["result"]).flatMap((one) =>
    isRecord(one)
      ? listOf(one["values"]).flatMap((pair) =>
          Array.isArray(pair) ? [{ ns: BigInt(String(pair[0])), line: String(pair[1]), labels: labelsOf(one["stream"]) }] : [],
        )
      : [],
  );
  all.sort((a, b) => (a.ns === b.ns ? 0 : (a.ns < b.ns) === input.forward ? -1 : 1));
  const lines = all
    .slice(0, input.limit)
    .map(({ ns, line, labels }) => ({
      at: isoOf(ns),
      line: line.length > lineCharsMax ? `${line.slice(0, lineCharsMax)}… (${line.length - lineCharsMax} more characters)` : line,
      labels,
    }));
  return {
    version: 1,
    query: input.query,
    lines,
    series: [],
    isCut: all.length > input.limit,
    warnings,
    ...(lines.length === 0 ? { known: await knownLabels(target, window, context.signal) } : {}),
  };
}

async function knownLabels(target: Target, window: TimeWindow, signal: AbortSignal): Promise<Readonly<Record<string, readonly string[]>>> {
  const between = { start: String(window.startNs), end: String(window.endNs) };
  const names = await ask(target, "/loki/api/v1/labels", between, signal);
  const list = isRecord(names) ? listOf(names["data"]).map(String).slice(0, knownLabelsMax) : [];
  const entries = await Promise.all(list.map(async (name) => {
    const values = await ask(target, `/loki/api/v1/label/${encodeURIComponent(name)}/values`, between, signal);
    return [name, isRecord(values) ? listOf(values["data"]).map(String).slice(0, knownValuesMax) : []] as const;
  }));
  return Object.fromEntries(entries);
}
