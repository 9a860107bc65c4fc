// One request on its way into the store: decoded whole first, so that a broken request leaves nothing behind, then committed.
import type { Labels } from "../vector/labels.ts";
import type { NativeHistogram } from "./histogram.ts";
import type { Series } from "./series.ts";
import type { Exemplar, Metadata, MetricStore } from "./store.ts";

export interface Refusals {
  /** Samples that were not stored. */
  readonly count: number;
  /** Why, for the first of each kind. */
  readonly reasons: readonly string[];
  /** Samples stored. */
  readonly stored: number;
  /** Native histograms among them, and exemplars besides. */
  readonly histogramsStored: number;
  readonly exemplarsStored: number;
}

// More distinct reasons would only be the same ones about other series.
const reasonsMax = 5;

// Columns that are used by one batch after the other: a request is decoded and committed without anything between, and a
// megabyte of fresh arrays for each would be the engine's peak. What a giant request made is not kept.
const keptMax = 1 << 17;
let spare = { times: new Float64Array(1024), values: new Float64Array(1024), stale: new Uint8Array(1024) };

export class Batch {
  readonly #store: MetricStore;
  #series: Series[] = [];
  /** Where each series' samples begin in the arrays. */
  #starts: number[] = [];
  #times = spare.times;
  #values = spare.values;
  #stale = spare.stale;
  #count = 0;
  #histograms: { readonly series: Series; readonly timeMs: number; readonly histogram: NativeHistogram }[] = [];
  #exemplars: Exemplar[] = [];
  #metadata: (readonly [string, Metadata])[] = [];
  #refused = 0;
  readonly #reasons = new Map<string, string>();

  constructor(store: MetricStore) { this.#store = store; }

  get sampleCount(): number { return this.#count + this.#histograms.length; }

  refuse(kind: string, reason: string, count = 1): void {
    this.#refused += count;
    if (!this.#reasons.has(kind) && this.#reasons.size < reasonsMax) this.#reasons.set(kind, reason);
  }

  /** Samples added after this belong to the series; undefined where it is not taken (its samples are refused). */
  begin(series: Series): void {
    this.#series.push(series);
    this.#starts.push(this.#count);
  }

  /** The series of these labels; undefined, and refused, where the store does not take it. */
  find(labels: Labels): Series | undefined {
    const series = this.#store.series(labels);
    if (typeof series !== "string") return series;
    this.refuse("series", series, 0);
    return undefined;
  }

  add(timeMs: number, value: number, isStale: boolean): void {
    if (this.#count === this.#times.length) this.#grow();
    this.#times[this.#count] = timeMs;
    this.#values[this.#count] = value;
    this.#stale[this.#count++] = isStale ? 1 : 0;
  }

  addHistogram(series: Series, timeMs: number, histogram: NativeHistogram): void { this.#histograms.push({ series, timeMs, histogram }); }
  addExemplar(exemplar: Exemplar): void { this.#exemplars.push(exemplar); }
  addMetadata(name: string, metadata: Metadata): void { this.#metadata.push([name, metadata]); }

  commit(): Refusals {
    const store = this.#store;
    const refusedBefore = this.#refused;
    for (let index = 0; index < this.#series.length; index++) {
      const series = this.#series[index] as Series, end = this.#starts[index + 1] ?? this.#count; // index < length
      for (let at = this.#starts[index] as number; at < end; at++) { // index < length
        const time = this.#times[at] as number, value = this.#values[at] as number; // at < count
        if (store.append(series, time, value, this.#stale[at] === 1) === "conflict")
          this.refuse("conflict", `duplicate sample for timestamp ${time}; ${String(series.labels).slice(0, 200)} has another value there, which stays`);
      }
    }
    let histogramsStored = this.#histograms.length;
    for (const { series, timeMs, histogram } of this.#histograms) {
      if (store.appendHistogram(series, timeMs, histogram) !== "conflict") continue;
      histogramsStored--;
      this.refuse("conflict", `duplicate sample for timestamp ${timeMs}; ${String(series.labels).slice(0, 200)} has another histogram there, which stays`);
    }
    for (const exemplar of this.#exemplars) store.addExemplar(exemplar);
    for (const [name, metadata] of this.#metadata) store.setMetadata(name, metadata);
    return {
      count: this.#refused,
      reasons: [...this.#reasons.values()],
      stored: this.sampleCount - (this.#refused - refusedBefore),
      histogramsStored,
      exemplarsStored: this.#exemplars.length,
    };
  }

  #grow(): void {
    const length = this.#times.length * 2;
    const times = new Float64Array(length), values = new Float64Array(length), stale = new Uint8Array(length);
    times.set(this.#times);
    values.set(this.#values);
    stale.set(this.#stale);
    this.#times = times;
    this.#values = values;
    this.#stale = stale;
    if (length <= keptMax) spare = { times, values, stale };
  }
}
