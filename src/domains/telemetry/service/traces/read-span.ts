// One span off the wire into the columns. Spans come by the hundred thousand: the shapes that every SDK writes are read in place, without an object
// or a text for each, and whatever looks otherwise goes through the reader that knows every form.
import { HttpError } from "../../types/http-error.ts";
import { hexOf, readKeyValue, valueBool, valueDouble, valueInt, valueString, type AttributeValue } from "../otlp/any-value.ts";
import { cachedBytesMax } from "../wire/key-value-cache.ts";
import { ProtobufReader } from "../wire/protobuf.ts";
import type { StringTable } from "../wire/strings.ts";
import type { SpanEvent, SpanLink, SpanStore } from "./span-store.ts";

/** A span with more attributes than this is a payload; the rest is left out. */
export const attributesMax = 1024;
export const eventsMax = 2048;

export interface SpanDecoder { readonly store: SpanStore; readonly strings: StringTable; readonly resourceIds: Map<string, number>; readonly scopeIds: Map<string, number>; readonly refused: SpanRefusals }
/** Spans of the request at hand that were not taken while others were, and why the first was not. */
export interface SpanRefusals { count: number; reason: string }

const scratch: AttributeValue = { type: 0, text: "", number: 0 };

export function readText(decoder: SpanDecoder, reader: ProtobufReader): string {
  const length = reader.length();
  const text = decoder.strings.read(reader.bytes, reader.at, reader.at + length);
  reader.at += length;
  return text;
}

/** Reads the KeyValue that the reader stands before into the pool. */
export function takeAttribute(decoder: SpanDecoder, reader: ProtobufReader, start: number): void {
  const { store } = decoder;
  const { attributes } = store;
  const { view } = reader;
  const at = reader.at + 1;
  const length = reader.at < reader.end ? reader.bytes[reader.at] ?? 128 : 128;
  const end = at + length;
  // Its length in one byte, the whole of it within the message.
  if (length < 128 && end <= reader.end && attributes.count - start < attributesMax) {
    if (length >= 4 && length <= cachedBytesMax) {
      const slot = store.known.find(view, at, end);
      if (slot >= 0) { attributes.addCell(store.known.names[slot] ?? 0, store.known.types[slot] ?? 0, store.known.values[slot] ?? 0); reader.at = end; return; }
      if (takePlain(store, reader, at, end)) { attributes.keep(store.known, ~slot, view, at, end); reader.at = end; return; }
    } else if (takePlain(store, reader, at, end)) { reader.at = end; return; }
  }
  const key = readKeyValue(reader, decoder.strings, scratch);
  if (attributes.count - start < attributesMax) attributes.add(store.names.take(key), scratch);
}

/** A KeyValue of a short name and a text, number or truth, in that order; false for every other one. */
function takePlain(store: SpanStore, reader: ProtobufReader, at: number, end: number): boolean {
  const { bytes, view } = reader;
  if (end - at < 6 || bytes[at] !== 0x0a) return false;
  const keyStart = at + 2;
  const keyEnd = keyStart + (bytes[at + 1] as number); // within the bounds checked above, as below
  if (keyEnd + 4 > end || bytes[keyEnd] !== 0x12 || keyEnd + 2 + (bytes[keyEnd + 1] as number) !== end) return false;
  const value = keyEnd + 3;
  const { attributes } = store;
  switch (bytes[keyEnd + 2]) {
    case 0x0a: {
      if (value + 1 + (bytes[value] as number) !== end) return false;
      attributes.addText(store.names.takeBytes(bytes, view, keyStart, keyEnd), valueString, store.texts.takeBytes(bytes, view, value + 1, end));
      return true;
    }
    case 0x10: case 0x18: {
      let number = 0;
      // Up to four bytes fit into shifts; longer ones are rare.
      if (end - value > 4 || (bytes[end - 1] as number) >= 128) return false;
      for (let from = value, shift = 0; from < end; from += 1, shift += 7) {
        const byte = bytes[from] as number;
        if (byte < 128 && from !== end - 1) return false;
        number |= (byte & 127) << shift;
      }
      const isBool = bytes[keyEnd + 2] === 0x10;
      attributes.addNumber(store.names.takeBytes(bytes, view, keyStart, keyEnd), isBool ? valueBool : valueInt, isBool && number !== 0 ? 1 : number);
      return true;
    }
    case 0x21: {
      if (value + 8 !== end) return false;
      attributes.addNumber(store.names.takeBytes(bytes, view, keyStart, keyEnd), valueDouble, view.getFloat64(value, true));
      return true;
    }
    default: return false;
  }
}

interface Late { readonly field: number; readonly at: number; readonly end: number }
const none: Late[] = [];

export function refuseSpan({ refused }: SpanDecoder, reason: string): void {
  if (refused.count === 0) refused.reason = `Cannot take a span: ${reason}.`;
  refused.count += 1;
}

