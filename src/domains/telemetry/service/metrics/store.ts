// The metrics of one worktree in memory: series by their labels, metadata, exemplars, bounds with eviction. Pure: knows no clock and no disk.
import type { CompiledMatcher } from "../promql/matcher.ts";
import { Labels } from "../vector/labels.ts";
import type { NativeHistogram } from "./histogram.ts";
import { LabelIndex } from "./label-index.ts";
import { type AppendOutcome, Series } from "./series.ts";
import type { MetricSource } from "./source.ts";

// Series of one worktree; a label per request id would reach it in minutes, and each costs two kilobytes.
const seriesMax = 100_000;
// Blocks of all series; the oldest go first. About 50 million samples of counters.
const bytesMax = 256 * 1024 * 1024;
// How much goes at once, so that evicting is rare.
const evictedShare = 0.1;
// Label sets above these come from a mistake (a body, a stack trace as a label).
const labelsMax = 128;
const labelCharsMax = 8192;
const exemplarsMax = 10_000;
const metadataMax = 20_000;

export interface Exemplar { readonly series: Labels; readonly labels: Labels; readonly value: number; readonly timeMs: number }
export interface Metadata { readonly type: string; readonly help: string; readonly unit: string }

export interface StoreLimits { readonly seriesMax: number; readonly bytesMax: number }

export class MetricStore implements MetricSource {
  readonly #limits: StoreLimits;
  #byKey = new Map<string, Series>();
  #index = new LabelIndex();
  #nextId = 1;
  #appended = 0;
  #sealedBytesChecked = 0;
  readonly metadata = new Map<string, Metadata>();
  exemplars: Exemplar[] = [];
  /** Samples dropped because of the bound, and the time up to which some are missing. */
  evictedSamples = 0;
  evictedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(limits: StoreLimits = { seriesMax, bytesMax }) { this.#limits = limits; }

  get seriesCount(): number { return this.#index.size; }
  get all(): readonly Series[] { return this.#index.all; }
  get sampleCount(): number { return this.#index.all.reduce((sum, series) => sum + series.sampleCount, 0); }
  get sizeBytes(): number { return this.#index.all.reduce((sum, series) => sum + series.sizeBytes, 0); }

  /** The series of these labels, made where it is new; a sentence where it cannot be taken. */
  series(labels: Labels): Series | string {
    const known = this.#byKey.get(labels.key);
    if (known) return known;
    if (labels.names.length === 0) return "Cannot store a series without labels: expected at least a name.";
    if (this.#index.size >= this.#limits.seriesMax)
      return `Cannot store series ${String(labels).slice(0, 200)}: the engine holds ${this.#index.size} series, expected at most ${this.#limits.seriesMax}. A label with a new value for each request or user is the usual cause.`;
    if (labels.names.length > labelsMax) return `Cannot store series ${String(labels).slice(0, 200)}: it has ${labels.names.length} labels, expected at most ${labelsMax}.`;
    const long = labels.values.findIndex((value) => value.length > labelCharsMax);
    if (long >= 0 || labels.names.some((name) => name.length > labelCharsMax))
      return `Cannot store a series: the value of label ${String(labels.names[long]).slice(0, 100)} has more than ${labelCharsMax} characters.`;
    const series = new Series(this.#index.intern(labels), this.#nextId++);
    this.#byKey.set(series.labels.key, series);
    this.#index.add(series);
    return series;
  }

  append(series: Series, timeMs: number, value: number, isStale: boolean): AppendOutcome {
    if ((++this.#appended & 0xffff) === 0) this.#checkSize();
    return series.append(timeMs, value, isStale);
  }

  appendHistogram(series: Series, timeMs: number, histogram: NativeHistogram): AppendOutcome {
    if ((++this.#appended & 0xffff) === 0) this.#checkSize();
    return series.appendHistogram(timeMs, histogram);
  }

  addExemplar(exemplar: Exemplar): void {
    if (this.exemplars.length >= exemplarsMax) this.exemplars = this.exemplars.slice(exemplarsMax / 10);
    this.exemplars.push(exemplar);
  }

  setMetadata(name: string, metadata: Metadata): void {
    if (this.metadata.size < metadataMax || this.metadata.has(name)) this.metadata.set(name, metadata);
  }

  select(matchers: readonly CompiledMatcher[], fromMs: number, toMs: number): readonly Series[] {
    return this.#index.select(matchers).filter((series) => series.maxMs >= fromMs && series.minMs <= toMs);
  }

  labelNames(): readonly string[] { return this.#index.labelNames(); }
  labelValues(name: string): readonly string[] { return this.#index.labelValues(name); }

  clear(): void {
    this.#byKey = new Map();
    this.#index = new LabelIndex();
    this.metadata.clear();
    this.exemplars = [];
    this.evictedSamples = 0;
    this.evictedUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** What an answer about this range has to say of evictions; undefined where nothing of it is missing. */
  evictionNote(fromMs: number): string | undefined {
    if (this.evictedSamples === 0 || fromMs > this.evictedUntilMs) return undefined;
    return `the engine has evicted ${this.evictedSamples} samples up to ${new Date(this.evictedUntilMs).toISOString()} to stay within ${this.#limits.bytesMax} bytes: what is older is incomplete`;
  }

  #checkSize(): void {
    this.#sealedBytesChecked = this.sizeBytes;
    if (this.#sealedBytesChecked <= this.#limits.bytesMax) return;
    const chunks = this.#index.all
      .flatMap((series) => series.chunks.map((chunk) => ({ maxMs: chunk.maxMs, bytes: chunk.sizeBytes })))
      .sort((left, right) => left.maxMs - right.maxMs);
    let freed = 0, untilMs = Number.NEGATIVE_INFINITY;
    for (const chunk of chunks) {
      if (freed > this.#limits.bytesMax * evictedShare) break;
      freed += chunk.bytes;
      untilMs = chunk.maxMs;
    }
    for (const series of this.#index.all) this.evictedSamples += series.evict(untilMs);
    this.evictedUntilMs = Math.max(this.evictedUntilMs, untilMs);
    const kept = this.#index.all.filter((series) => !series.isEmpty);
    if (kept.length === this.#index.size) return;
    this.#index.rebuild(kept);
    this.#byKey = new Map(kept.map((series) => [series.labels.key, series]));
  }
}
