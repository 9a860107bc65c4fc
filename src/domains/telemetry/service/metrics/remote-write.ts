// Prometheus remote write 1.0: WriteRequest to a batch. Labels that came before are known by their bytes and not decoded again.
// Source: prometheus.io/docs/specs/prw/remote_write_spec and prompb/types.proto.
import { ProtobufReader } from "../wire/protobuf.ts";
import { StringTable } from "../wire/strings.ts";
import { Labels, nameLabel } from "../vector/labels.ts";
import { HttpError } from "../../types/http-error.ts";
import type { Batch } from "./batch.ts";
import { type Buckets, customSchema, makeBuckets, type NativeHistogram, type ResetHint } from "./histogram.ts";
import type { Series } from "./series.ts";

// Label blocks that are remembered; as many as series, and thrown away whole.
const knownMax = 250_000;
export const metadataTypes = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];
const hintNames: readonly ResetHint[] = ["unknown", "reset", "not_reset", "gauge"];
const staleLow = 2, staleHigh = 0x7ff00000;

interface Known { readonly key: Uint8Array; readonly series: Series; readonly next: Known | undefined }

export class RemoteWriteReader {
  readonly #strings = new StringTable();
  #known = new Map<number, Known>();
  #knownCount = 0;

  /** Forgets the series of a store that was emptied. */
  clear(): void {
    this.#known = new Map();
    this.#knownCount = 0;
  }

  /** Throws HttpError 400 where the message is broken; nothing is stored before `batch.commit()`. */
  read(bytes: Uint8Array, batch: Batch): void {
    const reader = new ProtobufReader(bytes);
    while (reader.next()) {
      if (reader.field === 1) { const outer = reader.enter(); this.#series(reader, batch); reader.leave(outer); }
      else if (reader.field === 3) { const outer = reader.enter(); this.#metadata(reader, batch); reader.leave(outer); }
      else reader.skip();
    }
  }

  #find(reader: ProtobufReader, from: number, to: number): { hash: number; series: Series | undefined } {
    const { bytes } = reader;
    let hash = to - from;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 16_777_619); // within the message
    for (let known = this.#known.get(hash); known !== undefined; known = known.next) {
      const { key } = known;
      if (key.length !== to - from) continue;
      let at = 0;
      while (at < key.length && key[at] === bytes[from + at]) at++;
      if (at === key.length) return { hash, series: known.series };
    }
    return { hash, series: undefined };
  }

  #series(reader: ProtobufReader, batch: Batch): void {
    const from = reader.at;
    let to = from;
    // Labels stand before everything else in what every sender writes.
    while (reader.next() && reader.field === 1 && reader.wire === 2) { const length = reader.length(); reader.at += length; to = reader.at; }
    const found = this.#find(reader, from, to);
    let { series } = found;
    if (series === undefined) {
      const labels = this.#labels(reader, from, to);
      if (typeof labels === "string") batch.refuse("series", labels, 0);
      else series = batch.find(labels);
      if (series !== undefined) this.#remember(found.hash, reader.bytes.slice(from, to), series);
    }
    reader.at = to;
    if (series !== undefined) batch.begin(series);
    let refused = 0;
    while (reader.next()) {
      const isTaken = series !== undefined;
      if (reader.field === 2 && reader.wire === 2) { if (isTaken) readSample(reader, batch); else { refused++; reader.skip(); } }
      else if (reader.field === 4 && reader.wire === 2) { if (series !== undefined) readHistogram(reader, batch, series); else { refused++; reader.skip(); } }
      else if (reader.field === 3 && reader.wire === 2 && series !== undefined) this.#exemplar(reader, batch, series);
      else reader.skip();
    }
    if (refused > 0) batch.refuse("series", "", refused);
  }

  #remember(hash: number, key: Uint8Array, series: Series): void {
    if (this.#knownCount >= knownMax) this.clear();
    this.#known.set(hash, { key, series, next: this.#known.get(hash) });
    this.#knownCount++;
  }

  #pair(reader: ProtobufReader): readonly [string, string] {
    let name = "", value = "";
    const outer = reader.enter();
    while (reader.next()) {
      if ((reader.field === 1 || reader.field === 2) && reader.wire === 2) {
        const length = reader.length();
        const text = this.#strings.read(reader.bytes, reader.at, reader.at + length);
        reader.at += length;
        if (reader.field === 1) name = text;
        else value = text;
      } else reader.skip();
    }
    reader.leave(outer);
    return [name, value];
  }

  /** What is wrong with them where they name no metric or one label twice: the series is refused and the others are taken. */
  #labels(reader: ProtobufReader, from: number, to: number): Labels | string {
    const inner = new ProtobufReader(reader.bytes, from, to);
    const pairs: (readonly [string, string])[] = [];
    while (inner.next()) {
      const pair = this.#pair(inner);
      if (pair[0] === "") throw new HttpError(400, "Cannot take the request: a label has no name.");
      pairs.push(pair);
    }
    const labels = Labels.from(pairs), double = pairs.find(([name], at) => pairs.findIndex(([other]) => other === name) < at);
    if (double !== undefined) return `the label ${JSON.stringify(double[0])} is there twice in ${String(labels).slice(0, 200)}`;
    return labels.get(nameLabel) === "" ? `the series ${String(labels).slice(0, 200)} has no metric name, expected a label __name__` : labels;
  }

  #exemplar(reader: ProtobufReader, batch: Batch, series: Series): void {
    const outer = reader.enter();
    const pairs: (readonly [string, string])[] = [];
    let value = 0, timeMs = 0;
    while (reader.next()) {
      if (reader.field === 1 && reader.wire === 2) pairs.push(this.#pair(reader));
      else if (reader.field === 2 && reader.wire === 1) value = reader.double();
      else if (reader.field === 3 && reader.wire === 0) timeMs = reader.int();
      else reader.skip();
    }
    reader.leave(outer);
    batch.addExemplar({ series: series.labels, labels: Labels.from(pairs), value, timeMs });
  }

  #metadata(reader: ProtobufReader, batch: Batch): void {
    let type = 0, name = "", help = "", unit = "";
    while (reader.next()) {
      if (reader.field === 1 && reader.wire === 0) type = reader.uint();
      else if (reader.wire === 2) {
        const length = reader.length();
        const text = this.#strings.read(reader.bytes, reader.at, reader.at + length);
        reader.at += length;
        if (reader.field === 2) name = text;
        else if (reader.field === 4) help = text;
        else if (reader.field === 5) unit = text;
      } else reader.skip();
    }
    if (name !== "") batch.addMetadata(name, { type: metadataTypes[type] ?? "unknown", help, unit });
  }
}

