// Query results in the JSON of Prometheus' HTTP API, piece by piece. Source: prometheus.io/docs/prometheus/latest/querying/api#expression-query-result-formats.
import { type Bucket, bucketsOf, type NativeHistogram } from "../metrics/histogram.ts";
import type { Column } from "../vector/column.ts";
import type { Labels } from "../vector/labels.ts";
import { stepTime } from "./context.ts";
import type { QueryResult } from "./evaluate.ts";

/** As Go's API writes floats: shortest, exponents of two digits below 1e-6 and from 1e21 on. */
export function apiFloat(value: number): string {
  if (Number.isFinite(value)) {
    const size = Math.abs(value);
    if (size >= 1e-6 && size < 1e21) return String(value);
    if (value === 0) return Object.is(value, -0) ? "-0" : "0";
    return String(value).replace(/e([+-])(\d)$/, "e$10$2");
  }
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** Milliseconds as seconds, as short as can be. */
export function apiTime(timeMs: number): string {
  return String(timeMs / 1000);
}

function boundaries(bucket: Bucket): number {
  if (bucket.isLowerInclusive) return bucket.isUpperInclusive ? 3 : 1;
  return bucket.isUpperInclusive ? 0 : 2;
}

export function apiHistogram(histogram: NativeHistogram): string {
  const buckets = bucketsOf(histogram).map((bucket) => `[${boundaries(bucket)},"${apiFloat(bucket.lower)}","${apiFloat(bucket.upper)}","${apiFloat(bucket.count)}"]`);
  return `{"count":"${apiFloat(histogram.count)}","sum":"${apiFloat(histogram.sum)}"${buckets.length === 0 ? "" : `,"buckets":[${buckets.join(",")}]`}}`;
}

export const apiLabels = (labels: Labels): string => JSON.stringify(labels.toRecord());

function* vectorPieces(columns: readonly Column[], time: string): Iterable<string> {
  let separator = "";
  for (const column of columns) {
    const found = column.present[0] === 2 ? column.histograms?.[0] : undefined;
    yield `${separator}{"metric":${apiLabels(column.labels)},${found ? `"histogram":[${time},${apiHistogram(found)}]` : `"value":[${time},"${apiFloat(column.values[0] ?? Number.NaN)}"]`}}`;
    separator = ",";
  }
}

/** Both lists of one series; the empty one is left out. */
function seriesPiece(labels: Labels, floats: readonly string[], histograms: readonly string[]): string {
  return `{"metric":${apiLabels(labels)}${floats.length > 0 ? `,"values":[${floats.join(",")}]` : ""}${histograms.length > 0 ? `,"histograms":[${histograms.join(",")}]` : ""}}`;
}

function columnPiece(column: Column, times: readonly string[]): string {
  const floats: string[] = [], histograms: string[] = [];
  const { present, values } = column;
  for (let step = 0; step < present.length; step++) {
    if (present[step] === 1) floats.push(`[${times[step]},"${apiFloat(values[step] as number)}"]`); // as many as steps
    else if (present[step] === 2) { const found = column.histograms?.[step]; if (found) histograms.push(`[${times[step]},${apiHistogram(found)}]`); }
  }
  return seriesPiece(column.labels, floats, histograms);
}

function* matrixPieces(result: QueryResult): Iterable<string> {
  let separator = "";
  if (result.kind === "matrix") {
    for (const { labels, times, values, histogramTimes, histograms } of result.series) {
      yield (
        separator +
        seriesPiece(
          labels,
          times.map((time, at) => `[${apiTime(time)},"${apiFloat(values[at] ?? 0)}"]`),
          histogramTimes.flatMap((time, at) => {
            const found = histograms[at];
            return found ? [`[${apiTime(time)},${apiHistogram(found)}]`] : [];
          }),
        )
      );
      separator = ",";
    }
  } else if (result.kind === "vector") {
    const times = Array.from({ length: result.grid.count }, (_, step) => apiTime(stepTime(result.grid, step)));
    for (const column of result.columns) { yield separator + columnPiece(column, times); separator = ","; }
  } else if (result.kind === "scalar") {
    yield `{"metric":{},"values":[${[...result.values].map((value, step) => `[${apiTime(stepTime(result.grid, step))},"${apiFloat(value)}"]`).join(",")}]}`;
  }
}

export function seriesCountOf(result: QueryResult): number {
  return result.kind === "vector" ? result.columns.length : result.kind === "matrix" ? result.series.length : 0;
}

export function limitSeries(result: QueryResult, count: number): QueryResult {
  if (result.kind === "vector") return { ...result, columns: result.columns.slice(0, count) };
  return result.kind === "matrix" ? { ...result, series: result.series.slice(0, count) } : result;
}

/** The whole document. `timeMs` is that of an instant query, undefined for a range query. */
/** What a query cost, in the form of Prometheus. Seconds; what we do not do apart is 0. */
export interface QueryStats { readonly timings: Readonly<Record<string, number>>; readonly samples: Readonly<Record<string, number>> }

export function statsOf(result: QueryResult, seconds: number): QueryStats {
  return {
    timings: { evalTotalTime: seconds, resultSortTime: 0, queryPreparationTime: 0, innerEvalTime: seconds, execQueueTime: 0, execTotalTime: seconds },
    samples: { totalQueryableSamples: result.queryable, peakSamples: result.samples },
  };
}

export function* resultPieces(result: QueryResult, timeMs: number | undefined, warnings: readonly string[], stats?: QueryStats): Iterable<string> {
  const time = apiTime(timeMs ?? 0);
  const type = timeMs === undefined ? "matrix" : result.kind;
  yield `{"status":"success","data":{"resultType":"${type}","result":`;
  if (timeMs !== undefined && result.kind === "scalar") yield `[${time},"${apiFloat(result.values[0] ?? Number.NaN)}"]`;
  else if (result.kind === "string") yield `[${time},${JSON.stringify(result.text)}]`;
  else {
    yield "[";
    if (timeMs !== undefined && result.kind === "vector") yield* vectorPieces(result.columns, time);
    else yield* matrixPieces(result);
    yield "]";
  }
  yield `${stats === undefined ? "" : `,"stats":${JSON.stringify(stats)}`}}${warnings.length > 0 ? `,"warnings":${JSON.stringify(warnings)}` : ""}${result.infos.length > 0 ? `,"infos":${JSON.stringify(result.infos)}` : ""}}`;
}
