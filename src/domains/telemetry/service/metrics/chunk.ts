// Samples of one series in blocks: open ones take samples, sealed ones are packed so that reading needs no decoding pass.
// Packing: no times where the interval is regular; whole numbers and short decimals as offsets of 1, 2 or 4 bytes from the smallest.
import type { SampleBuffer } from "./source.ts";

// Samples of a block: small enough to be rebuilt for a late sample, large enough that the block itself costs little.
export const chunkSamplesMax = 512;
const firstCapacity = 8;
// Times are kept as 32-bit offsets from the block's first; a block cannot span more than this.
const spanMsMax = 2 ** 31 - 1;

type Packed = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;

export interface SealedChunk {
  readonly isOpen: false;
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Undefined where the times are minMs + index × stepMs. */
  readonly times: Uint32Array | undefined;
  readonly stepMs: number;
  /** value = (packed + base) / divisor */
  readonly values: Packed;
  readonly base: number;
  readonly divisor: number;
  readonly stale: readonly number[] | undefined;
  readonly sizeBytes: number;
}

export class OpenChunk {
  readonly isOpen = true as const;
  count = 0;
  minMs: number;
  maxMs: number;
  #offsets = new Uint32Array(firstCapacity);
  #values = new Float64Array(firstCapacity);
  stale: Set<number> | undefined;

  constructor(firstMs: number) { this.minMs = this.maxMs = firstMs; }

