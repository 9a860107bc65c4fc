// OTLP's AnyValue and KeyValue, read straight off the wire or out of JSON into one small reusable form.
import type { ProtobufReader } from "../wire/protobuf.ts";
import { decodeUtf8, type StringTable } from "../wire/strings.ts";

export const valueString = 0, valueBool = 1, valueInt = 2, valueDouble = 3, valueJson = 4;

/** One attribute: `text` of a string, or JSON of arrays, maps and bytes; `number` of a number or truth (0, 1). */
export interface AttributeValue { type: number; text: string; number: number }

/** A text longer than this is cut: an attribute of 10 MB is a payload, not a property. */
export const attributeCharsMax = 65_536;

export function boundAttribute(text: string): string {
  return text.length > attributeCharsMax ? `${text.slice(0, attributeCharsMax)}…` : text;
}

/** Reads the AnyValue that the reader stands before (its field was just found) into `out`. */
export function readAnyValue(reader: ProtobufReader, strings: StringTable, out: AttributeValue): void {
  const outer = reader.enter();
  out.type = valueString;
  out.text = "";
  out.number = 0;
  while (reader.next()) {
    switch (reader.field) {
      case 1: {
        out.type = valueString;
        const length = reader.length();
        const end = Math.min(length, attributeCharsMax * 4);
        out.text = boundAttribute(strings.read(reader.bytes, reader.at, reader.at + end));
        reader.at += length;
        break;
      }
      case 2: out.type = valueBool; out.number = reader.bool() ? 1 : 0; break;
      case 3: out.type = valueInt; out.number = reader.int(); break;
      case 4: out.type = valueDouble; out.number = reader.double(); break;
      case 5: case 6: out.text = boundAttribute(JSON.stringify(readNested(reader, strings, reader.field === 5))); out.type = valueJson; break;
      case 7: { const bytes = reader.subarray(); out.type = valueString; out.text = hexOf(bytes, 0, Math.min(bytes.length, attributeCharsMax / 2)); break; }
      default: reader.skip();
    }
  }
  reader.leave(outer);
}

function plainValue(value: AttributeValue): unknown {
  if (value.type === valueJson) { const parsed: unknown = value.text === "" || value.text.endsWith("…") ? value.text : JSON.parse(value.text); return parsed; }
  return value.type === valueString ? value.text : value.type === valueBool ? value.number === 1 : value.number;
}

/** ArrayValue { values = 1 } or KeyValueList { values = 1 }. */
function readNested(reader: ProtobufReader, strings: StringTable, isArray: boolean): unknown {
  const list: unknown[] = [];
  const map: Record<string, unknown> = {};
  const value: AttributeValue = { type: 0, text: "", number: 0 };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field !== 1) { reader.skip(); continue; }
    if (isArray) { readAnyValue(reader, strings, value); list.push(plainValue(value)); continue; }
    const key = readKeyValue(reader, strings, value);
    Object.defineProperty(map, key, { value: plainValue(value), enumerable: true, configurable: true, writable: true });
  }
  reader.leave(outer);
  return isArray ? list : map;
}

/** KeyValue { key = 1, value = 2 }: returns the key, fills `out`. */
export function readKeyValue(reader: ProtobufReader, strings: StringTable, out: AttributeValue): string {
  const outer = reader.enter();
  let key = "";
  out.type = valueString;
  out.text = "";
  out.number = 0;
  while (reader.next()) {
    if (reader.field === 1) {
      const length = reader.length();
      key = strings.read(reader.bytes, reader.at, reader.at + length);
      reader.at += length;
    } else if (reader.field === 2) readAnyValue(reader, strings, out);
    else reader.skip();
  }
  reader.leave(outer);
  return key;
}

const hexPairs = Array.from({ length: 256 }, (_one, byte) => byte.toString(16).padStart(2, "0"));

export function hexOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += 1) text += hexPairs[bytes[at] ?? 0] ?? "";
  return text;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
export function listOf(value: unknown): readonly unknown[] { return Array.isArray(value) ? value : []; }
export function textOf(value: unknown): string { return typeof value === "string" ? value : ""; }

/** AnyValue of OTLP/JSON. Integers come as texts. */
export function readJsonValue(json: unknown, out: AttributeValue): void {
  out.type = valueString;
  out.text = "";
  out.number = 0;
  if (!isRecord(json)) return;
  if (typeof json["stringValue"] === "string") out.text = boundAttribute(json["stringValue"]);
  else if (typeof json["boolValue"] === "boolean") { out.type = valueBool; out.number = json["boolValue"] ? 1 : 0; } else if (json["intValue"] !== undefined) { out.type = valueInt; out.number = Number(json["intValue"]); } else if (json["doubleValue"] !== undefined) { out.type = valueDouble; out.number = Number(json["doubleValue"]); } else if (isRecord(json["arrayValue"]) || isRecord(json["kvlistValue"])) { out.type = valueJson; out.text = boundAttribute(JSON.stringify(plainJson(json, 0))); } else if (typeof json["bytesValue"] === "string") out.text = boundAttribute(json["bytesValue"]);
}

function plainJson(json: unknown, depth: number): unknown {
  if (!isRecord(json) || depth > 32) return undefined;
  if (isRecord(json["arrayValue"])) return listOf(json["arrayValue"]["values"]).map((one) => plainJson(one, depth + 1));
  if (isRecord(json["kvlistValue"]))
    return Object.fromEntries(
      listOf(json["kvlistValue"]["values"]).flatMap((one) => (isRecord(one) ? [[textOf(one["key"]), plainJson(one["value"], depth + 1)]] : [])),
    );
  return json["intValue"] === undefined ? json["stringValue"] ?? json["boolValue"] ?? json["doubleValue"] ?? json["bytesValue"] : Number(json["intValue"]);
}

export function eachJsonAttribute(json: unknown, out: AttributeValue, visit: (key: string) => void): void {
  for (const one of listOf(json)) if (isRecord(one)) { readJsonValue(one["value"], out); visit(textOf(one["key"])); }
}

/** Nanoseconds of a JSON text or number as milliseconds and the rest. */
export function splitNanos(value: unknown): readonly [number, number] {
  if (typeof value !== "string" && typeof value !== "number") return [0, 0];
  if (!/^\d{1,20}$/.test(String(value))) return [0, 0];
  const ns = BigInt(value);
  return [Number(ns / 1_000_000n), Number(ns % 1_000_000n)];
}

export function attributeText(value: AttributeValue): string {
  return value.type === valueString || value.type === valueJson ? value.text : value.type === valueBool ? (value.number === 1 ? "true" : "false") : String(value.number);
}
