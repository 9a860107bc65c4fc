// OTLP trace requests straight into the span columns.
import { eachJsonAttribute, isRecord, listOf, splitNanos, textOf, type AttributeValue } from "../otlp/any-value.ts";
import { HttpError } from "../../types/http-error.ts";
import { ProtobufReader } from "../wire/protobuf.ts";
import { attributesMax, eventsMax, readSpan, readText, refuseSpan, type SpanDecoder, takeAttribute } from "./read-span.ts";

/** Resources repeat in every request; more different ones than this are a mistake. */
const resourcesMax = 100_000;

const scratch: AttributeValue = { type: 0, text: "", number: 0 };

/** How many spans came in; where none did and one was refused, the request is. */
function countSince(decoder: SpanDecoder, before: number): number {
  const count = decoder.store.count - before;
  if (count === 0 && decoder.refused.count > 0) throw new HttpError(400, decoder.refused.reason);
  return count;
}

/** Returns how many spans came in. Throws HttpError 400 where the message is broken; the caller rolls the store back. */
export function decodeOtlpTraces(decoder: SpanDecoder, bytes: Uint8Array): number {
  const before = decoder.store.count;
  const reader = new ProtobufReader(bytes);
  while (reader.next()) {
    if (reader.field !== 1) { reader.skip(); continue; }
    const outer = reader.enter();
    let resource = -1;
    while (reader.next()) {
      if (reader.field === 1) { const inner = reader.enter(); resource = readResource(decoder, reader); reader.leave(inner); } else if (reader.field === 2) {
        if (resource < 0) resource = finishResource(decoder, decoder.store.attributes.count);
        const inner = reader.enter();
        readScopeSpans(decoder, reader, resource);
        reader.leave(inner);
      } else reader.skip();
    }
    reader.leave(outer);
  }
  return countSince(decoder, before);
}

function readResource(decoder: SpanDecoder, reader: ProtobufReader): number {
  const start = decoder.store.attributes.count;
  while (reader.next()) { if (reader.field === 1) takeAttribute(decoder, reader, start); else reader.skip(); }
  return finishResource(decoder, start);
}

/** The number of the resource whose attributes stand in the pool from `start`; a known one gives the room back. */
function finishResource(decoder: SpanDecoder, start: number): number {
  const { store } = decoder;
  const { attributes } = store;
  let key = "";
  let service = store.texts.take("unknown_service");
  for (let at = start; at < attributes.count; at += 1) {
    const name = store.names.get(attributes.keys[at] ?? 0);
    key += `${name}\u0001${attributes.typeAt(at)}${attributes.text(at)}\u0002`;
    if (name === "service.name") service = store.texts.take(attributes.text(at));
  }
  const known = decoder.resourceIds.get(key);
  if (known !== undefined) { attributes.truncate(start); return known; }
  if (store.resources.length >= resourcesMax) throw new HttpError(429, `Cannot take the spans: ${resourcesMax} different resources are known, expected fewer.`);
  const id = store.resources.length;
  store.resources.push({ start, end: attributes.count, service, key });
  decoder.resourceIds.set(key, id);
  return id;
}

function takeScope(decoder: SpanDecoder, name: string, version: string, start: number): number {
  const { store } = decoder;
  let key = `${name}\u0001${version}\u0002`;
  for (let at = start; at < store.attributes.count; at += 1) key += `${store.attributes.keys[at] ?? 0}\u0001${store.attributes.text(at)}\u0002`;
  const known = decoder.scopeIds.get(key);
  if (known !== undefined) { store.attributes.truncate(start); return known; }
  const id = store.scopes.length;
  store.scopes.push({ start, end: store.attributes.count, name, version });
  decoder.scopeIds.set(key, id);
  return id;
}

function readScopeSpans(decoder: SpanDecoder, reader: ProtobufReader, resource: number): void {
  let scope = -1;
  while (reader.next()) {
    if (reader.field === 1) {
      const outer = reader.enter();
      let name = "";
      let version = "";
      const start = decoder.store.attributes.count;
      while (reader.next()) {
        if (reader.field === 1) name = readText(decoder, reader);
        else if (reader.field === 2) version = readText(decoder, reader);
        else if (reader.field === 3) takeAttribute(decoder, reader, start);
        else reader.skip();
      }
      reader.leave(outer);
      scope = takeScope(decoder, name, version, start);
    } else if (reader.field === 2) {
      if (scope < 0) scope = takeScope(decoder, "", "", decoder.store.attributes.count);
      const outer = reader.enter();
      readSpan(decoder, reader, resource, scope);
      reader.leave(outer);
    } else reader.skip();
  }
}

