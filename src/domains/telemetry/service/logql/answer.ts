// The JSON forms of Loki's query answers.
import { formatFloat } from "../units.ts";
import { secondsOf } from "../query-time.ts";
import type { FoundLine } from "./evaluate.ts";
import type { MetricValue } from "./series.ts";
import type { ScanStats } from "./scan.ts";

export interface AnswerScene {
  readonly stats: ScanStats;
  readonly execSeconds: number;
  readonly warnings: readonly string[];
}

export function renderStats(scene: AnswerScene, returned: number): object {
  const { stats, execSeconds } = scene;
  const perSecond = (value: number) => (execSeconds > 0 ? Math.round(value / execSeconds) : 0);
  const chunk = { headChunkBytes: 0, headChunkLines: 0, decompressedBytes: stats.bytes, decompressedLines: stats.lines, compressedBytes: 0, totalDuplicates: 0 };
  const store = { totalChunksRef: stats.chunks, totalChunksDownloaded: stats.chunks, chunksDownloadTime: 0, chunk };
  return {
    summary: {
      bytesProcessedPerSecond: perSecond(stats.bytes), linesProcessedPerSecond: perSecond(stats.lines), totalBytesProcessed: stats.bytes, totalLinesProcessed: stats.lines,
      execTime: execSeconds,
      queueTime: 0,
      subqueries: 0,
      totalEntriesReturned: returned,
      splits: 0,
      shards: 0,
      totalPostFilterLines: stats.kept,
      totalStructuredMetadataBytesProcessed: 0,
    },
    querier: { store: { totalChunksRef: 0, totalChunksDownloaded: 0, chunksDownloadTime: 0, chunk: { ...chunk, decompressedBytes: 0, decompressedLines: 0 } } },
    ingester: { totalReached: 1, totalChunksMatched: stats.chunks, totalBatches: 1, totalLinesSent: returned, store },
  };
}

function wrap(data: object, scene: AnswerScene, extra: object = {}): string {
  return JSON.stringify({ status: "success", data, ...extra, ...(scene.warnings.length > 0 ? { warnings: scene.warnings } : {}) });
}

export interface StreamsOptions { readonly isCategorized: boolean; readonly labelsOf: (stream: number) => Readonly<Record<string, string>> }

/** Streams in the order of their first line; lines in the order found. */
export function streamsOf(lines: readonly FoundLine[], options: StreamsOptions): readonly object[] {
  const streams = new Map<string, { readonly stream: Readonly<Record<string, string>>; readonly values: (readonly unknown[])[] }>();
  for (const line of lines) {
    const key = options.isCategorized ? String(line.stream) : line.labels.key;
    let one = streams.get(key);
    if (one === undefined) {
      one = { stream: options.isCategorized ? options.labelsOf(line.stream) : Object.fromEntries(line.labels.map), values: [] };
      streams.set(key, one);
    }
    const time = String(BigInt(line.tsMs) * 1_000_000n + BigInt(line.tsNs));
    if (!options.isCategorized) { one.values.push([time, line.text]); continue; }
    one.values.push([time, line.text, {
      ...(line.metadata.length > 0 ? { structuredMetadata: Object.fromEntries(line.metadata) } : {}),
      ...(line.parsed.length > 0 ? { parsed: Object.fromEntries(line.parsed) } : {}),
    }]);
  }
  return [...streams.values()];
}

export function renderStreams(lines: readonly FoundLine[], options: StreamsOptions, scene: AnswerScene): string {
  return wrap(
    {
      resultType: "streams",
      result: streamsOf(lines, options),
      ...(options.isCategorized ? { encodingFlags: ["categorize-labels"] } : {}),
      stats: renderStats(scene, lines.length),
    },
    scene,
  );
}

function sortedSeries(value: Extract<MetricValue, { kind: "vector" }>) {
  return value.isOrdered === true ? value.series : [...value.series].sort((a, b) => (a.labels.key < b.labels.key ? -1 : a.labels.key > b.labels.key ? 1 : 0));
}

export function renderInstant(value: MetricValue, timeNs: bigint, scene: AnswerScene): string {
  const time = secondsOf(timeNs);
  if (value.kind === "scalar") return wrap({ resultType: "scalar", result: [time, formatFloat(value.value)], stats: renderStats(scene, 1) }, scene);
  const result = sortedSeries(value)
    .filter((series) => series.present[0] === 1)
    .map((series) => ({ metric: Object.fromEntries(series.labels.map), value: [time, formatFloat(series.values[0] ?? NaN)] }));
  return wrap({ resultType: "vector", result, stats: renderStats(scene, result.length) }, scene);
}

export interface Steps { readonly startNs: bigint; readonly stepNs: number; readonly count: number }

export function renderRange(value: MetricValue, steps: Steps, scene: AnswerScene): string {
  const times = Array.from({ length: steps.count }, (_one, step) => secondsOf(steps.startNs + BigInt(Math.round(step * steps.stepNs))));
  if (value.kind === "scalar") {
    const text = formatFloat(value.value);
    return wrap({ resultType: "matrix", result: [{ metric: {}, values: times.map((time) => [time, text]) }], stats: renderStats(scene, 1) }, scene);
  }
  const result = sortedSeries(value).map((series) => ({
    metric: Object.fromEntries(series.labels.map),
    values: times.flatMap((time, step) => (series.present[step] === 1 ? [[time, formatFloat(series.values[step] ?? NaN)]] : [])),
  }));
  return wrap({ resultType: "matrix", result, stats: renderStats(scene, result.length) }, scene);
}
