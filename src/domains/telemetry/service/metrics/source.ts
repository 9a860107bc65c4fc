// What a query asks of a store: series that match, and their samples in a range. Stores and tests implement it.
import type { CompiledMatcher } from "../promql/matcher.ts";
import type { Labels } from "../vector/labels.ts";
import type { NativeHistogram } from "./histogram.ts";

/** Samples of one series in time order; reused from series to series. */
export class SampleBuffer {
  times = new Float64Array(1024);
  values = new Float64Array(1024);
  count = 0;
  /** Indexes of stale markers among the floats, ascending; mostly empty. */
  stale: number[] = [];
  histogramTimes: number[] = [];
  histograms: NativeHistogram[] = [];

  reset(): void {
    this.count = 0;
    if (this.stale.length > 0) this.stale = [];
    if (this.histograms.length > 0) { this.histogramTimes = []; this.histograms = []; }
  }

  /** Room for `more` floats behind the present ones. */
  reserve(more: number): void {
    const wanted = this.count + more;
    if (wanted <= this.times.length) return;
    const size = Math.max(wanted, this.times.length * 2);
    const times = new Float64Array(size), values = new Float64Array(size);
    times.set(this.times.subarray(0, this.count));
    values.set(this.values.subarray(0, this.count));
    this.times = times;
    this.values = values;
  }

  push(timeMs: number, value: number): void {
    this.reserve(1);
    this.times[this.count] = timeMs;
    this.values[this.count++] = value;
  }

  /** Takes the stale markers out: ranges hold real samples only. */
  dropStale(): void {
    if (this.stale.length === 0) return;
    const gone = new Set(this.stale);
    let kept = 0;
    for (let index = 0; index < this.count; index++) {
      if (gone.has(index)) continue;
      this.times[kept] = this.times[index] ?? 0;
      this.values[kept++] = this.values[index] ?? 0;
    }
    this.count = kept;
    this.stale = [];
  }
}

export interface SeriesSource {
  readonly labels: Labels;
  /** Appends the samples with from ≤ time ≤ to, in order. */
  read(fromMs: number, toMs: number, into: SampleBuffer): void;
}

export interface MetricSource {
  /** Series that match and may have samples in the range; each once, in an order that stays the same. */
  select(matchers: readonly CompiledMatcher[], fromMs: number, toMs: number): readonly SeriesSource[];
}