  timeAt(index: number): number { return this.minMs + (this.#offsets[index] as number); } // index < count
  valueAt(index: number): number { return this.#values[index] as number; } // index < count

  fits(timeMs: number): boolean {
    return this.count < chunkSamplesMax && timeMs - this.minMs <= spanMsMax && this.maxMs - timeMs <= spanMsMax;
  }

  /** Later than all samples of the block, and it fits. */
  push(timeMs: number, value: number, isStale: boolean): void {
    if (this.count === this.#values.length) this.#grow();
    this.#offsets[this.count] = timeMs - this.minMs;
    this.#values[this.count] = value;
    if (isStale) (this.stale ??= new Set()).add(this.count);
    this.count++;
    this.maxMs = timeMs;
  }

  /** Index of the first sample at or after the time. */
  find(timeMs: number): number {
    let low = 0, high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timeAt(middle) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Between other samples; the caller knows that none has this time. */
  insert(timeMs: number, value: number, isStale: boolean): void {
    const index = this.find(timeMs);
    if (this.count === this.#values.length) this.#grow();
    if (timeMs < this.minMs) {
      const shift = this.minMs - timeMs;
      for (let at = 0; at < this.count; at++) this.#offsets[at] = (this.#offsets[at] as number) + shift; // at < count
      this.minMs = timeMs;
    }
    this.#offsets.copyWithin(index + 1, index, this.count);
    this.#values.copyWithin(index + 1, index, this.count);
    this.#offsets[index] = timeMs - this.minMs;
    this.#values[index] = value;
    if (this.stale) this.stale = new Set([...this.stale].map((at) => (at >= index ? at + 1 : at)));
    if (isStale) (this.stale ??= new Set()).add(index);
    this.count++;
    this.maxMs = Math.max(this.maxMs, timeMs);
  }

  read(fromMs: number, toMs: number, into: SampleBuffer): void {
    const first = this.find(fromMs);
    into.reserve(this.count - first);
    let to = into.count;
    for (let index = first; index < this.count; index++) {
      const time = this.timeAt(index);
      if (time > toMs) break;
      if (this.stale?.has(index) === true) into.stale.push(to);
      into.times[to] = time;
      into.values[to++] = this.valueAt(index);
    }
    into.count = to;
  }

  get sizeBytes(): number { return this.#values.length * 12 + 200; }

  seal(): SealedChunk {
    const { count } = this;
    const offsets = this.#offsets.subarray(0, count);
    const stepMs = count > 1 ? (offsets[1] as number) - (offsets[0] as number) : 0; // count > 1
    let isRegular = true;
    for (let index = 1; index < count && isRegular; index++) isRegular = (offsets[index] as number) === index * stepMs; // index < count
    const times = isRegular ? undefined : offsets.slice();
    const packed = pack(this.#values.subarray(0, count), this.stale);
    const sizeBytes = packed.values.byteLength + (times?.byteLength ?? 0) + 250;
    return {
      isOpen: false,
      count,
      minMs: this.minMs,
      maxMs: this.maxMs,
      times,
      stepMs,
      ...packed,
      stale: this.stale && this.stale.size > 0 ? [...this.stale].sort((left, right) => left - right) : undefined,
      sizeBytes,
    };
  }

  #grow(): void {
    const offsets = new Uint32Array(Math.min(chunkSamplesMax, this.#offsets.length * 2)), values = new Float64Array(offsets.length);
    offsets.set(this.#offsets);
    values.set(this.#values);
    this.#offsets = offsets;
    this.#values = values;
  }
}

const divisors = [1, 10, 100, 1000, 10_000, 1_000_000];

/** Whole numbers after multiplying, exactly; undefined where some value is none. */
function asIntegers(values: Float64Array, divisor: number, stale: ReadonlySet<number> | undefined): { low: number; high: number } | undefined {
  let low = Number.POSITIVE_INFINITY, high = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number; // index < length
    if (stale?.has(index) === true) continue;
    const whole = divisor === 1 ? value : Math.round(value * divisor);
    if (whole / divisor !== value || !Number.isSafeInteger(whole) || (value === 0 && 1 / value < 0)) return undefined;
    if (whole < low) low = whole;
    if (whole > high) high = whole;
  }
  return low <= high ? { low, high } : undefined;
}

function pack(values: Float64Array, stale: ReadonlySet<number> | undefined): { values: Packed; base: number; divisor: number } {
  for (const divisor of divisors) {
    const range = asIntegers(values, divisor, stale);
    if (range === undefined) continue;
    const { low, high } = range;
    const width = high - low;
    if (width > 0xffffffff) break;
    const packed = width <= 0xff ? new Uint8Array(values.length) : width <= 0xffff ? new Uint16Array(values.length) : new Uint32Array(values.length);
    for (let index = 0; index < values.length; index++)
      packed[index] = stale?.has(index) === true ? 0 : (divisor === 1 ? (values[index] as number) : Math.round((values[index] as number) * divisor)) - low; // index < length
    return { values: packed, base: low, divisor };
  }
  const isSingle = values.every((value) => Math.fround(value) === value);
  return { values: isSingle ? Float32Array.from(values) : values.slice(), base: 0, divisor: 1 };
}

function firstAtOrAfter(chunk: SealedChunk, timeMs: number): number {
  if (timeMs <= chunk.minMs) return 0;
  if (timeMs > chunk.maxMs) return chunk.count;
  const { times } = chunk;
  const offset = timeMs - chunk.minMs;
  if (times === undefined) return chunk.stepMs === 0 ? 0 : Math.ceil(offset / chunk.stepMs);
  let low = 0, high = chunk.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < offset) low = middle + 1; // middle < count
    else high = middle;
  }
  return low;
}

export function readSealed(chunk: SealedChunk, fromMs: number, toMs: number, into: SampleBuffer): void {
  const first = firstAtOrAfter(chunk, fromMs), end = firstAtOrAfter(chunk, toMs + 1);
  if (end <= first) return;
  into.reserve(end - first);
  const start = into.count, { minMs, stepMs, times: offsets, values, base, divisor } = chunk;
  const { times: outTimes, values: outValues } = into;
  if (offsets === undefined) for (let index = first, to = start; index < end; index++, to++) outTimes[to] = minMs + index * stepMs;
  else for (let index = first, to = start; index < end; index++, to++) outTimes[to] = minMs + (offsets[index] as number); // index < count
  if (values instanceof Float64Array || values instanceof Float32Array) outValues.set(values.subarray(first, end), start);
  else if (divisor === 1) for (let index = first, to = start; index < end; index++, to++) outValues[to] = (values[index] as number) + base; // index < count
  else for (let index = first, to = start; index < end; index++, to++) outValues[to] = ((values[index] as number) + base) / divisor; // index < count
  for (const index of chunk.stale ?? []) {
    if (index < first || index >= end) continue;
    outValues[start + index - first] = Number.NaN;
    into.stale.push(start + index - first);
  }
  into.count = start + end - first;
}

/** The same samples in a block that takes more. */
export function reopen(chunk: SealedChunk, buffer: SampleBuffer): OpenChunk {
  buffer.reset();
  readSealed(chunk, chunk.minMs, chunk.maxMs, buffer);
  const open = new OpenChunk(chunk.minMs);
  const stale = new Set(chunk.stale);
  for (let index = 0; index < buffer.count; index++) open.push(buffer.times[index] as number, buffer.values[index] as number, stale.has(index)); // index < count
  return open;
}
