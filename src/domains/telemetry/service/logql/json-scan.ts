// One pass over the bytes of a JSON object: names flattened with `_` and sanitized as Loki does, values as they were written. Arrays and null are left out.
// Lenient where Loki is: what follows the closing brace is not read.
import type { ByteTools } from "../byte-tools.ts";
import { StringTable } from "../wire/strings.ts";

export interface JsonSink {
  /** Whether labels with this name, or names that begin with it (`isPrefix`), are asked for. */
  wants(name: string, isPrefix: boolean): boolean;
  /** False where a label of this name was there before. */
  set(name: string, value: string): boolean;
}

const quote = 0x22, backslash = 0x5c, braceOpen = 0x7b, braceClose = 0x7d, bracketOpen = 0x5b, bracketClose = 0x5d, comma = 0x2c, colon = 0x3a;
/** Deeper objects are no log line. */
const depthMax = 64;
/** Names repeat from line to line; the table of a query is bounded. */
const namesMax = 4096;

export function sanitizeName(name: string, isStart: boolean): string {
  const trimmed = name.trim();
  if (trimmed === "") return "";
  const clean = trimmed.replaceAll(/[^a-zA-Z0-9_]/gu, "_");
  return isStart && /^\d/.test(clean) ? `_${clean}` : clean;
}

/** A key that was met, with what the sink says of it: asked once, because a scanner serves one stage of one query. */
interface KnownKey { readonly prefix: string; readonly full: string; readonly bytes: Uint8Array; readonly wantsValue: boolean; readonly wantsInside: boolean }
const slotCount = 512;

export class JsonScanner {
  private readonly tools: ByteTools;
  private readonly values = new StringTable();
  private readonly names = new Map<string, string>();
  private readonly byHash: (KnownKey | undefined)[] = new Array<KnownKey | undefined>(slotCount).fill(undefined);
  private bytes: Uint8Array = new Uint8Array(0);
  private end = 0;
  private at = 0;
  /** After this many values the rest of a line that ends with } is not read: nobody asks for more. */
  private readonly valuesMax: number;
  private valuesLeft = 0;
  /** What was wrong, "" where the object was whole. */
  problem = "";

  constructor(tools: ByteTools, valuesMax = Infinity) {
    this.tools = tools;
    this.valuesMax = valuesMax;
  }

  /** Hands the wanted values to the sink; false where the bytes are no JSON object (what came before the fault was handed over). */
  scan(bytes: Uint8Array, start: number, end: number, sink: JsonSink): boolean {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.problem = "";
    this.valuesLeft = bytes[end - 1] === braceClose ? this.valuesMax : Infinity;
    this.space();
    if (bytes[this.at] !== braceOpen || this.at >= end) { this.problem = "expecting json object, but it is not"; return false; }
    return this.object("", 0, sink);
  }

