// Distinct texts by number, kept as the bytes they came in: a known one is found by hash of its bytes, and only who reads one makes a string of it.
import { decodeUtf8 } from "./strings.ts";

// Strings made of the first texts are kept: what repeats comes early, and ids of requests must not live twice.
const decodedMax = 8192;
// From here on the run of bytes grows by a step: doubling hundreds of megabytes would copy and hold too much.
const growBytesMax = 64 * 1024 * 1024;

function viewOf(bytes: Uint8Array): DataView { return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength); }

export class TextTable {
  count = 0;
  private bytes = new Uint8Array(4096);
  private view = viewOf(this.bytes);
  /** Where the text of a number ends; it begins where the one before it ends. */
  private ends = new Uint32Array(256);
  private hashes = new Int32Array(256);
  private slots = new Int32Array(1024).fill(-1);
  private readonly decoded: (string | undefined)[] = [];
  /** Texts whose bytes were broken UTF-8, and the number of the same text in whole UTF-8. */
  private readonly mended = new Map<number, number>();
  private isMended = false;

  take(text: string): number {
    const bytes = new TextEncoder().encode(text);
    return this.takeBytes(bytes, viewOf(bytes), 0, bytes.length);
  }

  /** The number of a text, given one where it is new. `view` is of the same bytes. */
  takeBytes(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const hash = hashOf(bytes, view, start, end);
    const mask = this.slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot] as number; // within the mask
      if (id < 0) break;
      if (this.hashes[id] === hash && this.isSame(id, bytes, view, start, end)) return this.isMended ? this.mended.get(id) ?? id : id;
    }
    return this.add(bytes, { start, end, hash, slot });
  }

  find(text: string): number | undefined {
    const bytes = new TextEncoder().encode(text);
    const view = viewOf(bytes);
    const hash = hashOf(bytes, view, 0, bytes.length);
    const mask = this.slots.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot] as number; // within the mask
      if (id < 0) return undefined;
      if (this.hashes[id] === hash && this.isSame(id, bytes, view, 0, bytes.length)) return id;
    }
  }

  get(id: number): string {
    const known = this.decoded[id];
    if (known !== undefined) return known;
    if (id >= this.count) return "";
    const text = decodeUtf8(this.bytes, id === 0 ? 0 : this.ends[id - 1] ?? 0, this.ends[id] ?? 0);
    if (id < decodedMax) this.decoded[id] = text;
    return text;
  }

  /** Forgets the texts from `count` on. */
  truncate(count: number): void {
    if (count >= this.count) return;
    this.count = count;
    if (this.decoded.length > count) this.decoded.length = count;
    for (const [id, whole] of this.mended) if (id >= count || whole >= count) this.mended.delete(id);
    this.slots.fill(-1);
    for (let id = 0; id < count; id += 1) this.place(id);
  }

  /** No more texts: `get` still works, nothing is taken or found. */
  close(): void {
    this.bytes = this.bytes.slice(0, this.count === 0 ? 0 : this.ends[this.count - 1]);
    this.view = viewOf(this.bytes);
    this.ends = this.ends.slice(0, this.count);
    this.hashes = new Int32Array(0);
    this.slots = new Int32Array(1).fill(-1);
  }

  /** What the table holds in memory. */
  get sizeBytes(): number { return this.bytes.length + (this.ends.length + this.hashes.length + this.slots.length) * 4; }

  private isSame(id: number, bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
    let from = id === 0 ? 0 : this.ends[id - 1] as number; // ids in the slots are below count
    if ((this.ends[id] as number) - from !== end - start) return false;
    let at = start;
    for (; at + 4 <= end; at += 4, from += 4) if (view.getInt32(at, true) !== this.view.getInt32(from, true)) return false;
    for (; at < end; at += 1, from += 1) if (bytes[at] !== this.bytes[from]) return false;
    return true;
  }

  private add(bytes: Uint8Array, found: { readonly start: number; readonly end: number; readonly hash: number; readonly slot: number }): number {
    const { start, end, hash, slot } = found;
    const id = this.count;
    const from = id === 0 ? 0 : this.ends[id - 1] ?? 0;
    const to = from + end - start;
    if (to > this.bytes.length) this.growBytes(to);
    if (id === this.ends.length) this.growIds();
    this.bytes.set(bytes.subarray(start, end), from);
    this.ends[id] = to;
    this.hashes[id] = hash;
    this.slots[slot] = id;
    this.count = id + 1;
    if (this.count * 2 > this.slots.length) this.growSlots();
    let isAscii = true;
    for (let at = start; at < end && isAscii; at += 1) isAscii = (bytes[at] ?? 0) < 0x80;
    return isAscii ? id : this.mend(id, bytes, start, end);
  }

  /** Broken bytes mean the text that they decode to: it has one number, however it came. */
  private mend(id: number, bytes: Uint8Array, start: number, end: number): number {
    const whole = new TextEncoder().encode(decodeUtf8(bytes, start, end));
    if (whole.length === end - start && whole.every((byte, index) => byte === bytes[start + index])) return id;
    const mended = this.takeBytes(whole, viewOf(whole), 0, whole.length);
    this.mended.set(id, mended);
    this.isMended = true;
    return mended;
  }

  private place(id: number): void {
    const mask = this.slots.length - 1;
    const hash = this.hashes[id] ?? 0;
    let slot = (hash ^ (hash >>> 15)) & mask;
    while ((this.slots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = id;
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 4).fill(-1);
    for (let id = 0; id < this.count; id += 1) this.place(id);
  }

  private growIds(): void {
    const ends = new Uint32Array(this.ends.length * 2); ends.set(this.ends); this.ends = ends;
    const hashes = new Int32Array(this.hashes.length * 2); hashes.set(this.hashes); this.hashes = hashes;
  }

  private growBytes(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length + Math.min(this.bytes.length, growBytesMax)));
    bytes.set(this.bytes);
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

function hashOf(bytes: Uint8Array, view: DataView, start: number, end: number): number {
  let hash = Math.imul(end - start, 0x9e3779b1);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  for (; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0xc2b2ae35); // within the bounds of the caller's field
  return hash ^ (hash >>> 16);
}