/** The message that the reader is in becomes a row, or is refused where it has no ids. Throws HttpError 400 where it is broken; the caller rolls the store back. */
export function readSpan(decoder: SpanDecoder, reader: ProtobufReader, resource: number, scope: number): void {
  const { store } = decoder;
  const { bytes, view } = reader;
  const row = store.addRow();
  const attributeStart = store.attributes.count;
  let name = 0, kind = 0, trace = -1;
  let idHigh = 0, idLow = 0, parentHigh = 0, parentLow = 0;
  let startMs = 0, startNs = 0, endMs = 0, endNs = 0;
  store.status[row] = 0;
  store.message[row] = 0;
  let late = none;
  const { end } = reader;
  while (reader.at < end) {
    const { at } = reader;
    // What every span has, in the form that every SDK writes it: a field of one byte, a length of one byte, all of it within the span.
    switch (bytes[at]) {
      case 0x4a: reader.at = at + 1; reader.wire = 2; takeAttribute(decoder, reader, attributeStart); continue;
      case 0x0a: if (bytes[at + 1] !== 16 || at + 18 > end) break; trace = store.traces.take(view.getUint32(at + 2), view.getUint32(at + 6), view.getUint32(at + 10), view.getUint32(at + 14)); reader.at = at + 18; continue;
      case 0x12: if (bytes[at + 1] !== 8 || at + 10 > end) break; idHigh = view.getUint32(at + 2); idLow = view.getUint32(at + 6); reader.at = at + 10; continue;
      case 0x22: if (bytes[at + 1] !== 8 || at + 10 > end) break; parentHigh = view.getUint32(at + 2); parentLow = view.getUint32(at + 6); reader.at = at + 10; continue;
      default:
    }
    if (!reader.next()) break;
    switch (reader.field) {
      case 1: { const length = reader.length(); const { at } = reader; reader.at += length; if (length === 16) trace = store.traces.take(view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12)); break; }
      case 2: { const length = reader.length(); const { at } = reader; reader.at += length; if (length === 8) { idHigh = view.getUint32(at); idLow = view.getUint32(at + 4); } break; }
      case 4: { const length = reader.length(); const { at } = reader; reader.at += length; if (length === 8) { parentHigh = view.getUint32(at); parentLow = view.getUint32(at + 4); } break; }
      case 5: { const length = reader.length(); const { at } = reader; reader.at += length; name = store.texts.takeBytes(bytes, view, at, at + length); break; }
      case 6: kind = reader.uint(); break;
      case 7: startMs = reader.nanosAsMs(); startNs = reader.nanosRest; break;
      case 8: endMs = reader.nanosAsMs(); endNs = reader.nanosRest; break;
      case 9: takeAttribute(decoder, reader, attributeStart); break;
      case 11: case 13: { const { field } = reader; const length = reader.length(); if (late === none) late = []; if (late.length < eventsMax) late.push({ field, at: reader.at, end: reader.at + length }); reader.at += length; break; }
      case 15: readStatus(decoder, reader, row); break;
      default: reader.skip();
    }
  }
  if (trace < 0 || (idHigh === 0 && idLow === 0)) {
    store.count = row;
    store.attributes.truncate(attributeStart);
    refuseSpan(decoder, trace < 0 ? "its trace_id has not 16 bytes, expected 16" : "its span_id has not 8 bytes, expected 8 that are not all zero");
    return;
  }
  store.trace[row] = trace;
  store.idHigh[row] = idHigh;
  store.idLow[row] = idLow;
  store.parentHigh[row] = parentHigh;
  store.parentLow[row] = parentLow;
  store.name[row] = name;
  store.kind[row] = kind;
  store.startMs[row] = startMs;
  store.startNs[row] = startNs;
  store.duration[row] = Math.max(0, (endMs - startMs) * 1e6 + (endNs - startNs));
  store.resource[row] = resource;
  store.scope[row] = scope;
  store.attributeStart[row] = attributeStart;
  store.attributeEnd[row] = store.attributes.count;
  if (late !== none) readLate(decoder, reader, row, late);
}

function readStatus(decoder: SpanDecoder, reader: ProtobufReader, row: number): void {
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 2) decoder.store.message[row] = decoder.store.texts.take(readText(decoder, reader));
    else if (reader.field === 3) decoder.store.status[row] = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
}

/** Events and links, after the span's own attributes so that those are one run. */
function readLate(decoder: SpanDecoder, from: ProtobufReader, row: number, late: readonly Late[]): void {
  const { store } = decoder;
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  for (const { field, at, end } of late) {
    const reader = new ProtobufReader(from.bytes, at, end);
    const start = store.attributes.count;
    let name = "", traceId = "", spanId = "", tsMs = 0, tsNs = 0;
    while (reader.next()) {
      if (reader.field === 3 && field === 11 || reader.field === 4 && field === 13) takeAttribute(decoder, reader, start);
      else if (field === 11 && reader.field === 1) { tsMs = reader.nanosAsMs(); tsNs = reader.nanosRest; } else if (field === 11 && reader.field === 2) name = readText(decoder, reader);
      else if (field === 13 && (reader.field === 1 || reader.field === 2)) { const isTrace = reader.field === 1; const id = reader.subarray(); if (isTrace) traceId = hexOf(id, 0, id.length); else spanId = hexOf(id, 0, id.length); } else reader.skip();
    }
    const run = { start, end: store.attributes.count };
    if (field === 11) events.push({ ...run, name, tsMs, tsNs });
    else links.push({ ...run, traceId, spanId });
  }
  if (events.length > 0) store.events.set(row, events);
  if (links.length > 0) store.links.set(row, links);
}
