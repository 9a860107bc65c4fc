// OTLP data points to series, whatever wire they came by: naming, target_info, classic and native histograms, deltas summed up.
import { Labels, nameLabel } from "../vector/labels.ts";
import { formatFloat } from "../promql/format.ts";
import type { Batch } from "./batch.ts";
import { makeBuckets, type NativeHistogram, toSchema } from "./histogram.ts";
import { addHistograms } from "./histogram-sum.ts";
import { prometheusLabel, prometheusName } from "./otlp-names.ts";

export type Attributes = readonly (readonly [string, string])[];
export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: "gauge" | "sum" | "histogram" | "exponential" | "summary";
  readonly isDelta: boolean;
  readonly isMonotonic: boolean;
}
export interface OtlpExemplar { readonly attributes: Attributes; readonly timeMs: number; readonly value: number; readonly traceId: string; readonly spanId: string }
export interface OtlpBuckets { readonly offset: number; readonly counts: readonly number[] }
export interface OtlpPoint {
  readonly attributes: Attributes;
  /** 0 where the sender gave none. */
  readonly timeMs: number;
  /** The flag "no recorded value": a stale marker. */
  readonly isStale: boolean;
  readonly exemplars: readonly OtlpExemplar[];
  readonly value: number;
  readonly count: number;
  readonly sum: number;
  readonly bucketCounts: readonly number[];
  readonly bounds: readonly number[];
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: OtlpBuckets;
  readonly negative: OtlpBuckets;
  readonly quantiles: readonly (readonly [number, number])[];
}

// What native histograms take as zero where the sender gave no threshold.
const zeroThresholdDefault = 1e-128;
// Sums of delta series; more of them than series cannot be.
const deltasMax = 250_000;

// Half of the lookback: nearer than that, a query always finds one.
const targetInfoMs = 150_000;
// A request over fifty years must not become millions of samples.
const targetInfosMax = 1000;

