// Prometheus remote write 2.0: io.prometheus.write.v2.Request to a batch. Names and values are numbers of one table of symbols.
// Source: prometheus.io/docs/specs/prw/remote_write_spec_2_0.
import { HttpError } from "../../types/http-error.ts";
import { Labels, nameLabel } from "../vector/labels.ts";
import { ProtobufReader, wireBytes } from "../wire/protobuf.ts";
import { StringTable } from "../wire/strings.ts";
import type { Batch } from "./batch.ts";
import { metadataTypes, readHistogram, readNumbers, readSample } from "./remote-write.ts";
import type { Series } from "./series.ts";

function broken(why: string): HttpError { return new HttpError(400, `Cannot take the request: ${why}.`); }

/** The table of one request; a text is decoded when it is first used. */
class Symbols {
  readonly #bytes: Uint8Array;
  readonly #strings: StringTable;
  readonly #places: number[] = [];
  readonly #texts: (string | undefined)[] = [];

  constructor(bytes: Uint8Array, strings: StringTable) {
    this.#bytes = bytes;
    this.#strings = strings;
    const reader = new ProtobufReader(bytes);
    while (reader.next()) {
      if (reader.field !== 4 || reader.wire !== wireBytes) { reader.skip(); continue; }
      const length = reader.length();
      this.#places.push(reader.at, reader.at + length);
      reader.at += length;
    }
    if (this.#places.length > 0 && this.#places[0] !== this.#places[1]) throw broken("the first symbol is not empty, expected \"\"");
  }

  get(reference: number): string {
    const known = this.#texts[reference];
    if (known !== undefined) return known;
    const start = this.#places[reference * 2], end = this.#places[reference * 2 + 1];
    if (start === undefined || end === undefined) throw broken(`symbol ${reference} is not in the table of ${this.#places.length / 2}`);
    return this.#texts[reference] = this.#strings.read(this.#bytes, start, end);
  }

  labels(references: readonly number[]): Labels {
    if (references.length % 2 !== 0) throw broken("labels have an odd number of references, expected pairs");
    const pairs: (readonly [string, string])[] = [];
    for (let at = 0; at < references.length; at += 2) {
      const name = this.get(references[at] ?? 0);
      if (name === "") throw broken("a label has no name");
      if (pairs.some(([known]) => known === name)) throw broken(`the label ${JSON.stringify(name)} is there twice`);
      pairs.push([name, this.get(references[at + 1] ?? 0)]);
    }
    return Labels.from(pairs);
  }

  /** Of a series, which has a name. */
  seriesLabels(references: readonly number[]): Labels {
    const labels = this.labels(references);
    if (labels.get(nameLabel) === "") throw broken(`the series ${String(labels).slice(0, 200)} has no metric name, expected a label __name__`);
    return labels;
  }
}

function readReferences(reader: ProtobufReader): number[] {
  const references: number[] = [];
  readNumbers(reader, 0, () => reader.uint(), references);
  return references;
}

/** The references of a series wherever they stand in its message. */
function findLabels(reader: ProtobufReader, symbols: Symbols): Labels {
  const inner = new ProtobufReader(reader.bytes, reader.at, reader.end);
  const references: number[] = [];
  while (inner.next()) {
    if (inner.field === 1) references.push(...readReferences(inner));
    else inner.skip();
  }
  return symbols.seriesLabels(references);
}

function readExemplar(reader: ProtobufReader, symbols: Symbols, series: Series): { series: Labels; labels: Labels; value: number; timeMs: number } {
  const outer = reader.enter();
  const references: number[] = [];
  let value = 0, timeMs = 0;
  while (reader.next()) {
    if (reader.field === 1) references.push(...readReferences(reader));
    else if (reader.field === 2 && reader.wire === 1) value = reader.double();
    else if (reader.field === 3 && reader.wire === 0) timeMs = reader.int();
    else reader.skip();
  }
  reader.leave(outer);
  return { series: series.labels, labels: symbols.labels(references), value, timeMs };
}

function readMetadata(reader: ProtobufReader, symbols: Symbols): { type: string; help: string; unit: string } {
  const outer = reader.enter();
  let type = 0, help = 0, unit = 0;
  while (reader.next()) {
    if (reader.wire !== 0) reader.skip();
    else if (reader.field === 1) type = reader.uint();
    else if (reader.field === 3) help = reader.uint();
    else if (reader.field === 4) unit = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { type: metadataTypes[type] ?? "unknown", help: help === 0 ? "" : symbols.get(help), unit: unit === 0 ? "" : symbols.get(unit) };
}

export class RemoteWriteV2Reader {
  readonly #strings = new StringTable();

  /** Throws HttpError 400 where the message is broken; nothing is stored before `batch.commit()`. */
  read(bytes: Uint8Array, batch: Batch): void {
    const symbols = new Symbols(bytes, this.#strings);
    const reader = new ProtobufReader(bytes);
    while (reader.next()) {
      if (reader.field !== 5 || reader.wire !== wireBytes) { reader.skip(); continue; }
      const outer = reader.enter();
      this.#series(reader, symbols, batch);
      reader.leave(outer);
    }
  }

  #series(reader: ProtobufReader, symbols: Symbols, batch: Batch): void {
    const labels = findLabels(reader, symbols);
    const series = batch.find(labels);
    if (series !== undefined) batch.begin(series);
    let refused = 0;
    while (reader.next()) {
      const { field } = reader;
      if (reader.wire !== wireBytes || field === 1) { reader.skip(); continue; }
      if (field === 5) {
        const metadata = readMetadata(reader, symbols);
        if (labels.get(nameLabel) !== "" && (metadata.type !== "unknown" || metadata.help !== "" || metadata.unit !== ""))
          batch.addMetadata(labels.get(nameLabel), metadata);
      }
      else if (series === undefined) { if (field === 2 || field === 3) refused++; reader.skip(); }
      else if (field === 2) readSample(reader, batch);
      else if (field === 3) readHistogram(reader, batch, series);
      else if (field === 4) batch.addExemplar(readExemplar(reader, symbols, series));
      else reader.skip();
    }
    if (refused > 0) batch.refuse("series", "", refused);
  }
}
