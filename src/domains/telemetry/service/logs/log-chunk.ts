// A run of log lines in columns: bodies in one run of bytes with offsets, times in two numbers, streams and metadata by index.
import type { ByteTools } from "../byte-tools.ts";

/** A chunk is closed at whichever comes first; small enough to be decompressed at once, large enough to hide the cost per chunk. */
export const chunkRowsMax = 65_536;
export const chunkBytesMax = 8 * 1024 * 1024;

export interface LogRow {
  readonly stream: number;
  readonly tsMs: number;
  /** Nanoseconds within the millisecond. */
  readonly tsNs: number;
  /** Pairs of name and value; empty where the row has none. */
  readonly metadata: readonly (readonly [string, string])[];
  /** Lower-case hex, "" where unknown. */
  readonly traceId: string;
  readonly spanId: string;
}

function grown<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

export class LogChunk {
  /** Number of the first row among all rows ever taken. */
  readonly firstRow: number;
  count = 0;
  bodies: Uint8Array = new Uint8Array(16_384);
  offsets = new Uint32Array(257);
  tsMs = new Float64Array(256);
  tsNs = new Uint32Array(256);
  streams = new Uint32Array(256);
  private metadataAt = new Uint32Array(256);
  private metadata = new Uint32Array(1024);
  private metadataEnd = 1;
  private strings: string[] = [];
  private stringIds: Map<string, number> | undefined = new Map();
  private ids: string[] | undefined;
  minMs = Infinity;
  maxMs = -Infinity;
  isSorted = true;
  isClosed = false;
  streamsIn: Uint8Array = new Uint8Array(64);
  private compressed: Uint8Array | undefined;
  private rawBytes = 0;

  constructor(firstRow: number) { this.firstRow = firstRow; }

  get bodyBytes(): number { return this.offsets[this.count] ?? 0; }
  get isRaw(): boolean { return this.compressed === undefined; }
  /** What the chunk holds in memory. */
  get sizeBytes(): number { return (this.compressed?.length ?? this.bodies.length) + this.tsMs.length * 28 + this.metadata.length * 4 + this.strings.length * 40; }

  /** `body` is copied. */
  append(row: LogRow, body: Uint8Array, start: number, end: number): void {
    const at = this.count;
    if (at >= this.tsMs.length) this.growRows();
    const from = this.offsets[at] ?? 0;
    const to = from + end - start;
    if (to > this.bodies.length) this.bodies = grown(this.bodies, new Uint8Array(Math.max(to, this.bodies.length * 2)));
    if (end - start < 64) for (let index = start, out = from; index < end; index += 1, out += 1) this.bodies[out] = body[index] ?? 0;
    else this.bodies.set(start === 0 && end === body.length ? body : body.subarray(start, end), from);
    this.offsets[at + 1] = to;
    this.tsMs[at] = row.tsMs;
    this.tsNs[at] = row.tsNs;
    this.streams[at] = row.stream;
    this.metadataAt[at] = row.metadata.length === 0 ? 0 : this.addMetadata(row.metadata);
    if (row.traceId !== "" || row.spanId !== "") { this.ids ??= []; this.ids[at * 2] = row.traceId; this.ids[at * 2 + 1] = row.spanId; }
    if (at > 0) {
      const last = this.tsMs[at - 1] ?? 0;
      if (row.tsMs < last || (row.tsMs === last && row.tsNs < (this.tsNs[at - 1] ?? 0))) this.isSorted = false;
    }
    if (row.tsMs < this.minMs) this.minMs = row.tsMs;
    if (row.tsMs > this.maxMs) this.maxMs = row.tsMs;
    if (row.stream >= this.streamsIn.length) this.streamsIn = grown(this.streamsIn, new Uint8Array(Math.max(row.stream + 1, this.streamsIn.length * 2)));
    this.streamsIn[row.stream] = 1;
    this.count = at + 1;
  }

