// What a signal has taken in, on disk: append-only segments of checked records, replayed at the start. Knows no signal's content.
// A record is on its way to the disk when `append` returns (kill -9 loses nothing acknowledged); power loss loses what fsync had not reached.
import { closeSync, existsSync, fdatasync, ftruncateSync, openSync, readdirSync, readFileSync, rmSync, statSync, writevSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { messageOf } from "../../../base/errors.ts";
import { HttpError } from "../types/http-error.ts";
import { makeFolder } from "./data-folder.ts";

const magic = Buffer.from("INSPSEG1", "latin1");
const headerBytes = 9; // u32 length, u32 checksum, u8 kind
// Replay reads a segment at once; larger ones would show in memory.
const segmentBytesMax = 32 * 1024 * 1024;
// A record above this is no request that we would have taken.
const recordBytesMax = 128 * 1024 * 1024;
// What a worktree may keep of one signal on disk; the oldest segments go first.
const totalBytesMax = 2 * 1024 * 1024 * 1024;
// How long the disk may lag behind; only power loss shows it.
const syncMs = 1000;

export interface SegmentLog {
  /** Throws HttpError 507 where the disk does not take it; nothing is kept of the record then. */
  append(kind: number, payload: Uint8Array): void;
  /** Removes everything. */
  clear(): void;
  /** Segments dropped because of the bound on disk, since the start. */
  readonly evictedSegments: number;
  /** Waits for the disk; append is not allowed after it. */
  close(): Promise<void>;
}

/** The log of an engine without --data. */
export const memoryLog: SegmentLog = { append: () => {}, clear: () => {}, evictedSegments: 0, close: () => Promise.resolve() };

interface Segment { readonly path: string; sizeBytes: number }

/** Hands every whole record to `onRecord`; returns where the whole ones end. */
function replaySegment(path: string, onRecord: (kind: number, payload: Uint8Array) => void): number {
  const bytes = readFileSync(path);
  if (bytes.length < magic.length || !bytes.subarray(0, magic.length).equals(magic)) return 0;
  let at = magic.length;
  while (at + headerBytes <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    const end = at + headerBytes + length;
    if (length > recordBytesMax || end > bytes.length) break;
    if (crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4)) break;
    onRecord(bytes[at + 8] ?? 0, bytes.subarray(at + headerBytes, end));
    at = end;
  }
  return at;
}

function listSegments(folder: string): Segment[] {
  return readdirSync(folder).filter((name) => /^\d{8}\.seg$/.test(name)).sort().map((name) => ({ path: join(folder, name), sizeBytes: statSync(join(folder, name)).size }));
}

class FileLog implements SegmentLog {
  evictedSegments = 0;
  readonly #folder: string;
  #segments: Segment[];
  #fd: number | undefined;
  #syncTimer: NodeJS.Timeout | undefined;

  constructor(folder: string, segments: Segment[]) {
    this.#folder = folder;
    this.#segments = segments;
  }

  append(kind: number, payload: Uint8Array): void {
    const head = Buffer.allocUnsafe(headerBytes);
    head.writeUInt32LE(payload.length, 0);
    head[8] = kind;
    head.writeUInt32LE(crc32(payload, crc32(head.subarray(8, 9))), 4);
    let segment = this.#segments.at(-1);
    try {
      if (this.#fd === undefined || segment === undefined || segment.sizeBytes + payload.length > segmentBytesMax) segment = this.#open();
      this.#write(segment, [head, payload]);
    } catch (error) {
      if (error instanceof HttpError) throw error;
      throw new HttpError(
        507,
        `Cannot store in "${this.#folder}": ${messageOf(error)}, expected room on the disk. Nothing of this request was kept; what was stored before is still there.`,
        { cause: error },
      );
    }
    this.#syncTimer ??= setTimeout(() => this.#sync(), syncMs).unref();
  }

  clear(): void {
    this.#closeSegment();
    for (const { path } of this.#segments) rmSync(path, { force: true });
    this.#segments = [];
  }

  async close(): Promise<void> {
    clearTimeout(this.#syncTimer);
    const fd = this.#fd;
    if (fd !== undefined) await new Promise<void>((done) => fdatasync(fd, () => done()));
    this.#closeSegment();
  }

  #write(segment: Segment, parts: readonly Uint8Array[]): void {
    const fd = this.#fd;
    if (fd === undefined) throw new Error("BUG: expected an open segment");
    const wanted = parts.reduce((sum, part) => sum + part.length, 0);
    let written = -1;
    try {
      written = writevSync(fd, parts);
    } finally {
      if (written !== wanted) ftruncateSync(fd, segment.sizeBytes); // half a record must not hide the next whole one
    }
    if (written !== wanted) throw new Error(`the disk took ${written} of ${wanted} bytes`);
    segment.sizeBytes += wanted;
  }

  #open(): Segment {
    this.#closeSegment();
    const number = Number(/(\d{8})\.seg$/.exec(this.#segments.at(-1)?.path ?? "")?.[1] ?? 0) + 1;
    const segment: Segment = { path: join(this.#folder, `${String(number).padStart(8, "0")}.seg`), sizeBytes: 0 };
    this.#fd = openSync(segment.path, "ax", 0o600);
    this.#segments.push(segment);
    this.#write(segment, [magic]);
    let total = this.#segments.reduce((sum, one) => sum + one.sizeBytes, 0);
    while (total > totalBytesMax && this.#segments.length > 1) {
      const oldest = this.#segments.shift();
      if (oldest === undefined) break;
      rmSync(oldest.path, { force: true });
      total -= oldest.sizeBytes;
      this.evictedSegments++;
    }
    return segment;
  }

  #sync(): void {
    this.#syncTimer = undefined;
    if (this.#fd !== undefined) fdatasync(this.#fd, () => {}); // the next append says what is wrong with the disk
  }

  #closeSegment(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** False for a folder that is not there. */
export function hasSegments(folder: string): boolean {
  return existsSync(folder) && listSegments(folder).length > 0;
}

/** Opens or makes the folder; replays what is there, and cuts a torn tail off the last segment. */
export function openSegmentLog(folder: string, onRecord: (kind: number, payload: Uint8Array) => void): SegmentLog {
  makeFolder(folder);
  const segments = listSegments(folder);
  for (const segment of segments) {
    const wholeBytes = replaySegment(segment.path, onRecord);
    // Never appended to again, and the whole records before the tear are kept: only the tail is cut.
    if (wholeBytes < segment.sizeBytes) {
      const fd = openSync(segment.path, "r+");
      ftruncateSync(fd, wholeBytes);
      closeSync(fd);
      segment.sizeBytes = wholeBytes;
    }
  }
  return new FileLog(folder, segments);
}
