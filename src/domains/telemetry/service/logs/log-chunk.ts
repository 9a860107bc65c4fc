// A run of log lines in columns: bodies in one run of bytes with offsets, times in two numbers, streams and metadata by index.
import type { ByteTools } from "../byte-tools.ts";
import { TextTable } from "../wire/text-table.ts";
import { IdColumn } from "./id-column.ts";

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

export interface ChunkMark { readonly count: number; readonly metadataEnd: number; readonly texts: number }

function grown<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

type NumberPairs = readonly (readonly [number, number])[];

/** What was made of a severity before: lines have a handful of different ones. */
class SeverityMemo {
  private readonly known: { readonly severity: number; readonly text: string; readonly pairs: NumberPairs }[] = [];

  pairs(severity: number, text: string, make: () => NumberPairs): NumberPairs {
    for (const one of this.known) if (one.severity === severity && one.text === text) return one.pairs;
    const pairs = make();
    if (this.known.length < 32) this.known.push({ severity, text, pairs });
    return pairs;
  }

  clear(): void { this.known.length = 0; }
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
  /** Runs of pairs, each after their number; a row knows where its run begins. Place 0 is of nobody. */
  private metadata = new Uint32Array(1024);
  private metadataEnd = 1;
  private runStart = 0;
  /** Of a closed chunk, once somebody has asked. */
  private metadataNames: ReadonlySet<string> | undefined;
  /** Names and values of the metadata. */
  readonly texts = new TextTable();
  readonly severities = new SeverityMemo();
  private ids: IdColumn | undefined;
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
  get sizeBytes(): number {
    return (
      (this.compressed?.length ?? this.bodies.length) + this.tsMs.length * 28 + this.metadata.length * 4 + this.texts.sizeBytes + (this.ids?.sizeBytes ?? 0)
    );
  }

  /** Opens the metadata of the row to come; every row begins with it. */
  begin(): void {
    this.runStart = this.metadataEnd;
    this.metadataEnd += 1;
    if (this.metadataEnd > this.metadata.length) this.growMetadata();
  }

  /** Names and values by their numbers among `texts`. */
  addPair(name: number, value: number): void {
    const at = this.metadataEnd;
    if (at + 2 > this.metadata.length) this.growMetadata();
    this.metadata[at] = name;
    this.metadata[at + 1] = value;
    this.metadataEnd = at + 2;
  }

  /** Forgets what was begun. */
  abandon(): void { this.metadataEnd = this.runStart; }

  /** The trace and span of the row to come: lower-case hex, "" where unknown. */
  setIds(traceId: string, spanId: string): void { (this.ids ??= new IdColumn()).set(this.count, traceId, spanId); }
  /** The same off the wire: 16 and 8 bytes, each at -1 where it is absent. */
  setIdBytes(view: DataView, traceAt: number, spanAt: number): void { (this.ids ??= new IdColumn()).setBytes(this.count, view, traceAt, spanAt); }

  append(row: LogRow, body: Uint8Array, start: number, end: number): void {
    this.begin();
    for (const [name, value] of row.metadata) this.addPair(this.texts.take(name), this.texts.take(value));
    if (row.traceId !== "" || row.spanId !== "") this.setIds(row.traceId, row.spanId);
    this.finish(row, body, start, end);
  }

