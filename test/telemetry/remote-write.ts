// What a Prometheus sends by remote write, made by hand for tests and benchmarks: protobuf, then snappy of literals only.

export interface SentHistogram {
  readonly timeMs: number;
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: readonly (readonly [number, number])[];
  readonly negative: readonly (readonly [number, number])[];
  readonly customValues: readonly number[];
  readonly hint: number;
  readonly isStale?: boolean;
}
export interface SentSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples?: readonly (readonly [number, number | "stale"])[];
  readonly histograms?: readonly SentHistogram[];
}

class Writer {
  bytes = new Uint8Array(128);
  length = 0;
  #view = new DataView(this.bytes.buffer);

  #room(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    bytes.set(this.bytes);
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
  varint(value: number): void {
    this.#room(10);
    let rest = value < 0 ? 2 ** 64 + value : value;
    if (value < 0) {
      let big = BigInt.asUintN(64, BigInt(value));
      while (big >= 128n) {
        this.bytes[this.length++] = Number(big & 127n) | 128;
        big >>= 7n;
      }
      this.bytes[this.length++] = Number(big);
      return;
    }
    while (rest >= 128) { this.bytes[this.length++] = rest % 128 + 128; rest = Math.floor(rest / 128); }
    this.bytes[this.length++] = rest;
  }
  sint(value: number): void { this.varint(value >= 0 ? value * 2 : -value * 2 - 1); }
  double(value: number | "stale"): void {
    this.#room(8);
    if (value === "stale") { this.#view.setUint32(this.length, 2, true); this.#view.setUint32(this.length + 4, 0x7ff00000, true); }
    else this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }
  message(field: number, inner: Uint8Array): void {
    this.varint(field * 8 + 2);
    this.varint(inner.length);
    this.raw(inner);
  }
  get done(): Uint8Array { return this.bytes.subarray(0, this.length); }
}

function make(fill: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  fill(writer);
  return writer.done;
}

const text = new TextEncoder();

function histogramMessage(one: SentHistogram): Uint8Array {
  return make((writer) => {
    writer.varint(2 * 8 + 1); writer.double(one.count);
    writer.varint(3 * 8 + 1); writer.double(one.isStale === true ? "stale" : one.sum);
    writer.varint(4 * 8); writer.sint(one.schema);
    writer.varint(5 * 8 + 1); writer.double(one.zeroThreshold);
    writer.varint(7 * 8 + 1); writer.double(one.zeroCount);
    for (const [field, pairs] of [[8, one.negative], [11, one.positive]] as const) {
      let next = 0;
      for (const [index] of pairs) {
        writer.message(field, make((span) => { span.varint(8); span.sint(index - next); span.varint(16); span.varint(1); }));
        next = index + 1;
      }
      if (pairs.length > 0) writer.message(field + 2, make((counts) => { for (const [, count] of pairs) counts.double(count); }));
    }
    writer.varint(14 * 8); writer.varint(one.hint);
    writer.varint(15 * 8); writer.varint(one.timeMs);
    if (one.customValues.length > 0) writer.message(16, make((values) => { for (const value of one.customValues) values.double(value); }));
  });
}

/** A WriteRequest. */
export function encodeWriteRequest(series: readonly SentSeries[]): Uint8Array {
  return make((writer) => {
    for (const one of series) {
      writer.message(1, make((inner) => {
        for (const [name, value] of Object.entries(one.labels).sort(([left], [right]) => (left < right ? -1 : 1))) {
          inner.message(1, make((label) => { label.message(1, text.encode(name)); label.message(2, text.encode(value)); }));
        }
        for (const [timeMs, value] of one.samples ?? []) inner.message(2, make((sample) => { sample.varint(9); sample.double(value); sample.varint(16); sample.varint(timeMs); }));
        for (const histogram of one.histograms ?? []) inner.message(4, histogramMessage(histogram));
      }));
    }
  });
}

export interface SentV2 extends SentSeries {
  readonly exemplars?: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number; readonly timeMs: number }[];
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string };
}

/** An io.prometheus.write.v2.Request; the table of symbols stands behind the series where `isTableLast`, as a sender may. */
export function encodeWriteV2(series: readonly SentV2[], options: { readonly isTableLast?: boolean; readonly extraReference?: number } = {}): Uint8Array {
  const symbols = new Map<string, number>([["", 0]]);
  const refer = (value: string): number => { const known = symbols.get(value) ?? symbols.size; symbols.set(value, known); return known; };
  const references = (labels: Readonly<Record<string, string>>) =>
    make((refs) => {
      for (const [name, value] of Object.entries(labels)) {
        refs.varint(refer(name));
        refs.varint(refer(value));
      }
      if (options.extraReference !== undefined) refs.varint(options.extraReference);
    });
  const body = make((writer) => {
    for (const one of series) {
      writer.message(5, make((inner) => {
        inner.message(1, references(one.labels));
        for (const [timeMs, value] of one.samples ?? []) inner.message(2, make((sample) => { sample.varint(9); sample.double(value); sample.varint(16); sample.varint(timeMs); }));
        for (const histogram of one.histograms ?? []) inner.message(3, histogramMessage(histogram));
        for (const { labels, value, timeMs } of one.exemplars ?? [])
          inner.message(
            4,
            make((exemplar) => {
              exemplar.message(1, references(labels));
              exemplar.varint(17);
              exemplar.double(value);
              exemplar.varint(24);
              exemplar.varint(timeMs);
            }),
          );
        const { metadata } = one;
        if (metadata !== undefined)
          inner.message(
            5,
            make((writes) => {
              writes.varint(8);
              writes.varint(metadata.type);
              writes.varint(24);
              writes.varint(refer(metadata.help));
              writes.varint(32);
              writes.varint(refer(metadata.unit));
            }),
          );
      }));
    }
  });
  const table = make((writer) => { for (const symbol of symbols.keys()) writer.message(4, text.encode(symbol)); });
  return make((writer) => { if (options.isTableLast === true) { writer.raw(body); writer.raw(table); } else { writer.raw(table); writer.raw(body); } });
}

/** Snappy's block format without a single copy: what it says is right, only long. */
export function encodeSnappy(bytes: Uint8Array): Uint8Array {
  return make((writer) => {
    writer.varint(bytes.length);
    for (let at = 0; at < bytes.length; at += 65_536) {
      const part = bytes.subarray(at, at + 65_536);
      const last = part.length - 1;
      writer.raw(Uint8Array.of(61 * 4, last & 255, last >>> 8));
      writer.raw(part);
    }
  });
}
