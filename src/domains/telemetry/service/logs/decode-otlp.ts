// OTLP log requests straight into the store. Resource attributes that Loki indexes become stream labels, everything else structured metadata.
import type { ByteTools } from "../byte-tools.ts";
import { attributeText, eachJsonAttribute, hexOf, isRecord, listOf, readAnyValue, readKeyValue, splitNanos, textOf, valueString, readJsonValue, type AttributeValue } from "../otlp/any-value.ts";
import { ProtobufReader } from "../wire/protobuf.ts";
import type { StringTable } from "../wire/strings.ts";
import type { LogStore } from "./log-store.ts";

/** Loki's default index labels of OTLP; everything else would make a stream of every process. */
const indexed: ReadonlySet<string> = new Set([
  "cloud.availability_zone", "cloud.region", "container.name", "deployment.environment", "deployment.environment.name", "k8s.cluster.name", "k8s.container.name", "k8s.cronjob.name",
  "k8s.daemonset.name", "k8s.deployment.name", "k8s.job.name", "k8s.namespace.name", "k8s.pod.name", "k8s.replicaset.name", "k8s.statefulset.name", "service.instance.id", "service.name", "service.namespace",
]);

export interface IntakeResult { accepted: number; rejected: number; message: string }
type Pairs = (readonly [string, string])[];

export function otlpLabelName(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : name.replaceAll(/[^a-zA-Z0-9_]/g, "_").replace(/^(\d)/, "_$1");
}

/** OpenTelemetry's severity numbers as the level names that Loki detects. */
export function levelOf(severity: number): string {
  return severity <= 0 ? "" : severity <= 4 ? "trace" : severity <= 8 ? "debug" : severity <= 12 ? "info" : severity <= 16 ? "warn" : severity <= 20 ? "error" : "fatal";
}

export interface LogDecoder { readonly store: LogStore; readonly tools: ByteTools; readonly strings: StringTable; readonly nowMs: number }

interface Resource { readonly stream: number | undefined; readonly metadata: Pairs }

function resourceOf(store: LogStore, attributes: Pairs): Resource {
  const labels: Pairs = [];
  const metadata: Pairs = [];
  for (const [name, value] of attributes) (indexed.has(name) ? labels : metadata).push([otlpLabelName(name), value]);
  if (labels.length === 0) labels.push(["service_name", "unknown_service"]);
  return { stream: store.streamOf(labels), metadata };
}

interface RecordState { tsMs: number; tsNs: number; observedMs: number; observedNs: number; severity: number; severityText: string; traceId: string; spanId: string; body: Uint8Array; start: number; end: number; metadata: Pairs }

function newRecord(): RecordState {
  return { tsMs: 0, tsNs: 0, observedMs: 0, observedNs: 0, severity: 0, severityText: "", traceId: "", spanId: "", body: new Uint8Array(0), start: 0, end: 0, metadata: [] };
}

function store(decoder: LogDecoder, resource: Resource, record: RecordState, result: IntakeResult): void {
  if (resource.stream === undefined) { result.rejected += 1; result.message = "too many streams: use fewer distinct resource attributes"; return; }
  const hasTime = record.tsMs !== 0 || record.tsNs !== 0;
  const hasObserved = record.observedMs !== 0;
  const [tsMs, tsNs] = hasTime ? [record.tsMs, record.tsNs] : hasObserved ? [record.observedMs, record.observedNs] : [decoder.nowMs, 0];
  const level = levelOf(record.severity) || record.severityText.toLowerCase();
  const { metadata } = record;
  if (record.severity !== 0) metadata.push(["severity_number", String(record.severity)]);
  if (record.severityText !== "") metadata.push(["severity_text", record.severityText]);
  if (level !== "") metadata.push(["detected_level", level]);
  decoder.store.append({ stream: resource.stream, tsMs, tsNs, metadata: metadata.length === 0 ? resource.metadata : [...resource.metadata, ...metadata], traceId: record.traceId, spanId: record.spanId }, record.body, record.start, record.end);
  result.accepted += 1;
}

