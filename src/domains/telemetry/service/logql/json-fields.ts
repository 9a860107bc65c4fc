// A few fields of a JSON line, as places in its bytes: the quick way for lines as loggers write them. Whatever is unusual (escapes in names, a field that
// lies deeper, a line that is no object) is "unsure", and JsonScanner, which knows every case, decides. Where this is sure, both say the same.
import type { ByteTools } from "../byte-tools.ts";
import { sanitizeName } from "./json-scan.ts";

const quote = 0x22, backslash = 0x5c, braceOpen = 0x7b, braceClose = 0x7d, bracketOpen = 0x5b, bracketClose = 0x5d, comma = 0x2c, colon = 0x3a, minus = 0x2d;
/** Different names that are remembered; a logger has a few dozen. */
const keysMax = 256;
/** More fields than this are no quick look any more. */
export const fieldsMax = 8;

/** `field`: the place among the fields, -1 where nobody asks for it, -2 where nobody asks for it but for something inside of it. */
interface Key { readonly bytes: Uint8Array; readonly field: number; next: Key | undefined }

function isSame(key: Key, bytes: Uint8Array, at: number): boolean {
  const own = key.bytes;
  for (let index = 0; index < own.length; index += 1) if (bytes[at + index] !== own[index]) return false;
  return true;
}

export class JsonFields {
  readonly names: readonly string[];
  /** Where the value of each field stands after `scan`, -1 where the line has none. A text is without its quotes. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  private readonly tools: ByteTools;
  private readonly keys: Key[] = [];
  /** The name that a line begins with, and after each the one that came next: lines of one logger look alike. */
  private readonly first: Key = { bytes: new Uint8Array(0), field: -1, next: undefined };

  constructor(names: readonly string[], tools: ByteTools) {
    this.names = names;
    this.tools = tools;
    this.starts = new Int32Array(names.length);
    this.ends = new Int32Array(names.length);
  }

  /** False where it is unsure. `valuesMax`: after so many values the rest of a line that ends with } is not read, as JsonScanner does. */
  scan(bytes: Uint8Array, start: number, end: number, valuesMax: number): boolean {
    const { starts, ends } = this;
    starts.fill(-1);
    let left = bytes[end - 1] === braceClose ? valuesMax : Infinity;
    let at = start;
    while (at < end && (bytes[at] as number) <= 0x20) at += 1; // places below `end` are within the bytes, here and below
    if (at >= end || bytes[at] !== braceOpen) return false;
    at += 1;
    let before = this.first;
    for (;;) {
      while (at < end && (bytes[at] as number) <= 0x20) at += 1;
      if (at >= end || bytes[at] !== quote) return before === this.first && at < end && bytes[at] === braceClose;
      at += 1;
      let key = before.next;
      if (key === undefined || at + key.bytes.length >= end || bytes[at + key.bytes.length] !== quote || !isSame(key, bytes, at)) {
        key = this.lookUp(bytes, at, end);
        if (key === undefined) return false;
        before.next = key;
      }
      before = key;
      at += key.bytes.length + 1;
      while (at < end && (bytes[at] as number) <= 0x20) at += 1;
      if (at >= end || bytes[at] !== colon) return false;
      at += 1;
      while (at < end && (bytes[at] as number) <= 0x20) at += 1;
      if (at >= end) return false;
      const from = at;
      const { field } = key;
      const head = bytes[at] as number;
      if (head === quote) {
        at += 1;
        for (;;) {
          if (at >= end) return false;
          const byte = bytes[at] as number;
          at += 1;
          if (byte === quote) break;
          if (byte === backslash) { if (field >= 0) return false; at += 1; }
        }
        if (field >= 0 && starts[field] === -1) { starts[field] = from + 1; ends[field] = at - 1; left -= 1; }
      } else if (head === braceOpen || head === bracketOpen) {
        if (head === braceOpen && (field === -2 || field >= 0)) return false;
        at = skipNested(bytes, at, end);
        if (at < 0) return false;
      } else {
        while (at < end) {
          const byte = bytes[at] as number;
          if (byte === comma || byte === braceClose || byte === bracketClose || byte <= 0x20) break;
          at += 1;
        }
        if (head !== minus && (head < 0x30 || head > 0x39)) return false;
        if (field >= 0 && starts[field] === -1) { starts[field] = from; ends[field] = at; left -= 1; }
      }
      if (left <= 0) return true;
      while (at < end && (bytes[at] as number) <= 0x20) at += 1;
      if (at >= end) return false;
      if (bytes[at] === braceClose) return true;
      if (bytes[at] !== comma) return false;
      at += 1;
    }
  }

  /** Undefined where the name is unusual. */
  private lookUp(bytes: Uint8Array, at: number, end: number): Key | undefined {
    let to = at;
    while (to < end && bytes[to] !== quote) { if (bytes[to] === backslash) return undefined; to += 1; }
    if (to >= end) return undefined;
    for (const key of this.keys) if (key.bytes.length === to - at && isSame(key, bytes, at)) return key;
    if (this.keys.length >= keysMax) return undefined;
    const full = sanitizeName(this.tools.decode(bytes, at, to), true);
    const field = full === "" ? -1 : this.names.indexOf(full);
    const isOutside = field < 0 && full !== "" && this.names.some((name) => name.startsWith(`${full}_`));
    const key: Key = { bytes: bytes.slice(at, to), field: isOutside ? -2 : field, next: undefined };
    this.keys.push(key);
    return key;
  }
}

/** The place after an object or array, -1 where it does not end. */
function skipNested(bytes: Uint8Array, start: number, end: number): number {
  let depth = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number; // below `end`
    if (byte === quote) {
      at += 1;
      while (at < end && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
    } else if (byte === braceOpen || byte === bracketOpen) depth += 1;
    else if (byte === braceClose || byte === bracketClose) { depth -= 1; if (depth === 0) return at + 1; }
  }
  return -1;
}
