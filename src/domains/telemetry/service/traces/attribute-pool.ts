// Attributes of all spans in three columns: name, type, value (a number, or the number of a text). A span knows where its run begins.
import { attributeText, valueBool, valueDouble, valueInt, valueJson, valueString, type AttributeValue } from "../otlp/any-value.ts";

export class TextTable {
  readonly texts: string[] = [];
  private readonly ids = new Map<string, number>();

  take(text: string): number {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.texts.length;
    this.texts.push(text);
    this.ids.set(text, id);
    return id;
  }

  find(text: string): number | undefined { return this.ids.get(text); }
  get(id: number): string { return this.texts[id] ?? ""; }
}

export class AttributePool {
  readonly texts: TextTable;
  readonly names: TextTable;
  count = 0;
  keys = new Uint32Array(1024);
  types = new Uint8Array(1024);
  values = new Float64Array(1024);

  constructor(names: TextTable, texts: TextTable) {
    this.names = names;
    this.texts = texts;
  }

  add(key: number, value: AttributeValue): void {
    if (this.count === this.keys.length) {
      const size = this.count * 2;
      const keys = new Uint32Array(size); keys.set(this.keys); this.keys = keys;
      const types = new Uint8Array(size); types.set(this.types); this.types = types;
      const values = new Float64Array(size); values.set(this.values); this.values = values;
    }
    this.keys[this.count] = key;
    this.types[this.count] = value.type;
    this.values[this.count] = value.type === valueString || value.type === valueJson ? this.texts.take(value.text) : value.number;
    this.count += 1;
  }

  /** The place of an attribute in a run, -1 where it is absent. */
  find(start: number, end: number, key: number): number {
    const { keys } = this;
    for (let at = start; at < end; at += 1) if (keys[at] === key) return at;
    return -1;
  }

  /** A text, number or truth; arrays and maps as parsed JSON. */
  read(at: number): string | number | boolean | readonly unknown[] {
    const number = this.values[at] ?? 0;
    switch (this.types[at]) {
      case valueString: return this.texts.get(number);
      case valueBool: return number === 1;
      case valueJson: return readJson(this.texts.get(number));
      default: return number;
    }
  }

  text(at: number): string {
    const type = this.types[at] ?? 0;
    const number = this.values[at] ?? 0;
    return attributeText({ type, number, text: type === valueString || type === valueJson ? this.texts.get(number) : "" });
  }

  /** AnyValue in OTLP/JSON. */
  json(at: number): object {
    const number = this.values[at] ?? 0;
    switch (this.types[at]) {
      case valueBool: return { boolValue: number === 1 };
      case valueInt: return { intValue: String(number) };
      case valueDouble: return { doubleValue: number };
      case valueJson: { const parsed = readJson(this.texts.get(number)); return Array.isArray(parsed) ? { arrayValue: { values: parsed.map(jsonAny) } } : { stringValue: this.texts.get(number) }; }
      default: return { stringValue: this.texts.get(number) };
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
