// OTLP log requests straight into the store. Resource attributes that Loki indexes become stream labels, everything else structured metadata.
import type { ByteTools } from "../byte-tools.ts";
import {
  attributeText,
  eachJsonAttribute,
  hexOf,
  isRecord,
  listOf,
  readAnyValue,
  readKeyValue,
  splitNanos,
  textOf,
  valueString,
  readJsonValue,
  type AttributeValue,
} from "../otlp/any-value.ts";
import { cachedBytesMax } from "../wire/key-value-cache.ts";
import { ProtobufReader, wireBytes } from "../wire/protobuf.ts";
import type { StringTable } from "../wire/strings.ts";
import type { LogChunk } from "./log-chunk.ts";
import type { LogStore } from "./log-store.ts";

/** Loki's default index labels of OTLP; everything else would make a stream of every process. */
const indexed: ReadonlySet<string> = new Set([
  "cloud.availability_zone",
  "cloud.region",
  "container.name",
  "deployment.environment",
  "deployment.environment.name",
  "k8s.cluster.name",
  "k8s.container.name",
  "k8s.cronjob.name",
  "k8s.daemonset.name",
  "k8s.deployment.name",
  "k8s.job.name",
  "k8s.namespace.name",
  "k8s.pod.name",
  "k8s.replicaset.name",
  "k8s.statefulset.name",
  "service.instance.id",
  "service.name",
  "service.namespace",
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

interface RecordState {
  tsMs: number;
  tsNs: number;
  observedMs: number;
  observedNs: number;
  severity: number;
  severityText: string;
  traceId: string;
  spanId: string;
  body: Uint8Array;
  start: number;
  end: number;
  metadata: Pairs;
}

function newRecord(): RecordState {
  return { tsMs: 0, tsNs: 0, observedMs: 0, observedNs: 0, severity: 0, severityText: "", traceId: "", spanId: "", body: new Uint8Array(0), start: 0, end: 0, metadata: [] };
}

function refuse(result: IntakeResult): void {
  result.rejected += 1;
  result.message = "too many streams: use fewer distinct resource attributes";
}

function store(decoder: LogDecoder, resource: Resource, record: RecordState, result: IntakeResult): void {
  if (resource.stream === undefined) { refuse(result); return; }
  const hasTime = record.tsMs !== 0 || record.tsNs !== 0;
  const hasObserved = record.observedMs !== 0;
  const [tsMs, tsNs] = hasTime ? [record.tsMs, record.tsNs] : hasObserved ? [record.observedMs, record.observedNs] : [decoder.nowMs, 0];
  const level = levelOf(record.severity) || record.severityText.toLowerCase();
  const { metadata } = record;
  if (record.severity !== 0) metadata.push(["severity_number", String(record.severity)]);
  if (record.severityText !== "") metadata.push(["severity_text", record.severityText]);
  if (level !== "") metadata.push(["detected_level", level]);
  decoder.store.append(
    {
      stream: resource.stream,
      tsMs,
      tsNs,
      metadata: metadata.length === 0 ? resource.metadata : [...resource.metadata, ...metadata],
      traceId: record.traceId,
      spanId: record.spanId,
    },
    record.body,
    record.start,
    record.end,
  );
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

/** What the lines below have in common: their stream, and pairs of names and values by number. */
interface Origin { readonly stream: number | undefined; readonly pairs: readonly number[] }

function originOf(store: LogStore, { stream, metadata }: Resource): Origin {
  const { texts } = store.open;
  return { stream, pairs: metadata.flatMap(([name, value]) => [texts.take(name), texts.take(value)]) };
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
  let origin = originOf(decoder.store, resource);
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
      origin = originOf(decoder.store, { stream: resource.stream, metadata });
    } else if (reader.field === 2) {
      const outer = reader.enter();
      readRecord(decoder, reader, origin, result);
      reader.leave(outer);
    } else reader.skip();
  }
}

const row = { stream: 0, tsMs: 0, tsNs: 0 };
const scratch: AttributeValue = { type: 0, text: "", number: 0 };

/** The message that the reader is in becomes a row: its attributes go into the chunk as they are met, its body is copied from where it stands. */
function readRecord(decoder: LogDecoder, reader: ProtobufReader, origin: Origin, result: IntakeResult): void {
  const chunk = decoder.store.open;
  const { pairs, stream } = origin;
  chunk.begin();
  for (let at = 0; at < pairs.length; at += 2) chunk.addPair(pairs[at] ?? 0, pairs[at + 1] ?? 0);
  let tsMs = 0, tsNs = 0, observedMs = 0, observedNs = 0, severity = 0, severityText = "";
  let traceAt = -1, spanAt = -1, oddTrace = "", oddSpan = "";
  let body: Uint8Array = reader.bytes, start = 0, end = 0;
  while (reader.next()) {
    switch (reader.field) {
      case 1: tsMs = reader.nanosAsMs(); tsNs = reader.nanosRest; break;
      case 11: observedMs = reader.nanosAsMs(); observedNs = reader.nanosRest; break;
      case 2: severity = reader.uint(); break;
      case 3: { const length = reader.length(); severityText = decoder.strings.read(reader.bytes, reader.at, reader.at + length); reader.at += length; break; }
      case 5: {
        const length = textLength(reader);
        if (length >= 0) { body = reader.bytes; start = reader.at; end = start + length; reader.at = end; break; }
        readAnyValue(reader, decoder.strings, scratch);
        body = decoder.tools.encode(attributeText(scratch));
        start = 0;
        end = body.length;
        break;
      }
      case 6: takeAttribute(decoder, reader, chunk); break;
      case 9: {
        const length = reader.length();
        const { at } = reader;
        reader.at += length;
        if (length === 16) traceAt = at;
        else oddTrace = hexOf(reader.bytes, at, at + length);
        break;
      }
      case 10: {
        const length = reader.length();
        const { at } = reader;
        reader.at += length;
        if (length === 8) spanAt = at;
        else oddSpan = hexOf(reader.bytes, at, at + length);
        break;
      }
      default: reader.skip();
    }
  }
  if (stream === undefined) { chunk.abandon(); refuse(result); return; }
  addSeverity(chunk, severity, severityText);
  if (oddTrace !== "" || oddSpan !== "")
    chunk.setIds(traceAt < 0 ? oddTrace : hexOf(reader.bytes, traceAt, traceAt + 16), spanAt < 0 ? oddSpan : hexOf(reader.bytes, spanAt, spanAt + 8));
  else if (traceAt >= 0 || spanAt >= 0) chunk.setIdBytes(reader.view, traceAt, spanAt);
  row.stream = stream;
  if (tsMs !== 0 || tsNs !== 0) {
    row.tsMs = tsMs;
    row.tsNs = tsNs;
  } else if (observedMs !== 0) {
    row.tsMs = observedMs;
    row.tsNs = observedNs;
  } else {
    row.tsMs = decoder.nowMs;
    row.tsNs = 0;
  }
  chunk.finish(row, body, start, end);
  result.accepted += 1;
}

function addSeverity(chunk: LogChunk, severity: number, severityText: string): void {
  if (severity === 0 && severityText === "") return;
  for (const pair of chunk.severities.pairs(severity, severityText, () => severityPairs(chunk, severity, severityText))) chunk.addPair(pair[0], pair[1]);
}

function severityPairs({ texts }: LogChunk, severity: number, severityText: string): readonly (readonly [number, number])[] {
  const level = levelOf(severity) || severityText.toLowerCase();
  const pairs = [["severity_number", severity === 0 ? "" : String(severity)], ["severity_text", severityText], ["detected_level", level]] as const;
  return pairs.filter(([, value]) => value !== "").map(([name, value]) => [texts.take(name), texts.take(value)]);
}

/** Reads one KeyValue into the row that was begun; known bytes mean known numbers. */
function takeAttribute(decoder: LogDecoder, reader: ProtobufReader, chunk: LogChunk): void {
  const { known } = decoder.store;
  const at = reader.at + 1;
  const length = reader.at < reader.end ? reader.bytes[reader.at] ?? 128 : 128;
  const end = at + length;
  const isCached = length >= 4 && length <= cachedBytesMax && end <= reader.end;
  const slot = isCached ? known.find(reader.view, at, end) : -1;
  if (slot >= 0) { chunk.addPair(known.names[slot] ?? 0, known.values[slot] ?? 0); reader.at = end; return; }
  const name = chunk.texts.take(otlpLabelName(readKeyValue(reader, decoder.strings, scratch)));
  const value = chunk.texts.take(attributeText(scratch));
  chunk.addPair(name, value);
  if (!isCached) return;
  known.put(~slot, reader.view, at, end);
  known.names[~slot] = name;
  known.values[~slot] = value;
}

/** Where the AnyValue that comes is a text and nothing else, its length, with the reader before its first byte; otherwise -1, and the reader stays. */
function textLength(reader: ProtobufReader): number {
  const from = reader.at;
  const outer = reader.enter();
  let length = -1;
  if (reader.next() && reader.field === 1 && reader.wire === wireBytes) {
    length = reader.length();
    if (reader.at + length !== reader.end) length = -1;
  }
  const { at } = reader;
  reader.leave(outer);
  reader.at = length < 0 ? from : at;
  reader.wire = wireBytes;
  return length;
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
