// Reads the protobuf wire format without a schema library: a cursor over bytes that every decoder steps through itself.
// Source: protobuf.dev/programming-guides/encoding. Every read is checked against the end of its message; groups are refused.
import { HttpError } from "../../types/http-error.ts";

export const wireVarint = 0;
export const wireFixed64 = 1;
export const wireBytes = 2;
export const wireFixed32 = 5;

// Messages within messages deeper than this come from no exporter; a deeper one would only exhaust the stack (AnyValue may nest itself).
export const nestingMax = 32;

function truncated(): HttpError {
  return new HttpError(400, "Cannot decode the protobuf message: it ends within a field, expected a whole message.");
}

const twoTo32 = 4_294_967_296;

export class ProtobufReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  /** End of the message that is being read; moved by `enter` and put back by `leave`. */
  end: number;
  /** Number and wire type of the field that `next` found. */
  field = 0;
  wire = 0;
  nanosRest = 0;
  #depth = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
    this.end = end;
  }

  /** Steps to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const first = this.bytes[this.at] as number; // within the bounds checked above
    if (first < 128 && first > 7) {
      this.at++;
      this.field = first >>> 3;
      this.wire = first & 7;
      return true;
    }
    const key = this.uint();
    this.field = Math.floor(key / 8);
    this.wire = key & 7;
    if (this.field === 0) throw new HttpError(400, "Cannot decode the protobuf message: field number 0, expected one of the schema.");
    return true;
  }

  /** An unsigned varint as a number: exact below 2^53, rounded above. */
  uint(): number {
    const { bytes, end } = this;
    let at = this.at;
    if (at < end) {
      const first = bytes[at] as number; // within the bounds checked above
      if (first < 128) { this.at = at + 1; return first; }
      if (at + 1 < end) {
        const second = bytes[at + 1] as number; // within the bounds checked above
        if (second < 128) { this.at = at + 2; return first & 127 | second << 7; }
      }
    }
    let low = 0, high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw truncated();
      const byte = bytes[at++] as number; // within the bounds checked above
      const bits = byte & 127;
      if (shift < 28) low += bits * 2 ** shift;
      else if (shift === 28) { low += (bits & 15) * 2 ** 28; high += bits >>> 4; }
      else high += bits * 2 ** (shift - 32);
      if (byte < 128) { this.at = at; return (high % twoTo32) * twoTo32 + low; }
    }
    throw new HttpError(400, "Cannot decode the protobuf message: a number of more than ten bytes, expected at most ten.");
  }

  /** A signed varint (int32, int64): exact within ±2^53. */
  int(): number {
    const { bytes } = this;
    const at = this.at;
    // Times of samples have six bytes, and there are millions of them: four bytes by shifts, the rest in a second word.
    if (at + 8 <= this.end) {
      const b0 = bytes[at] as number,
        b1 = bytes[at + 1] as number,
        b2 = bytes[at + 2] as number,
        b3 = bytes[at + 3] as number,
        b4 = bytes[at + 4] as number,
        b5 = bytes[at + 5] as number; // within the check above
      if ((b0 & b1 & b2 & b3 & b4 & 128) !== 0 && b5 < 128) {
        this.at = at + 6;
        return ((b4 & 127) | b5 << 7) * 268_435_456 + ((b0 & 127) | (b1 & 127) << 7 | (b2 & 127) << 14 | (b3 & 127) << 21);
      }
    }
    return this.#intSlowly();
  }

  #intSlowly(): number {
    const { bytes, end } = this;
    let at = this.at, low = 0, high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw truncated();
      const byte = bytes[at++] as number; // within the bounds checked above
      const bits = byte & 127;
      if (shift < 28) low += bits * 2 ** shift;
      else if (shift === 28) { low += (bits & 15) * 2 ** 28; high += bits >>> 4; }
      else high += bits * 2 ** (shift - 32);
      if (byte < 128) { this.at = at; return ((high % twoTo32) | 0) * twoTo32 + low; }
    }
    throw new HttpError(400, "Cannot decode the protobuf message: a number of more than ten bytes, expected at most ten.");
  }

  /** A zigzag varint (sint32, sint64). */
  sint(): number {
    const value = this.uint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    const at = this.#take(8);
    return this.view.getFloat64(at, true);
  }

  /** fixed64 as a number: exact below 2^53, rounded above. */
  fixed64(): number {
    const at = this.#take(8);
    return this.view.getUint32(at + 4, true) * twoTo32 + this.view.getUint32(at, true);
  }

  /** sfixed64 as a number: exact within ±2^53. */
  sfixed64(): number {
    const at = this.#take(8);
    return this.view.getInt32(at + 4, true) * twoTo32 + this.view.getUint32(at, true);
  }

  /** fixed64 nanoseconds as whole milliseconds, exact; `nanosRest` has what is below one. */
  nanosAsMs(): number {
    const at = this.#take(8);
    const high = this.view.getUint32(at + 4, true), low = this.view.getUint32(at, true);
    // 2^32 ns = 4294 ms + 967296 ns: the parts stay exact, the product of the whole would not.
    const rest = high * 967_296 + low;
    const more = Math.floor(rest / 1_000_000);
    this.nanosRest = rest - more * 1_000_000;
    return high * 4294 + more;
  }

  fixed32(): number {
    return this.view.getUint32(this.#take(4), true);
  }

  bool(): boolean {
    return this.uint() !== 0;
  }

  /** Length of a bytes, string or message field, checked to lie within the message; `at` is its first byte then. */
  length(): number {
    const length = this.uint();
    if (length > this.end - this.at) throw truncated();
    return length;
  }

  /** A view of the field's bytes, not a copy. */
  subarray(): Uint8Array {
    const length = this.length();
    const from = this.at;
    this.at += length;
    return this.bytes.subarray(from, this.at);
  }

  /** Enters a message field; returns what `leave` wants. */
  enter(): number {
    if (this.wire !== wireBytes) throw new HttpError(400, `Cannot decode the protobuf message: field ${this.field} has wire type ${this.wire}, expected a message.`);
    if (++this.#depth > nestingMax) throw new HttpError(400, `Cannot decode the protobuf message: messages nest deeper than ${nestingMax}.`);
    const length = this.length();
    const outer = this.end;
    this.end = this.at + length;
    return outer;
  }

  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
    this.#depth--;
  }

  skip(): void {
    switch (this.wire) {
      case wireVarint: this.int(); break;
      case wireFixed64: this.#take(8); break;
      case wireBytes: { const length = this.length(); this.at += length; break; }
      case wireFixed32: this.#take(4); break;
      default: throw new HttpError(400, `Cannot decode the protobuf message: wire type ${this.wire}, expected 0, 1, 2 or 5.`);
    }
  }

  #take(count: number): number {
    const at = this.at;
    if (at + count > this.end) throw truncated();
    this.at = at + count;
    return at;
  }
}
