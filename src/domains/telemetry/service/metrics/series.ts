// One series: blocks in time order, at most one of them open; native histograms beside the floats. Any age and order of samples is taken.
import type { Labels } from "../vector/labels.ts";
import { chunkSamplesMax, OpenChunk, readSealed, reopen, type SealedChunk } from "./chunk.ts";
import { detectReset, isSameHistogram, type NativeHistogram, type ResetHint } from "./histogram.ts";
import { SampleBuffer, type SeriesSource } from "./source.ts";

/** "same": it was there already; "conflict": another value was, and stays. */
export type AppendOutcome = "added" | "same" | "conflict";

/** "not_reset" where the sample before says so; else it is left open: a late sample may still come between. */
function judgeHint(histogram: NativeHistogram, before: NativeHistogram | undefined): ResetHint {
  if (histogram.hint === "gauge") return "gauge";
  if (before === undefined || before.hint === "gauge" || histogram.hint === "reset") return "unknown";
  return detectReset({ ...histogram, hint: "unknown" }, before) ? "unknown" : "not_reset";
}

// Only used within one call: a late sample rebuilds its block through it.
const scratch = new SampleBuffer();

export class Series implements SeriesSource {
  readonly labels: Labels;
  readonly id: number;
  chunks: (SealedChunk | OpenChunk)[] = [];
  #open: OpenChunk | undefined;
  #histogramTimes: number[] = [];
  #histograms: NativeHistogram[] = [];
  /** Bytes of the blocks, roughly. */
  sizeBytes = 0;
  /** The latest time of any sample; -Infinity for none. */
  maxMs = Number.NEGATIVE_INFINITY;
  minMs = Number.POSITIVE_INFINITY;
  /** The latest sample is a stale marker. */
  isStale = false;

  constructor(labels: Labels, id: number) {
    this.labels = labels;
    this.id = id;
  }