function jsonAttributes(decoder: SpanDecoder, json: unknown): { readonly start: number; readonly end: number } {
  const { store } = decoder;
  const start = store.attributes.count;
  eachJsonAttribute(json, scratch, (key) => { if (store.attributes.count - start < attributesMax) store.attributes.add(store.names.take(key), scratch); });
  return { start, end: store.attributes.count };
}

/** Ids come as hex; some senders write base64 as the general JSON form of protobuf does. */
function jsonId(value: unknown, digits: number): string | undefined {
  const text = textOf(value);
  return new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(text) ? text.toLowerCase() : undefined;
}

function wordOf(hex: string, at: number): number { return parseInt(hex.slice(at * 8, at * 8 + 8), 16) >>> 0; }
const kindNames = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];

function enumNumber(value: unknown, names: readonly string[], prefix: string): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? Math.max(0, names.indexOf(value.replace(prefix, ""))) : 0;
}

export function decodeOtlpTracesJson(decoder: SpanDecoder, document: unknown): number {
  const before = decoder.store.count;
  for (const group of listOf(isRecord(document) ? document["resourceSpans"] : undefined)) {
    if (!isRecord(group)) continue;
    const { start } = jsonAttributes(decoder, isRecord(group["resource"]) ? group["resource"]["attributes"] : undefined);
    const resource = finishResource(decoder, start);
    for (const scopeGroup of listOf(group["scopeSpans"])) {
      if (!isRecord(scopeGroup)) continue;
      const named = isRecord(scopeGroup["scope"]) ? scopeGroup["scope"] : {};
      const run = jsonAttributes(decoder, named["attributes"]);
      const scope = takeScope(decoder, textOf(named["name"]), textOf(named["version"]), run.start);
      for (const span of listOf(scopeGroup["spans"])) if (isRecord(span)) jsonSpan(decoder, span, { resource, scope });
    }
  }
  return countSince(decoder, before);
}

function jsonSpan(decoder: SpanDecoder, json: Readonly<Record<string, unknown>>, origin: { readonly resource: number; readonly scope: number }): void {
  const { store } = decoder;
  const traceId = jsonId(json["traceId"], 32);
  const spanId = jsonId(json["spanId"], 16);
  if (traceId === undefined || spanId === undefined) { refuseSpan(decoder, "its traceId and spanId must have 32 and 16 hex digits"); return; }
  const parentId = jsonId(json["parentSpanId"], 16) ?? "0000000000000000";
  const row = store.addRow();
  const [startMs, startNs] = splitNanos(json["startTimeUnixNano"]);
  const [endMs, endNs] = splitNanos(json["endTimeUnixNano"]);
  const status = isRecord(json["status"]) ? json["status"] : {};
  const run = jsonAttributes(decoder, json["attributes"]);
  const values = {
    trace: store.traces.take(wordOf(traceId, 0), wordOf(traceId, 1), wordOf(traceId, 2), wordOf(traceId, 3)),
    idHigh: wordOf(spanId, 0),
    idLow: wordOf(spanId, 1),
    parentHigh: wordOf(parentId, 0),
    parentLow: wordOf(parentId, 1),
    name: store.texts.take(textOf(json["name"])),
    kind: enumNumber(json["kind"], kindNames, "SPAN_KIND_"),
    status: enumNumber(status["code"], ["UNSET", "OK", "ERROR"], "STATUS_CODE_"),
    message: store.texts.take(textOf(status["message"])),
    startMs,
    startNs,
    duration: Math.max(0, (endMs - startMs) * 1e6 + (endNs - startNs)),
    resource: origin.resource,
    scope: origin.scope,
    attributeStart: run.start,
    attributeEnd: run.end,
  };
  for (const name of [
    "trace",
    "idHigh",
    "idLow",
    "parentHigh",
    "parentLow",
    "name",
    "kind",
    "status",
    "message",
    "startMs",
    "startNs",
    "duration",
    "resource",
    "scope",
    "attributeStart",
    "attributeEnd",
  ] as const)
    store[name][row] = values[name];
  const events = listOf(json["events"]).slice(0, eventsMax).flatMap((event) => {
    if (!isRecord(event)) return [];
    const [tsMs, tsNs] = splitNanos(event["timeUnixNano"]);
    return [{ ...jsonAttributes(decoder, event["attributes"]), name: textOf(event["name"]), tsMs, tsNs }];
  });
  if (events.length > 0) store.events.set(row, events);
  const links = listOf(json["links"])
    .slice(0, eventsMax)
    .flatMap((link) =>
      isRecord(link) ? [{ ...jsonAttributes(decoder, link["attributes"]), traceId: textOf(link["traceId"]), spanId: textOf(link["spanId"]) }] : [],
    );
  if (links.length > 0) store.links.set(row, links);
}