  private growRows(): void {
    const size = this.tsMs.length * 2;
    this.offsets = grown(this.offsets, new Uint32Array(size + 1));
    this.tsMs = grown(this.tsMs, new Float64Array(size));
    this.tsNs = grown(this.tsNs, new Uint32Array(size));
    this.streams = grown(this.streams, new Uint32Array(size));
    this.metadataAt = grown(this.metadataAt, new Uint32Array(size));
  }

  private addMetadata(pairs: readonly (readonly [string, string])[]): number {
    const at = this.metadataEnd;
    const needed = at + 1 + pairs.length * 2;
    if (needed > this.metadata.length) this.metadata = grown(this.metadata, new Uint32Array(Math.max(needed, this.metadata.length * 2)));
    this.metadata[at] = pairs.length;
    let out = at + 1;
    for (const [name, value] of pairs) {
      this.metadata[out] = this.intern(name);
      this.metadata[out + 1] = this.intern(value);
      out += 2;
    }
    this.metadataEnd = needed;
    return at;
  }

  private intern(text: string): number {
    const ids = this.stringIds;
    if (ids === undefined) throw new Error("BUG: expected an open chunk");
    const known = ids.get(text);
    if (known !== undefined) return known;
    const id = this.strings.length;
    this.strings.push(text);
    ids.set(text, id);
    return id;
  }

  hasMetadata(row: number): boolean { return (this.metadataAt[row] ?? 0) !== 0 || (this.ids !== undefined && (this.ids[row * 2] ?? "") !== ""); }

  /** Calls with each pair of structured metadata of a row, trace_id and span_id last. */
  eachMetadata(row: number, visit: (name: string, value: string) => void): void {
    const at = this.metadataAt[row] ?? 0;
    if (at !== 0) {
      const end = at + 1 + (this.metadata[at] ?? 0) * 2;
      for (let index = at + 1; index < end; index += 2) visit(this.strings[this.metadata[index] ?? 0] ?? "", this.strings[this.metadata[index + 1] ?? 0] ?? "");
    }
    if (this.ids === undefined) return;
    const traceId = this.ids[row * 2] ?? "";
    const spanId = this.ids[row * 2 + 1] ?? "";
    if (traceId !== "") visit("trace_id", traceId);
    if (spanId !== "") visit("span_id", spanId);
  }

  /** Forgets the rows from `count` on; only while the chunk is open. Its bounds in time may stay wider than its rows. */
  truncate(count: number): void { this.count = Math.min(this.count, count); }

  isFull(): boolean { return this.count >= chunkRowsMax || this.bodyBytes >= chunkBytesMax; }

  /** No more rows: trims the columns and forgets what only appending needs. */
  close(): void {
    const { count } = this;
    this.isClosed = true;
    this.rawBytes = this.bodyBytes;
    this.bodies = this.bodies.slice(0, this.rawBytes);
    this.offsets = this.offsets.slice(0, count + 1);
    this.tsMs = this.tsMs.slice(0, count);
    this.tsNs = this.tsNs.slice(0, count);
    this.streams = this.streams.slice(0, count);
    this.metadataAt = this.metadataEnd === 1 ? new Uint32Array(0) : this.metadataAt.slice(0, count);
    this.metadata = this.metadata.slice(0, this.metadataEnd);
    this.stringIds = undefined;
  }

  /** Puts the compressed bodies in the place of the raw ones. */
  seal(compressed: Uint8Array): void {
    this.compressed = compressed;
    this.bodies = new Uint8Array(0);
  }

  readBodies(tools: ByteTools): Uint8Array {
    return this.compressed === undefined ? this.bodies : tools.decompress(this.compressed, this.rawBytes);
  }

  /** Row numbers by time; undefined where the rows are in order already. */
  orderByTime(): Uint32Array | undefined {
    if (this.isSorted) return undefined;
    const order = new Uint32Array(this.count);
    for (let row = 0; row < this.count; row += 1) order[row] = row;
    return order.sort((a, b) => (this.tsMs[a] ?? 0) - (this.tsMs[b] ?? 0) || (this.tsNs[a] ?? 0) - (this.tsNs[b] ?? 0) || a - b);
  }
}