  private space(): void {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && (bytes[at] ?? 0) <= 0x20) at += 1;
    this.at = at;
  }

  private fail(problem: string): false {
    if (this.problem === "") this.problem = problem;
    return false;
  }

  private object(prefix: string, depth: number, sink: JsonSink): boolean {
    if (depth > depthMax) return this.fail("nested too deep");
    this.at += 1;
    this.space();
    if (this.bytes[this.at] === braceClose && this.at < this.end) { this.at += 1; return true; }
    for (;;) {
      this.space();
      if (this.at >= this.end || this.bytes[this.at] !== quote) return this.fail("Value looks like object, but can't find closing '}' symbol");
      const keyStart = this.at + 1;
      if (!this.skipString()) return false;
      const keyEnd = this.at - 1;
      this.space();
      if (this.bytes[this.at] !== colon || this.at >= this.end) return this.fail("Malformed JSON error: expecting ':'");
      this.at += 1;
      this.space();
      if (!this.value(this.keyOf(prefix, keyStart, keyEnd, sink), depth, sink)) return false;
      if (this.valuesLeft <= 0) return true;
      this.space();
      const next = this.at < this.end ? this.bytes[this.at] : 0;
      this.at += 1;
      if (next === braceClose) return true;
      if (next !== comma) return this.fail("Value looks like object, but can't find closing '}' symbol");
    }
  }

  /** A key by its bytes; its name is "" where nothing is left of it. */
  private keyOf(prefix: string, start: number, end: number, sink: JsonSink): KnownKey {
    const { bytes } = this;
    const length = end - start;
    let hash = length + prefix.length * 31;
    for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 9)) & (slotCount - 1);
    const known = this.byHash[slot];
    if (known !== undefined && known.bytes.length === length && known.prefix === prefix) {
      let index = 0;
      while (index < length && known.bytes[index] === bytes[start + index]) index += 1;
      if (index === length) return known;
    }
    const made = this.makeKey(prefix, bytes.slice(start, end), sink);
    this.byHash[slot] = made;
    return made;
  }

  private makeKey(prefix: string, bytes: Uint8Array, sink: JsonSink): KnownKey {
    let raw = this.tools.decode(bytes, 0, bytes.length);
    if (raw.includes("\\")) raw = unescapeJson(raw);
    const cacheKey = `${prefix}\u0000${raw}`;
    let full = this.names.get(cacheKey);
    if (full === undefined) {
      const clean = sanitizeName(raw, prefix === "");
      full = clean === "" ? "" : prefix === "" ? clean : `${prefix}_${clean}`;
      if (this.names.size < namesMax) this.names.set(cacheKey, full);
    }
    return { prefix, full, bytes, wantsValue: full !== "" && sink.wants(full, false), wantsInside: full !== "" && sink.wants(full, true) };
  }

  private value(key: KnownKey, depth: number, sink: JsonSink): boolean {
    const first = this.at < this.end ? this.bytes[this.at] : 0;
    const start = this.at;
    if (first === quote) {
      if (!this.skipString()) return false;
      if (key.wantsValue) {
        const text = this.read(start + 1, this.at - 1);
        if (sink.set(key.full, text.includes("\\") ? unescapeJson(text) : text)) this.valuesLeft -= 1;
      }
      return true;
    }
    if (first === braceOpen) return key.wantsInside ? this.object(key.full, depth + 1, sink) : this.skipNested();
    if (first === bracketOpen) return this.skipNested();
    return this.literal(key, start, sink);
  }

  /** Short values repeat from line to line. */
  private read(start: number, end: number): string {
    return end - start <= 24 ? this.values.read(this.bytes, start, end) : this.tools.decode(this.bytes, start, end);
  }

  private literal(key: KnownKey, start: number, sink: JsonSink): boolean {
    const { bytes, end } = this;
    let at = start;
    for (; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === comma || byte === braceClose || byte === bracketClose || byte <= 0x20) break;
    }
    this.at = at;
    const first = bytes[start] ?? 0;
    const isNumber = first === 0x2d || (first >= 0x30 && first <= 0x39);
    if (isNumber) {
      if (key.wantsValue && sink.set(key.full, this.read(start, at))) this.valuesLeft -= 1;
      return true;
    }
    const text = at - start <= 5 ? this.read(start, at) : "";
    if (text !== "true" && text !== "false" && text !== "null") return this.fail("Unknown value type");
    if (key.wantsValue && text !== "null" && sink.set(key.full, text)) this.valuesLeft -= 1;
    return true;
  }

  private skipString(): boolean {
    const { bytes, end } = this;
    let at = this.at + 1;
    while (at < end) {
      const byte = bytes[at];
      if (byte === quote) { this.at = at + 1; return true; }
      at += byte === backslash ? 2 : 1;
    }
    return this.fail("Value is string, but can't find closing '\"' symbol");
  }

  private skipNested(): boolean {
    const { bytes, end } = this;
    let depth = 0;
    while (this.at < end) {
      const byte = bytes[this.at];
      if (byte === quote) { if (!this.skipString()) return false; continue; }
      this.at += 1;
      if (byte === braceOpen || byte === bracketOpen) depth += 1;
      else if (byte === braceClose || byte === bracketClose) { depth -= 1; if (depth === 0) return true; }
    }
    return this.fail("Value looks like object, but can't find closing '}' symbol");
  }
}

/** The text of a JSON string's inside; a broken escape stays as it was written. */
export function unescapeJson(raw: string): string {
  try {
    const value: unknown = JSON.parse(`"${raw.replaceAll(/[\u0000-\u001f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`);
    return typeof value === "string" ? value : raw;
  } catch { return raw; }
}
