// Every log line of a worktree: streams by their labels, lines in chunks, the oldest chunks evicted at the caps. Holds no clock and no disk.
import { labelSet, type LabelSet } from "../labels.ts";
import type { ByteTools } from "../byte-tools.ts";
import { KeyValueCache } from "../wire/key-value-cache.ts";
import { type ChunkMark, LogChunk, type LogRow } from "./log-chunk.ts";

/** Bodies that stay uncompressed, the newest: queries over them pay no decompression. */
const rawBytesMax = 160 * 1024 * 1024;
/** What the store may hold in memory; beyond it the oldest chunk goes, and answers say so. */
const storeBytesMax = 512 * 1024 * 1024;
/** More streams than this are a mistake in the labels (an id as a label), not an application. */
export const streamsMax = 100_000;

export interface LogMark { readonly chunk: LogChunk; readonly before: ChunkMark }

export class LogStore {
  chunks: LogChunk[] = [new LogChunk(0)];
  readonly streams: LabelSet[] = [];
  private streamIds = new Map<string, number>();
  evictedLines = 0;
  /** Attributes met lately in the open chunk, by the bytes they came in. */
  readonly known = new KeyValueCache();
  private rowsClosed = 0;
  /** Grows with every change, so that readers may keep what they derived. */
  generation = 0;

  /** The stream's number, undefined where there is no room for another one. */
  streamOf(entries: Iterable<readonly [string, string]>): number | undefined {
    const set = labelSet(entries);
    const known = this.streamIds.get(set.key);
    if (known !== undefined) return known;
    if (this.streams.length >= streamsMax) return undefined;
    const id = this.streams.length;
    this.streams.push(set);
    this.streamIds.set(set.key, id);
    return id;
  }

  get open(): LogChunk {
    const last = this.chunks.at(-1);
    if (last === undefined) throw new Error("BUG: expected an open chunk");
    return last;
  }

  /** Number that the next line gets; grows for ever. */
  get nextRow(): number { return this.open.firstRow + this.open.count; }

  get count(): number { return this.rowsClosed + this.open.count; }

  append(row: LogRow, body: Uint8Array, start: number, end: number): void {
    this.open.append(row, body, start, end);
  }

  /** Where a batch begins, for `rollback`. A batch lies in one chunk: `settle` closes chunks between batches. */
  mark(): LogMark { return { chunk: this.open, before: this.open.mark() }; }
  rollback({ chunk, before }: LogMark): void {
    chunk.truncate(before);
    this.known.clear();
  }

  /** After a batch: closes a full chunk and evicts what is above the caps. */
  settle(): void {
    this.generation += 1;
    const { open } = this;
    if (!open.isFull()) return;
    open.close();
    this.known.clear();
    this.rowsClosed += open.count;
    this.chunks.push(new LogChunk(open.firstRow + open.count));
    let total = this.chunks.reduce((sum, chunk) => sum + chunk.sizeBytes, 0);
    while (total > storeBytesMax && this.chunks.length > 2) {
      const oldest = this.chunks.shift();
      if (oldest === undefined) break;
      total -= oldest.sizeBytes;
      this.rowsClosed -= oldest.count;
      this.evictedLines += oldest.count;
    }
  }

  /** The oldest closed chunk that should be compressed, undefined where none is due. */
  nextToSeal(): LogChunk | undefined {
    const raw = this.chunks.filter((chunk) => chunk.isClosed && chunk.isRaw);
    return raw.reduce((sum, chunk) => sum + chunk.bodyBytes, 0) > rawBytesMax ? raw[0] : undefined;
  }

  /** Compresses one chunk where one is due; whether there was one. */
  sealOne(tools: ByteTools): boolean {
    const chunk = this.nextToSeal();
    if (chunk === undefined) return false;
    chunk.seal(tools.compress(chunk.bodies));
    return true;
  }

  clear(): void {
    this.chunks = [new LogChunk(this.nextRow)];
    this.known.clear();
    this.streams.length = 0;
    this.streamIds = new Map();
    this.evictedLines = 0;
    this.rowsClosed = 0;
    this.generation += 1;
  }
}
