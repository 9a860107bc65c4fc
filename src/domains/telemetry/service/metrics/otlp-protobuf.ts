// ExportMetricsServiceRequest from protobuf to the sink. Source: opentelemetry-proto, metrics/v1/metrics.proto and common/v1/common.proto.
import { ProtobufReader } from "../wire/protobuf.ts";
import { StringTable } from "../wire/strings.ts";
import type { OtlpExemplar, OtlpMetric, OtlpPoint, OtlpSink } from "./otlp-sink.ts";

const strings = new StringTable();
type Pairs = (readonly [string, string])[];

function readText(reader: ProtobufReader): string {
  const length = reader.length();
  const text = strings.read(reader.bytes, reader.at, reader.at + length);
  reader.at += length;
  return text;
}

function readHex(reader: ProtobufReader): string {
  return [...reader.subarray()].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A message field, field by field; the fields that `visit` does not take are skipped. */
function readMessage(reader: ProtobufReader, visit: (field: number, wire: number) => boolean): void {
  const outer = reader.enter();
  while (reader.next()) if (!visit(reader.field, reader.wire)) reader.skip();
  reader.leave(outer);
}

/** AnyValue as a string or as what JSON would hold of it. */
function readAny(reader: ProtobufReader): unknown {
  let value: unknown = "";
  readMessage(reader, (field, wire) => {
    if (field === 1 && wire === 2) value = readText(reader);
    else if (field === 2 && wire === 0) value = reader.bool();
    else if (field === 3 && wire === 0) value = reader.int();
    else if (field === 4 && wire === 1) value = reader.double();
    else if (field === 5 && wire === 2) { const list: unknown[] = []; readMessage(reader, (inner, innerWire) => inner === 1 && innerWire === 2 && (list.push(readAny(reader)), true)); value = list; }
    else if (field === 6 && wire === 2) { const record: Record<string, unknown> = {}; readMessage(reader, (inner, innerWire) => { if (inner !== 1 || innerWire !== 2) return false; const [key, one] = readPair(reader); record[key] = one; return true; }); value = record; }
    else if (field === 7 && wire === 2) value = readHex(reader);
    else return false;
    return true;
  });
  return value;
}

function readPair(reader: ProtobufReader): readonly [string, unknown] {
  let key = "";
  let value: unknown = "";
  readMessage(reader, (field, wire) => {
    if (field === 1 && wire === 2) key = readText(reader);
    else if (field === 2 && wire === 2) value = readAny(reader);
    else return false;
    return true;
  });
  return [key, value];
}

export const showAttribute = (value: unknown): string => (typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value));

function readAttribute(reader: ProtobufReader, into: Pairs): true {
  const [key, value] = readPair(reader);
  into.push([key, showAttribute(value)]);
  return true;
}

function readRepeated(reader: ProtobufReader, scalarWire: number, read: () => number, into: number[]): void {
  if (reader.wire === scalarWire) { into.push(read()); return; }
  const outer = reader.enter();
  while (reader.at < reader.end) into.push(read());
  reader.leave(outer);
}

function readExemplar(reader: ProtobufReader): OtlpExemplar {
  const attributes: Pairs = [];
  let timeMs = 0, value = 0, traceId = "", spanId = "";
  readMessage(reader, (field, wire) => {
    if (field === 7 && wire === 2) return readAttribute(reader, attributes);
    if (field === 2 && wire === 1) timeMs = reader.nanosAsMs();
    else if (field === 3 && wire === 1) value = reader.double();
    else if (field === 6 && wire === 1) value = reader.sfixed64();
    else if (field === 5 && wire === 2) traceId = readHex(reader);
    else if (field === 4 && wire === 2) spanId = readHex(reader);
    else return false;
    return true;
  });
  return { attributes, timeMs, value, traceId, spanId };
}