/** Throws HttpError 400 where the message is broken; the caller rolls the store back. */
export function decodeOtlpLogs(decoder: LogDecoder, bytes: Uint8Array): IntakeResult {
  const result: IntakeResult = { accepted: 0, rejected: 0, message: "" };
  const reader = new ProtobufReader(bytes);
  while (reader.next()) {
    if (reader.field !== 1) { reader.skip(); continue; }
    const outer = reader.enter();
    readResourceLogs(decoder, reader, result);
    reader.leave(outer);
  }
  return result;
}

function readResourceLogs(decoder: LogDecoder, reader: ProtobufReader, result: IntakeResult): void {
  let resource: Resource | undefined;
  while (reader.next()) {
    if (reader.field === 1) {
      const outer = reader.enter();
      resource = resourceOf(decoder.store, readAttributes(decoder, reader, 1));
      reader.leave(outer);
    } else if (reader.field === 2) {
      resource ??= resourceOf(decoder.store, []);
      const outer = reader.enter();
      readScopeLogs(decoder, reader, resource, result);
      reader.leave(outer);
    } else reader.skip();
  }
}

/** Attributes in `field` of the message that the reader is in; everything else is skipped. */
function readAttributes(decoder: LogDecoder, reader: ProtobufReader, field: number): Pairs {
  const out: Pairs = [];
  const value: AttributeValue = { type: 0, text: "", number: 0 };
  while (reader.next()) {
    if (reader.field !== field) { reader.skip(); continue; }
    const key = readKeyValue(reader, decoder.strings, value);
    out.push([key, attributeText(value)]);
  }
  return out;
}

function readScopeLogs(decoder: LogDecoder, reader: ProtobufReader, resource: Resource, result: IntakeResult): void {
  let scoped = resource;
  while (reader.next()) {
    if (reader.field === 1) {
      const outer = reader.enter();
      const metadata = [...resource.metadata];
      const value: AttributeValue = { type: 0, text: "", number: 0 };
      while (reader.next()) {
        if (reader.field === 1 || reader.field === 2) {
          const name = reader.field === 1 ? "scope_name" : "scope_version";
          const length = reader.length();
          const text = decoder.strings.read(reader.bytes, reader.at, reader.at + length);
          reader.at += length;
          if (text !== "") metadata.push([name, text]);
        } else if (reader.field === 3) { const key = readKeyValue(reader, decoder.strings, value); metadata.push([otlpLabelName(key), attributeText(value)]); } else reader.skip();
      }
      reader.leave(outer);
      scoped = { stream: resource.stream, metadata };
    } else if (reader.field === 2) {
      const outer = reader.enter();
      store(decoder, scoped, readRecord(decoder, reader), result);
      reader.leave(outer);
    } else reader.skip();
  }
}

function readRecord(decoder: LogDecoder, reader: ProtobufReader): RecordState {
  const record = newRecord();
  const value: AttributeValue = { type: 0, text: "", number: 0 };
  while (reader.next()) {
    switch (reader.field) {
      case 1: { const before = reader.at; record.tsMs = reader.nanosAsMs(); record.tsNs = nanosWithin(reader, before); break; }
      case 11: { const before = reader.at; record.observedMs = reader.nanosAsMs(); record.observedNs = nanosWithin(reader, before); break; }
      case 2: record.severity = reader.uint(); break;
      case 3: { const length = reader.length(); record.severityText = decoder.strings.read(reader.bytes, reader.at, reader.at + length); reader.at += length; break; }
      case 5: readBody(decoder, reader, record, value); break;
      case 6: { const key = readKeyValue(reader, decoder.strings, value); record.metadata.push([otlpLabelName(key), attributeText(value)]); break; }
      case 9: { const id = reader.subarray(); record.traceId = hexOf(id, 0, id.length); break; }
      case 10: { const id = reader.subarray(); record.spanId = hexOf(id, 0, id.length); break; }
      default: reader.skip();
    }
  }
  return record;
}