  append(timeMs: number, value: number, isStale: boolean): AppendOutcome {
    const open = this.#open;
    if (timeMs > this.maxMs && open !== undefined && open === this.chunks[this.chunks.length - 1]) {
      if (open.fits(timeMs)) open.push(timeMs, value, isStale);
      else { this.#seal(); this.#begin(this.chunks.length, timeMs, value, isStale); }
    } else {
      const outcome = this.#insert(timeMs, value, isStale);
      if (outcome !== "added") return outcome;
    }
    if (timeMs >= this.maxMs) { this.maxMs = timeMs; this.isStale = isStale; }
    if (timeMs < this.minMs) this.minMs = timeMs;
    return "added";
  }

  appendHistogram(timeMs: number, histogram: NativeHistogram): AppendOutcome {
    const times = this.#histogramTimes;
    let at = times.length;
    while (at > 0 && (times[at - 1] ?? 0) >= timeMs) at--;
    const there = this.#histograms[at];
    if (times[at] === timeMs && there) return isSameHistogram(there, histogram) ? "same" : "conflict";
    const before = at === times.length ? this.#histograms[at - 1] : undefined;
    times.splice(at, 0, timeMs);
    if (there && there.hint === "not_reset") this.#histograms[at] = { ...there, hint: "unknown" };
    this.#histograms.splice(at, 0, { ...histogram, hint: judgeHint(histogram, before) });
    this.sizeBytes += 200 + 16 * (histogram.positive.counts.length + histogram.negative.counts.length);
    if (timeMs >= this.maxMs) { this.maxMs = timeMs; this.isStale = false; }
    if (timeMs < this.minMs) this.minMs = timeMs;
    return "added";
  }

  read(fromMs: number, toMs: number, into: SampleBuffer): void {
    for (const chunk of this.chunks) {
      if (chunk.maxMs < fromMs) continue;
      if (chunk.minMs > toMs) break;
      if (chunk.isOpen) chunk.read(fromMs, toMs, into);
      else readSealed(chunk, fromMs, toMs, into);
    }
    for (let at = 0; at < this.#histograms.length; at++) {
      const time = this.#histogramTimes[at] ?? 0, histogram = this.#histograms[at];
      if (time < fromMs || time > toMs || histogram === undefined) continue;
      into.histogramTimes.push(time);
      into.histograms.push(histogram);
    }
  }

  /** Drops blocks and histograms that end at or before the time; returns how many samples that were. */
  evict(untilMs: number): number {
    let dropped = 0;
    const kept = this.chunks.filter((chunk) => {
      if (chunk.maxMs > untilMs) return true;
      dropped += chunk.count;
      this.sizeBytes -= chunk.isOpen ? 0 : chunk.sizeBytes;
      if (chunk === this.#open) this.#open = undefined;
      return false;
    });
    this.chunks = kept;
    let old = 0;
    while (old < this.#histogramTimes.length && (this.#histogramTimes[old] ?? 0) <= untilMs) old++;
    for (const one of this.#histograms.slice(0, old)) this.sizeBytes -= 200 + 16 * (one.positive.counts.length + one.negative.counts.length);
    this.#histogramTimes.splice(0, old);
    this.#histograms.splice(0, old);
    this.minMs = Math.min(this.chunks[0]?.minMs ?? Number.POSITIVE_INFINITY, this.#histogramTimes[0] ?? Number.POSITIVE_INFINITY);
    return dropped + old;
  }

  get sampleCount(): number { return this.chunks.reduce((sum, chunk) => sum + chunk.count, 0) + this.#histograms.length; }
  get isEmpty(): boolean { return this.chunks.length === 0 && this.#histograms.length === 0; }

  #begin(index: number, timeMs: number, value: number, isStale: boolean): void {
    const open = new OpenChunk(timeMs);
    open.push(timeMs, value, isStale);
    this.chunks.splice(index, 0, open);
    this.#open = open;
  }

  #seal(): void {
    const open = this.#open;
    if (open === undefined) return;
    const sealed = open.seal();
    this.chunks[this.chunks.lastIndexOf(open)] = sealed;
    this.sizeBytes += sealed.sizeBytes;
    this.#open = undefined;
  }

  #reopen(index: number): OpenChunk | undefined {
    const chunk = this.chunks[index];
    if (chunk === undefined || chunk.isOpen) return chunk;
    this.#seal();
    const open = reopen(chunk, scratch);
    this.sizeBytes -= chunk.sizeBytes;
    this.chunks[index] = open;
    this.#open = open;
    return open;
  }

  /** Any sample that is not simply the next one of the open block at the end. */
  #insert(timeMs: number, value: number, isStale: boolean): AppendOutcome {
    let index = this.chunks.length - 1;
    while (index > 0 && (this.chunks[index]?.minMs ?? 0) > timeMs) index--;
    const chunk = this.chunks[index];
    if (chunk === undefined) { this.#begin(0, timeMs, value, isStale); return "added"; }
    const isInside = timeMs >= chunk.minMs && timeMs <= chunk.maxMs;
    if (
      !isInside &&
      (chunk.count >= chunkSamplesMax ||
        (chunk.isOpen && !chunk.fits(timeMs)) ||
        Math.abs(timeMs - chunk.minMs) > 2 ** 30 ||
        Math.abs(timeMs - chunk.maxMs) > 2 ** 30)
    ) {
      this.#seal();
      this.#begin(timeMs < chunk.minMs ? index : index + 1, timeMs, value, isStale);
      return "added";
    }
    const open = this.#reopen(index);
    if (open === undefined) throw new Error("BUG: expected the block that was found");
    const at = open.find(timeMs);
    if (at < open.count && open.timeAt(at) === timeMs) {
      const there = open.valueAt(at), wasStale = open.stale?.has(at) === true;
      return wasStale === isStale && (Object.is(there, value) || there === value) ? "same" : "conflict";
    }
    if (open.count >= chunkSamplesMax) { this.#split(index, open); return this.#insert(timeMs, value, isStale); }
    open.insert(timeMs, value, isStale);
    return "added";
  }

  /** A full block becomes two half full ones. */
  #split(index: number, open: OpenChunk): void {
    const half = open.count >>> 1;
    const left = new OpenChunk(open.timeAt(0)), right = new OpenChunk(open.timeAt(half));
    for (let at = 0; at < open.count; at++) (at < half ? left : right).push(open.timeAt(at), open.valueAt(at), open.stale?.has(at) === true);
    const sealed = left.seal();
    this.chunks.splice(index, 1, sealed, right);
    this.sizeBytes += sealed.sizeBytes;
    this.#open = right;
  }
}