interface Draft {
  attributes: Pairs;
  timeMs: number;
  isStale: boolean;
  exemplars: OtlpExemplar[];
  value: number;
  count: number;
  sum: number;
  bucketCounts: number[];
  bounds: number[];
  scale: number;
  zeroCount: number;
  zeroThreshold: number;
  positive: { offset: number; counts: number[] };
  negative: { offset: number; counts: number[] };
  quantiles: (readonly [number, number])[];
}

export function emptyPoint(): Draft {
  return {
    attributes: [],
    timeMs: 0,
    isStale: false,
    exemplars: [],
    value: 0,
    count: 0,
    sum: 0,
    bucketCounts: [],
    bounds: [],
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: { offset: 0, counts: [] },
    negative: { offset: 0, counts: [] },
    quantiles: [],
  };
}

function readNumberPoint(reader: ProtobufReader): OtlpPoint {
  const point = emptyPoint();
  readMessage(reader, (field, wire) => {
    if (field === 7 && wire === 2) return readAttribute(reader, point.attributes);
    if (field === 3 && wire === 1) point.timeMs = reader.nanosAsMs();
    else if (field === 4 && wire === 1) point.value = reader.double();
    else if (field === 6 && wire === 1) point.value = reader.sfixed64();
    else if (field === 5 && wire === 2) point.exemplars.push(readExemplar(reader));
    else if (field === 8 && wire === 0) point.isStale = (reader.uint() & 1) === 1;
    else return false;
    return true;
  });
  return point;
}

function readHistogramPoint(reader: ProtobufReader): OtlpPoint {
  const point = emptyPoint();
  point.sum = Number.NaN; // absent where negative values were observed
  readMessage(reader, (field, wire) => {
    if (field === 9 && wire === 2) return readAttribute(reader, point.attributes);
    if (field === 3 && wire === 1) point.timeMs = reader.nanosAsMs();
    else if (field === 4 && wire === 1) point.count = reader.fixed64();
    else if (field === 5 && wire === 1) point.sum = reader.double();
    else if (field === 6) readRepeated(reader, 1, () => reader.fixed64(), point.bucketCounts);
    else if (field === 7) readRepeated(reader, 1, () => reader.double(), point.bounds);
    else if (field === 8 && wire === 2) point.exemplars.push(readExemplar(reader));
    else if (field === 10 && wire === 0) point.isStale = (reader.uint() & 1) === 1;
    else return false;
    return true;
  });
  return point;
}

function readBuckets(reader: ProtobufReader): { offset: number; counts: number[] } {
  const buckets = { offset: 0, counts: [] as number[] }; // an empty list of the type that it is filled with
  readMessage(reader, (field, wire) => {
    if (field === 1 && wire === 0) buckets.offset = reader.sint();
    else if (field === 2) readRepeated(reader, 0, () => reader.uint(), buckets.counts);
    else return false;
    return true;
  });
  return buckets;
}

function readExponentialPoint(reader: ProtobufReader): OtlpPoint {
  const point = emptyPoint();
  point.sum = Number.NaN; // absent where negative values were observed
  readMessage(reader, (field, wire) => {
    if (field === 1 && wire === 2) return readAttribute(reader, point.attributes);
    if (field === 3 && wire === 1) point.timeMs = reader.nanosAsMs();
    else if (field === 4 && wire === 1) point.count = reader.fixed64();
    else if (field === 5 && wire === 1) point.sum = reader.double();
    else if (field === 6 && wire === 0) point.scale = reader.sint();
    else if (field === 7 && wire === 1) point.zeroCount = reader.fixed64();
    else if (field === 8 && wire === 2) point.positive = readBuckets(reader);
    else if (field === 9 && wire === 2) point.negative = readBuckets(reader);
    else if (field === 10 && wire === 0) point.isStale = (reader.uint() & 1) === 1;
    else if (field === 11 && wire === 2) point.exemplars.push(readExemplar(reader));
    else if (field === 14 && wire === 1) point.zeroThreshold = reader.double();
    else return false;
    return true;
  });
  return point;
}