/** The part of a fixed64 below a millisecond; the reader has checked that the eight bytes are there. */
export function nanosWithin(reader: ProtobufReader, at: number): number {
  const low = reader.view.getUint32(at, true);
  const high = reader.view.getUint32(at + 4, true);
  return ((high % 1_000_000) * 967_296 + (low % 1_000_000)) % 1_000_000;
}

/** A text body stays bytes; anything else becomes JSON. */
function readBody(decoder: LogDecoder, reader: ProtobufReader, record: RecordState, value: AttributeValue): void {
  const from = reader.at;
  const outer = reader.enter();
  let isText = false;
  if (reader.next() && reader.field === 1) {
    const length = reader.length();
    record.body = reader.bytes;
    record.start = reader.at;
    record.end = reader.at + length;
    reader.at += length;
    isText = reader.at === reader.end;
  }
  reader.leave(outer);
  if (isText) return;
  reader.at = from;
  readAnyValue(reader, decoder.strings, value);
  setBody(decoder, record, attributeText(value));
}

function setBody(decoder: LogDecoder, record: RecordState, text: string): void {
  record.body = decoder.tools.encode(text);
  record.start = 0;
  record.end = record.body.length;
}

const severityNames = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

export function decodeOtlpLogsJson(decoder: LogDecoder, document: unknown): IntakeResult {
  const result: IntakeResult = { accepted: 0, rejected: 0, message: "" };
  const value: AttributeValue = { type: 0, text: "", number: 0 };
  const attributes = (json: unknown): Pairs => { const out: Pairs = []; eachJsonAttribute(json, value, (key) => { out.push([key, attributeText(value)]); }); return out; };
  for (const group of listOf(isRecord(document) ? document["resourceLogs"] : undefined)) {
    if (!isRecord(group)) continue;
    const resource = resourceOf(decoder.store, attributes(isRecord(group["resource"]) ? group["resource"]["attributes"] : undefined));
    for (const scope of listOf(group["scopeLogs"])) {
      if (!isRecord(scope)) continue;
      const named = isRecord(scope["scope"]) ? scope["scope"] : {};
      const metadata: Pairs = [...resource.metadata];
      if (textOf(named["name"]) !== "") metadata.push(["scope_name", textOf(named["name"])]);
      if (textOf(named["version"]) !== "") metadata.push(["scope_version", textOf(named["version"])]);
      for (const json of listOf(scope["logRecords"])) if (isRecord(json)) store(decoder, { stream: resource.stream, metadata }, jsonRecord(decoder, json, attributes), result);
    }
  }
  return result;
}

function jsonRecord(decoder: LogDecoder, json: Readonly<Record<string, unknown>>, attributes: (json: unknown) => Pairs): RecordState {
  const record = newRecord();
  [record.tsMs, record.tsNs] = splitNanos(json["timeUnixNano"]);
  [record.observedMs, record.observedNs] = splitNanos(json["observedTimeUnixNano"]);
  const severity = json["severityNumber"];
  const named = /^SEVERITY_NUMBER_([A-Z]+)(\d?)$/.exec(textOf(severity));
  record.severity = named === null ? Number(severity ?? 0) || 0 : severityNames.indexOf(named[1] ?? "") * 4 + Number(named[2] === "" ? 1 : named[2]);
  record.severityText = textOf(json["severityText"]);
  record.traceId = textOf(json["traceId"]).toLowerCase();
  record.spanId = textOf(json["spanId"]).toLowerCase();
  for (const [name, text] of attributes(json["attributes"])) record.metadata.push([otlpLabelName(name), text]);
  const value: AttributeValue = { type: valueString, text: "", number: 0 };
  readJsonValue(json["body"], value);
  setBody(decoder, record, isRecord(json["body"]) && typeof json["body"]["stringValue"] === "string" ? json["body"]["stringValue"] : attributeText(value));
  return record;
}