  /** Ends the row that was begun. `body` is copied. */
  finish(row: { readonly stream: number; readonly tsMs: number; readonly tsNs: number }, body: Uint8Array, start: number, end: number): void {
    const at = this.count;
    if (at >= this.tsMs.length) this.growRows();
    const from = this.offsets[at] ?? 0;
    const to = from + end - start;
    if (to > this.bodies.length) this.bodies = grown(this.bodies, new Uint8Array(Math.max(to, this.bodies.length * 2)));
    // The way into native code costs as much as a hundred bytes by themselves.
    if (end - start < 128) for (let index = start, out = from; index < end; index += 1, out += 1) this.bodies[out] = body[index] as number; // within the bounds of the caller's field
    else this.bodies.set(start === 0 && end === body.length ? body : body.subarray(start, end), from);
    this.offsets[at + 1] = to;
    const { stream, tsMs, tsNs } = row;
    this.tsMs[at] = tsMs;
    this.tsNs[at] = tsNs;
    this.streams[at] = stream;
    const pairs = (this.metadataEnd - this.runStart - 1) >> 1;
    if (pairs === 0) this.metadataEnd = this.runStart;
    else this.metadata[this.runStart] = pairs;
    this.metadataAt[at] = pairs === 0 ? 0 : this.runStart;
    if (at > 0) {
      const last = this.tsMs[at - 1] ?? 0;
      if (tsMs < last || (tsMs === last && tsNs < (this.tsNs[at - 1] ?? 0))) this.isSorted = false;
    }
    if (tsMs < this.minMs) this.minMs = tsMs;
    if (tsMs > this.maxMs) this.maxMs = tsMs;
    if (stream >= this.streamsIn.length) this.streamsIn = grown(this.streamsIn, new Uint8Array(Math.max(stream + 1, this.streamsIn.length * 2)));
    this.streamsIn[stream] = 1;
    this.count = at + 1;
  }

  private growMetadata(): void { this.metadata = grown(this.metadata, new Uint32Array(this.metadata.length * 2)); }

  private growRows(): void {
    const size = this.tsMs.length * 2;
    this.offsets = grown(this.offsets, new Uint32Array(size + 1));
    this.tsMs = grown(this.tsMs, new Float64Array(size));
    this.tsNs = grown(this.tsNs, new Uint32Array(size));
    this.streams = grown(this.streams, new Uint32Array(size));
    this.metadataAt = grown(this.metadataAt, new Uint32Array(size));
  }

  hasMetadata(row: number): boolean { return (this.metadataAt[row] ?? 0) !== 0 || this.ids?.has(row) === true; }

  /** Whether any row may have structured metadata of this name. */
  hasMetadataNamed(name: string): boolean {
    if (this.ids !== undefined && (name === "trace_id" || name === "span_id")) return true;
    if (!this.isClosed) return this.texts.find(name) !== undefined;
    this.metadataNames ??= this.readMetadataNames();
    return this.metadataNames.has(name);
  }

  private readMetadataNames(): ReadonlySet<string> {
    const ids = new Set<number>();
    for (let at = 1; at < this.metadataEnd;) {
      const end = at + 1 + (this.metadata[at] ?? 0) * 2;
      for (let index = at + 1; index < end; index += 2) ids.add(this.metadata[index] ?? 0);
      at = end;
    }
    return new Set([...ids].map((id) => this.texts.get(id)));
  }

  /** Calls with each pair of structured metadata of a row, trace_id and span_id last. */
  eachMetadata(row: number, visit: (name: string, value: string) => void): void {
    const at = this.metadataAt[row] ?? 0;
    if (at !== 0) {
      const end = at + 1 + (this.metadata[at] ?? 0) * 2;
      for (let index = at + 1; index < end; index += 2) visit(this.texts.get(this.metadata[index] ?? 0), this.texts.get(this.metadata[index + 1] ?? 0));
    }
    if (this.ids === undefined) return;
    const traceId = this.ids.traceOf(row);
    const spanId = this.ids.spanOf(row);
    if (traceId !== "") visit("trace_id", traceId);
    if (spanId !== "") visit("span_id", spanId);
  }

  /** What `truncate` wants. */
  mark(): ChunkMark { return { count: this.count, metadataEnd: this.metadataEnd, texts: this.texts.count }; }

  /** Forgets what came after the mark; only while the chunk is open. Its bounds in time may stay wider than its rows. */
  truncate(mark: ChunkMark): void {
    this.count = Math.min(this.count, mark.count);
    this.metadataEnd = mark.metadataEnd;
    this.texts.truncate(mark.texts);
    this.severities.clear();
    this.ids?.truncate(mark.count);
  }

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
    this.texts.close();
    this.ids?.close(count);
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
