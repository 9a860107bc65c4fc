// Attributes of all spans in three columns: name, type, value (a small number, or the number of a text). A span knows where its run begins.
import { attributeText, valueBool, valueDouble, valueInt, valueJson, valueString, type AttributeValue } from "../otlp/any-value.ts";
import type { KeyValueCache } from "../wire/key-value-cache.ts";
import type { TextTable } from "../wire/text-table.ts";

/** Added to the type where the value is a place among the wide numbers. */
const wide = 8;

export class AttributePool {
  readonly texts: TextTable;
  readonly names: TextTable;
  count = 0;
  keys = new Uint32Array(1024);
  /** A type above the numbers of types is of a wide number; see `typeAt` and `numberAt`. */
  types = new Uint8Array(1024);
  values = new Uint32Array(1024);
  private wides = new Float64Array(64);
  private wideCount = 0;

  constructor(names: TextTable, texts: TextTable) {
    this.names = names;
    this.texts = texts;
  }

  add(key: number, value: AttributeValue): void {
    if (value.type === valueString || value.type === valueJson) this.addText(key, value.type, this.texts.take(value.text));
    else this.addNumber(key, value.type, value.number);
  }

  /** `type` is string or JSON, `text` a number of the texts. */
  addText(key: number, type: number, text: number): void { this.addCell(key, type, text); }

  /** An attribute as it lies in the columns. */
  addCell(key: number, type: number, value: number): void {
    const at = this.count;
    if (at === this.keys.length) this.grow();
    this.keys[at] = key;
    this.types[at] = type;
    this.values[at] = value;
    this.count = at + 1;
  }

  addNumber(key: number, type: number, value: number): void {
    if (type !== valueDouble && value === (value | 0) && !Object.is(value, -0)) { this.addCell(key, type, value); return; }
    if (this.wideCount === this.wides.length) { const wides = new Float64Array(this.wideCount * 2); wides.set(this.wides); this.wides = wides; }
    this.wides[this.wideCount] = value;
    this.addCell(key, type + wide, this.wideCount);
    this.wideCount += 1;
  }

  /** Remembers the newest attribute by its bytes; a wide number has a place of its own each time. */
  keep(cache: KeyValueCache, slot: number, view: DataView, start: number, end: number): void {
    const at = this.count - 1;
    if ((this.types[at] ?? 0) >= wide) return;
    cache.put(slot, view, start, end);
    cache.names[slot] = this.keys[at] ?? 0;
    cache.types[slot] = this.types[at] ?? 0;
    cache.values[slot] = this.values[at] ?? 0;
  }

  private grow(): void {
    const size = this.count * 2;
    const keys = new Uint32Array(size); keys.set(this.keys); this.keys = keys;
    const types = new Uint8Array(size); types.set(this.types); this.types = types;
    const values = new Uint32Array(size); values.set(this.values); this.values = values;
  }

  /** Forgets the attributes from `count` on. */
  truncate(count: number): void {
    for (let at = count; at < this.count; at += 1) if ((this.types[at] ?? 0) >= wide) { this.wideCount = this.values[at] ?? 0; break; }
    this.count = count;
  }

  /** The place of an attribute in a run, -1 where it is absent. */
  find(start: number, end: number, key: number): number {
    const { keys } = this;
    for (let at = start; at < end; at += 1) if (keys[at] === key) return at;
    return -1;
  }

  typeAt(at: number): number { return (this.types[at] ?? 0) & 7; }
  /** The number of the text of a string or JSON. */
  textIdAt(at: number): number { return this.values[at] ?? 0; }
  /** A number or truth (0, 1). */
  numberAt(at: number): number {
    const value = this.values[at] ?? 0;
    return (this.types[at] ?? 0) >= wide ? this.wides[value] ?? 0 : value | 0;
  }

  /** A text, number or truth; arrays and maps as parsed JSON. */
  read(at: number): string | number | boolean | readonly unknown[] {
    switch (this.typeAt(at)) {
      case valueString: return this.texts.get(this.textIdAt(at));
      case valueBool: return this.numberAt(at) === 1;
      case valueJson: return readJson(this.texts.get(this.textIdAt(at)));
      default: return this.numberAt(at);
    }
  }

  text(at: number): string {
    const type = this.typeAt(at);
    const isText = type === valueString || type === valueJson;
    return attributeText({ type, number: isText ? 0 : this.numberAt(at), text: isText ? this.texts.get(this.textIdAt(at)) : "" });
  }

  /** AnyValue in OTLP/JSON. */
  json(at: number): object {
    switch (this.typeAt(at)) {
      case valueBool: return { boolValue: this.numberAt(at) === 1 };
      case valueInt: return { intValue: String(this.numberAt(at)) };
      case valueDouble: return { doubleValue: this.numberAt(at) };
      case valueJson: {
        const text = this.texts.get(this.textIdAt(at));
        const parsed = readJson(text);
        return Array.isArray(parsed) ? { arrayValue: { values: parsed.map(jsonAny) } } : { stringValue: text };
      }
      default: return { stringValue: this.texts.get(this.textIdAt(at)) };
    }
  }
}

export function jsonAny(value: unknown): object {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { stringValue: typeof value === "string" ? value : JSON.stringify(value) };
}

function readJson(text: string): string | readonly unknown[] {
  try { const value: unknown = JSON.parse(text); return Array.isArray(value) ? value : text; } catch { return text; }
}
