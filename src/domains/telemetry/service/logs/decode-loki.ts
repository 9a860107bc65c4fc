// Loki's push requests straight into the store: JSON, and protobuf after its snappy was undone.
import { isRecord, listOf, splitNanos, textOf } from "../otlp/any-value.ts";
import { parseLogql } from "../logql/parse.ts";
import { HttpError } from "../../types/http-error.ts";
import { ProtobufReader } from "../wire/protobuf.ts";
import type { IntakeResult, LogDecoder } from "./decode-otlp.ts";

type Pairs = (readonly [string, string])[];

function refused(what: string): HttpError {
  return new HttpError(400, what);
}

/** The stream of `{a="b"}` as Loki's clients write it. */
function streamOfText(decoder: LogDecoder, text: string): number {
  let entries: Pairs;
  try {
    const selector = parseLogql(text);
    if (selector.kind !== "log" || selector.stages.length > 0 || selector.matchers.some((matcher) => matcher.op !== "=")) throw new Error("expected only name=\"value\" pairs");
    entries = selector.matchers.map((matcher) => [matcher.name, matcher.value]);
  } catch (error) { throw refused(`couldn't parse labels: ${error instanceof Error ? error.message : "broken"}`); }
  return streamOf(decoder, entries);
}

function streamOf(decoder: LogDecoder, entries: Pairs): number {
  if (entries.length === 0) throw refused("error at least one label pair is required per stream");
  for (const [name] of entries) if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) throw refused(`stream has invalid label name: ${JSON.stringify(name.slice(0, 100))}`);
  const stream = decoder.store.streamOf(entries.filter(([, value]) => value !== ""));
  if (stream === undefined) throw new HttpError(429, "Maximum active stream limit exceeded, reduce the number of active streams");
  return stream;
}

export function decodeLokiJson(decoder: LogDecoder, document: unknown): IntakeResult {
  const result: IntakeResult = { accepted: 0, rejected: 0, message: "" };
  if (!isRecord(document) || !Array.isArray(document["streams"])) throw refused("loghttp.PushRequest.Streams: expected an object with \"streams\"");
  for (const group of document["streams"]) {
    if (!isRecord(group) || !isRecord(group["stream"])) throw refused("expected \"stream\" with labels in every element of \"streams\"");
    const stream = streamOf(decoder, Object.entries(group["stream"]).map(([name, value]) => [name, textOf(value)]));
    for (const entry of listOf(group["values"])) {
      const [time, line, metadata] = listOf(entry);
      if (typeof time !== "string" || !/^-?\d{1,19}$/.test(time) || typeof line !== "string") throw refused("expected values of the form [\"<nanoseconds>\", \"<line>\"]");
      const [tsMs, tsNs] = splitNanos(time);
      if (metadata !== undefined && !(isRecord(metadata) && Object.values(metadata).every((value) => typeof value === "string")))
        throw refused("expected structured metadata as an object whose values are texts");
      const pairs: Pairs = isRecord(metadata) ? Object.entries(metadata).map(([name, value]) => [name, textOf(value)]) : [];
      const body = decoder.tools.encode(line);
      append(decoder, { stream, tsMs, tsNs, pairs }, body, 0, body.length);
      result.accepted += 1;
    }
  }
  return result;
}

interface Entry { readonly stream: number; readonly tsMs: number; readonly tsNs: number; readonly pairs: Pairs }

function append(decoder: LogDecoder, entry: Entry, body: Uint8Array, start: number, end: number): void {
  const ids = new Map(entry.pairs);
  const traceId = ids.get("trace_id") ?? "";
  const spanId = ids.get("span_id") ?? "";
  decoder.store.append(
    {
      stream: entry.stream,
      tsMs: entry.tsMs,
      tsNs: entry.tsNs,
      traceId,
      spanId,
      metadata: traceId === "" && spanId === "" ? entry.pairs : entry.pairs.filter(([name]) => name !== "trace_id" && name !== "span_id"),
    },
    body,
    start,
    end,
  );
}

/** PushRequest { streams = 1 { labels = 1, entries = 2 { timestamp = 1, line = 2, structuredMetadata = 3 } } }. */
export function decodeLokiProtobuf(decoder: LogDecoder, bytes: Uint8Array): IntakeResult {
  const result: IntakeResult = { accepted: 0, rejected: 0, message: "" };
  const reader = new ProtobufReader(bytes);
  while (reader.next()) {
    if (reader.field !== 1) { reader.skip(); continue; }
    const outer = reader.enter();
    let stream: number | undefined;
    while (reader.next()) {
      if (reader.field === 1) { const text = reader.subarray(); stream = streamOfText(decoder, decoder.tools.decode(text, 0, text.length)); } else if (reader.field === 2) {
        if (stream === undefined) throw refused("expected the labels of a stream before its entries");
        const inner = reader.enter();
        readEntry(decoder, reader, stream);
        result.accepted += 1;
        reader.leave(inner);
      } else reader.skip();
    }
    reader.leave(outer);
  }
  return result;
}

function readEntry(decoder: LogDecoder, reader: ProtobufReader, stream: number): void {
  let tsMs = 0;
  let tsNs = 0;
  let start = 0;
  let end = 0;
  const pairs: Pairs = [];
  while (reader.next()) {
    if (reader.field === 1) {
      const outer = reader.enter();
      let seconds = 0;
      let nanos = 0;
      while (reader.next()) { if (reader.field === 1) seconds = reader.int(); else if (reader.field === 2) nanos = reader.int(); else reader.skip(); }
      reader.leave(outer);
      tsMs = seconds * 1000 + Math.floor(nanos / 1_000_000);
      tsNs = nanos % 1_000_000;
    } else if (reader.field === 2) { const length = reader.length(); start = reader.at; end = start + length; reader.at = end; } else if (reader.field === 3) pairs.push(readPair(decoder, reader));
    else reader.skip();
  }
  append(decoder, { stream, tsMs, tsNs, pairs }, reader.bytes, start, end);
}

function readPair(decoder: LogDecoder, reader: ProtobufReader): readonly [string, string] {
  const outer = reader.enter();
  let name = "";
  let value = "";
  while (reader.next()) {
    if (reader.field !== 1 && reader.field !== 2) { reader.skip(); continue; }
    const isName = reader.field === 1;
    const length = reader.length();
    const text = decoder.strings.read(reader.bytes, reader.at, reader.at + length);
    reader.at += length;
    if (isName) name = text;
    else value = text;
  }
  reader.leave(outer);
  return [name, value];
}