/** A sample of either version into the series that was begun. */
export function readSample(reader: ProtobufReader, batch: Batch): void {
  const outer = reader.enter();
  let time = 0, value = 0, isStale = false;
  while (reader.next()) {
    if (reader.field === 1 && reader.wire === 1) {
      value = reader.double();
      if (value !== value) isStale = reader.view.getUint32(reader.at - 8, true) === staleLow && reader.view.getUint32(reader.at - 4, true) === staleHigh;
    } else if (reader.field === 2 && reader.wire === 0) time = reader.int();
    else reader.skip();
  }
  reader.leave(outer);
  batch.add(time, value, isStale);
}

/** A native histogram of either version; a stale marker of one is that of a float. */
export function readHistogram(reader: ProtobufReader, batch: Batch, series: Series): void {
  const outer = reader.enter();
  const { timeMs, histogram, isStale } = decodeHistogram(reader);
  reader.leave(outer);
  if (isStale) { batch.begin(series); batch.add(timeMs, Number.NaN, true); }
  else batch.addHistogram(series, timeMs, histogram);
}

interface Spans { readonly spans: { offset: number; length: number }[]; deltas: number[]; counts: number[] }

function readSpan(reader: ProtobufReader): { offset: number; length: number } {
  const outer = reader.enter();
  const span = { offset: 0, length: 0 };
  while (reader.next()) {
    if (reader.field === 1 && reader.wire === 0) span.offset = reader.sint();
    else if (reader.field === 2 && reader.wire === 0) span.length = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return span;
}

/** A repeated scalar, packed or not. */
export function readNumbers(reader: ProtobufReader, packedWire: number, read: () => number, into: number[]): void {
  if (reader.wire === packedWire) { into.push(read()); return; }
  const outer = reader.enter();
  while (reader.at < reader.end) into.push(read());
  reader.leave(outer);
}

// Buckets of one histogram; native histograms are limited to hundreds by every client.
const bucketsMax = 20_000;

function toBuckets({ spans, deltas, counts }: Spans): Buckets {
  const pairs: (readonly [number, number])[] = [];
  let index = 0, at = 0, absolute = 0;
  for (const { offset, length } of spans) {
    index += offset;
    if (length > bucketsMax || pairs.length > bucketsMax) throw new HttpError(400, `Cannot take the request: a histogram has more than ${bucketsMax} buckets.`);
    for (let step = 0; step < length; step++, index++, at++) {
      absolute += deltas[at] ?? 0;
      pairs.push([index, counts.length > 0 ? counts[at] ?? 0 : absolute]);
    }
  }
  return makeBuckets(pairs);
}

/** prompb.Histogram: integer or float, exponential or with custom bounds. */
function decodeHistogram(reader: ProtobufReader): { timeMs: number; histogram: NativeHistogram; isStale: boolean } {
  let count = 0, sum = 0, schema = 0, zeroThreshold = 0, zeroCount = 0, hint = 0, timeMs = 0, isStale = false;
  const negative: Spans = { spans: [], deltas: [], counts: [] }, positive: Spans = { spans: [], deltas: [], counts: [] };
  const customValues: number[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case 1: count = reader.uint(); break;
      case 2: count = reader.double(); break;
      case 3:
        sum = reader.double();
        isStale = sum !== sum && reader.view.getUint32(reader.at - 8, true) === staleLow && reader.view.getUint32(reader.at - 4, true) === staleHigh;
        break;
      case 4: schema = reader.sint(); break;
      case 5: zeroThreshold = reader.double(); break;
      case 6: zeroCount = reader.uint(); break;
      case 7: zeroCount = reader.double(); break;
      case 8: negative.spans.push(readSpan(reader)); break;
      case 9: readNumbers(reader, 0, () => reader.sint(), negative.deltas); break;
      case 10: readNumbers(reader, 1, () => reader.double(), negative.counts); break;
      case 11: positive.spans.push(readSpan(reader)); break;
      case 12: readNumbers(reader, 0, () => reader.sint(), positive.deltas); break;
      case 13: readNumbers(reader, 1, () => reader.double(), positive.counts); break;
      case 14: hint = reader.uint(); break;
      case 15: timeMs = reader.int(); break;
      case 16: readNumbers(reader, 1, () => reader.double(), customValues); break;
      default: reader.skip();
    }
  }
  if (schema !== customSchema && (schema < -4 || schema > 8)) throw new HttpError(400, `Cannot take the request: a histogram has schema ${schema}, expected -4 to 8, or -53.`);
  return {
    timeMs,
    isStale,
    histogram: {
      schema,
      count,
      sum,
      zeroThreshold,
      zeroCount,
      positive: toBuckets(positive),
      negative: toBuckets(negative),
      customValues,
      hint: hintNames[hint] ?? "unknown",
    },
  };
}