function readSummaryPoint(reader: ProtobufReader): OtlpPoint {
  const point = emptyPoint();
  readMessage(reader, (field, wire) => {
    if (field === 7 && wire === 2) return readAttribute(reader, point.attributes);
    if (field === 3 && wire === 1) point.timeMs = reader.nanosAsMs();
    else if (field === 4 && wire === 1) point.count = reader.fixed64();
    else if (field === 5 && wire === 1) point.sum = reader.double();
    else if (field === 6 && wire === 2) {
      let quantile = 0, value = 0;
      readMessage(reader, (inner) => { if (inner === 1) quantile = reader.double(); else if (inner === 2) value = reader.double(); else return false; return true; });
      point.quantiles.push([quantile, value]);
    } else if (field === 8 && wire === 0) point.isStale = (reader.uint() & 1) === 1;
    else return false;
    return true;
  });
  return point;
}

const kinds = new Map<number, readonly [OtlpMetric["kind"], (reader: ProtobufReader) => OtlpPoint]>([
  [5, ["gauge", readNumberPoint]],
  [7, ["sum", readNumberPoint]],
  [9, ["histogram", readHistogramPoint]],
  [10, ["exponential", readExponentialPoint]],
  [11, ["summary", readSummaryPoint]],
]);

function readMetric(reader: ProtobufReader, sink: OtlpSink): void {
  let name = "", unit = "", description = "", kind: OtlpMetric["kind"] = "gauge", isDelta = false, isMonotonic = false;
  const points: OtlpPoint[] = [];
  readMessage(reader, (field, wire) => {
    if (wire !== 2) return false;
    if (field === 1) name = readText(reader);
    else if (field === 2) description = readText(reader);
    else if (field === 3) unit = readText(reader);
    else {
      const found = kinds.get(field);
      if (found === undefined) return false;
      kind = found[0];
      readMessage(reader, (inner, innerWire) => {
        if (inner === 1 && innerWire === 2) points.push(found[1](reader));
        else if (inner === 2 && innerWire === 0) isDelta = reader.uint() === 1;
        else if (inner === 3 && innerWire === 0) isMonotonic = reader.bool();
        else return false;
        return true;
      });
    }
    return true;
  });
  sink.add({ name, unit, description, kind, isDelta, isMonotonic }, points);
}

function readScope(reader: ProtobufReader, sink: OtlpSink): void {
  let name = "", version = "";
  const metrics: number[] = [];
  readMessage(reader, (field, wire) => {
    if (field === 1 && wire === 2)
      readMessage(reader, (inner, innerWire) => {
        if (innerWire !== 2 || inner > 2) return false;
        if (inner === 1) name = readText(reader);
        else version = readText(reader);
        return true;
      });
    else if (field === 2 && wire === 2) { metrics.push(reader.at); reader.skip(); }
    else return false;
    return true;
  });
  sink.beginScope(name, version);
  replay(reader, metrics, () => readMetric(reader, sink));
}

/** Reads remembered message fields: a sender may put what they depend on behind them. */
function replay(reader: ProtobufReader, starts: readonly number[], read: () => void): void {
  const { at, end } = reader;
  reader.end = reader.bytes.length;
  for (const start of starts) { reader.at = start; reader.wire = 2; read(); reader.end = reader.bytes.length; }
  reader.at = at;
  reader.end = end;
}

/** Throws HttpError 400 where the message is broken. */
export function readOtlpProtobuf(bytes: Uint8Array, sink: OtlpSink): void {
  const reader = new ProtobufReader(bytes);
  while (reader.next()) {
    if (reader.field !== 1 || reader.wire !== 2) { reader.skip(); continue; }
    const attributes: Pairs = [];
    const scopes: number[] = [];
    readMessage(reader, (field, wire) => {
      if (field === 1 && wire === 2) readMessage(reader, (inner, innerWire) => inner === 1 && innerWire === 2 && readAttribute(reader, attributes));
      else if (field === 2 && wire === 2) { scopes.push(reader.at); reader.skip(); }
      else return false;
      return true;
    });
    sink.beginResource(attributes);
    replay(reader, scopes, () => readScope(reader, sink));
    sink.endResource();
  }
}