export class DeltaSums {
  #numbers = new Map<string, number>();
  #histograms = new Map<string, NativeHistogram>();
  clear(): void { this.#numbers.clear(); this.#histograms.clear(); }
  add(key: string, value: number): number {
    if (this.#numbers.size >= deltasMax) this.#numbers.clear();
    const sum = (this.#numbers.get(key) ?? 0) + value;
    this.#numbers.set(key, sum);
    return sum;
  }
  addHistogram(key: string, histogram: NativeHistogram): NativeHistogram {
    if (this.#histograms.size >= deltasMax) this.#histograms.clear();
    const before = this.#histograms.get(key);
    const sum = before ? addHistograms([before, histogram]) : undefined;
    const total = sum?.kind === "sum" ? sum.histogram : histogram;
    this.#histograms.set(key, total);
    return total;
  }
}

export class OtlpSink {
  readonly #batch: Batch;
  readonly #deltas: DeltaSums;
  readonly #nowMs: number;
  #resource: Attributes = [];
  #scope: Attributes = [];
  #latestMs = 0;
  #earliestMs = Number.POSITIVE_INFINITY;

  constructor(batch: Batch, deltas: DeltaSums, nowMs: number) {
    this.#batch = batch;
    this.#deltas = deltas;
    this.#nowMs = nowMs;
  }

  beginResource(attributes: Attributes): void {
    const get = (name: string): string => attributes.find(([key]) => key === name)?.[1] ?? "";
    const service = get("service.name"), namespace = get("service.namespace"), instance = get("service.instance.id");
    this.#resource = [["job", namespace === "" || service === "" ? service : `${namespace}/${service}`], ["instance", instance]];
    this.#scope = []; // target_info is of the resource alone
    const info = attributes.filter(([key]) => !["service.name", "service.namespace", "service.instance.id"].includes(key));
    this.#targetInfo = info.length > 0 && (service !== "" || instance !== "") ? this.#labels("target_info", info, []) : undefined;
    this.#latestMs = 0;
    this.#earliestMs = Number.POSITIVE_INFINITY;
  }
  #targetInfo: Labels | undefined;

  /** target_info from a resource's earliest to its latest point of the request, so often that a query finds it at any time between. */
  endResource(): void {
    if (this.#targetInfo === undefined || this.#latestMs === 0) return;
    const everyMs = Math.max(targetInfoMs, (this.#latestMs - this.#earliestMs) / targetInfosMax);
    for (let timeMs = this.#earliestMs; timeMs < this.#latestMs; timeMs = Math.ceil(timeMs + everyMs)) this.#put(this.#targetInfo, timeMs, 1, false);
    this.#put(this.#targetInfo, this.#latestMs, 1, false);
  }

  beginScope(name: string, version: string): void {
    this.#scope = [["otel_scope_name", name], ["otel_scope_version", version]];
  }

  #labels(name: string, attributes: Attributes, more: Attributes): Labels {
    const merged = new Map<string, string>();
    for (const [key, value] of attributes) {
      const label = prometheusLabel(key), before = merged.get(label);
      merged.set(label, before === undefined ? value : `${before};${value}`); // two attributes, one name
    }
    return Labels.from([...merged, ...this.#scope, ...this.#resource.filter(([, value]) => value !== ""), ...more, [nameLabel, name]]);
  }

  #put(labels: Labels, timeMs: number, value: number, isStale: boolean): void {
    const series = this.#batch.find(labels);
    if (series === undefined) { this.#batch.refuse("series", "", 1); return; }
    this.#batch.begin(series);
    this.#batch.add(timeMs, isStale ? Number.NaN : value, isStale);
  }

  add(metric: OtlpMetric, points: readonly OtlpPoint[]): void {
    const isCounter = metric.kind === "sum" && metric.isMonotonic;
    const name = prometheusName({ name: metric.name, unit: metric.unit, isGauge: metric.kind === "gauge", isCounter });
    if (name === "") { this.#batch.refuse("name", `Cannot store a metric without a name.`, points.length); return; }
    const type = isCounter ? "counter" : metric.kind === "histogram" || metric.kind === "exponential" ? "histogram" : metric.kind === "summary" ? "summary" : "gauge";
    this.#batch.addMetadata(name, { type, help: metric.description, unit: metric.unit });
    for (const given of points) {
      const point = given.timeMs > 0 ? given : { ...given, timeMs: this.#nowMs };
      this.#latestMs = Math.max(this.#latestMs, point.timeMs);
      this.#earliestMs = Math.min(this.#earliestMs, point.timeMs);
      switch (metric.kind) {
        case "gauge": this.#put(this.#labels(name, point.attributes, []), point.timeMs, point.value, point.isStale); break;
        case "sum": this.#number(this.#labels(name, point.attributes, []), point, point.value, metric.isDelta); break;
        case "histogram": this.#histogram(name, metric, point); break;
        case "exponential": this.#exponential(name, metric, point); break;
        case "summary": this.#summary(name, point); break;
      }
      this.#exemplars(metric.kind === "histogram" ? `${name}_bucket` : name, point);
    }
  }

  #number(labels: Labels, point: OtlpPoint, value: number, isDelta: boolean): void {
    this.#put(labels, point.timeMs, isDelta && !point.isStale ? this.#deltas.add(labels.key, value) : value, point.isStale);
  }

  #histogram(name: string, metric: OtlpMetric, point: OtlpPoint): void {
    let cumulative = 0;
    for (const [at, count] of point.bucketCounts.entries()) {
      cumulative += count;
      const bound = point.bounds[at];
      this.#number(this.#labels(`${name}_bucket`, point.attributes, [["le", bound === undefined ? "+Inf" : formatBound(bound)]]), point, cumulative, metric.isDelta);
    }
    if (point.bucketCounts.length === 0) this.#number(this.#labels(`${name}_bucket`, point.attributes, [["le", "+Inf"]]), point, point.count, metric.isDelta);
    this.#number(this.#labels(`${name}_count`, point.attributes, []), point, point.count, metric.isDelta);
    if (!Number.isNaN(point.sum)) this.#number(this.#labels(`${name}_sum`, point.attributes, []), point, point.sum, metric.isDelta);
  }

  #exponential(name: string, metric: OtlpMetric, point: OtlpPoint): void {
    const labels = this.#labels(name, point.attributes, []);
    if (point.isStale) { this.#put(labels, point.timeMs, 0, true); return; }
    if (point.scale < -4) { this.#batch.refuse("scale", `Cannot store ${name}: its histogram has scale ${point.scale}, expected -4 or more.`); return; }
    const series = this.#batch.find(labels);
    if (series === undefined) { this.#batch.refuse("series", "", 1); return; }
    const buckets = ({ offset, counts }: OtlpBuckets) => makeBuckets(counts.map((count, at) => [offset + at + 1, count] as const));
    const whole: NativeHistogram = {
      schema: point.scale,
      count: point.count,
      sum: Number.isNaN(point.sum) ? 0 : point.sum,
      zeroThreshold: point.zeroThreshold || zeroThresholdDefault,
      zeroCount: point.zeroCount,
      positive: buckets(point.positive),
      negative: buckets(point.negative),
      customValues: [],
      hint: "unknown",
    };
    const histogram = toSchema(whole, Math.min(8, point.scale));
    this.#batch.addHistogram(series, point.timeMs, metric.isDelta ? this.#deltas.addHistogram(labels.key, histogram) : histogram);
  }

  #summary(name: string, point: OtlpPoint): void {
    for (const [quantile, value] of point.quantiles) this.#put(this.#labels(name, point.attributes, [["quantile", formatBound(quantile)]]), point.timeMs, value, point.isStale);
    this.#put(this.#labels(`${name}_count`, point.attributes, []), point.timeMs, point.count, point.isStale);
    this.#put(this.#labels(`${name}_sum`, point.attributes, []), point.timeMs, point.sum, point.isStale);
  }

  #exemplars(name: string, point: OtlpPoint): void {
    for (const { attributes, timeMs, value, traceId, spanId } of point.exemplars) {
      const labels = Labels.from([...attributes.map(([key, text]) => [prometheusLabel(key), text] as const), ["trace_id", traceId], ["span_id", spanId]]);
      this.#batch.addExemplar({ series: this.#labels(name, point.attributes, []), labels, value, timeMs: timeMs > 0 ? timeMs : point.timeMs });
    }
  }
}

/** "0.5", "10": as Prometheus writes bounds of classic histograms that came by OTLP. */
function formatBound(value: number): string {
  return formatFloat(value);
}
