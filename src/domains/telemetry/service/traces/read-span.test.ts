// Spans off the wire against the same spans as OTLP/JSON: the short cuts of the wire reader may change nothing.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ProtobufWriter } from "../otlp/protobuf-writer.ts";
import { StringTable } from "../wire/strings.ts";
import { decodeOtlpTraces, decodeOtlpTracesJson } from "./decode-otlp.ts";
import type { SpanDecoder } from "./read-span.ts";
import { SpanStore } from "./span-store.ts";
import { traceJson } from "./trace-json.ts";

const seed = 20_261_121;
let state = seed;
const next = (below: number): number => { state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0; return Math.floor((state >>> 0) / 2 ** 32 * below); };

type Any =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly Any[] } };
interface Pair { readonly key: string; readonly value: Any }

function anyValue(): Any {
  switch (next(9)) {
    case 0: return { boolValue: next(2) === 1 };
    case 1: return { intValue: String([0, 1, 127, 128, 16_383, 16_384, 2_097_152, 268_435_455, 268_435_456, 2 ** 31, 2 ** 40, -1, -5][next(13)]) };
    case 2: return { doubleValue: [0, 1.5, -2, 1e300, 3][next(5)] ?? 0 };
    case 3: return { arrayValue: { values: [{ stringValue: "a" }, { stringValue: `b${next(3)}` }] } };
    case 4: return { stringValue: "é".repeat(next(3)) + "long ".repeat(next(40)) };
    default: return { stringValue: `value-${next(500)}` };
  }
}
function writeAny(writer: ProtobufWriter, value: Any): void {
  if ("stringValue" in value) writer.text(1, value.stringValue, true);
  else if ("boolValue" in value) writer.varint(2, value.boolValue ? 1 : 0);
  else if ("intValue" in value) writer.varint(3, Number(value.intValue));
  else if ("doubleValue" in value) writer.double(4, value.doubleValue);
  else writer.message(5, () => { for (const one of value.arrayValue.values) writer.message(1, () => writeAny(writer, one)); });
}
function writePairs(writer: ProtobufWriter, field: number, pairs: readonly Pair[]): void {
  for (const { key, value } of pairs) {
    writer.message(field, () => {
      // Either order is allowed.
      if (next(10) === 0) { writer.message(2, () => writeAny(writer, value)); writer.text(1, key); } else { writer.text(1, key); writer.message(2, () => writeAny(writer, value)); }
    });
  }
}
const pairs = (): readonly Pair[] => Array.from({ length: next(9) }, () => ({ key: `attribute.${next(12)}${"x".repeat(next(20) === 0 ? 140 : 0)}`, value: anyValue() }));
const hex = (digits: number): string => Array.from({ length: digits }, () => "0123456789abcdef"[next(16)]).join("");

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Pair[];
  readonly events: readonly { readonly timeUnixNano: string; readonly name: string; readonly attributes: readonly Pair[] }[];
  readonly status: { readonly code: number; readonly message: string };
}

function span(traceId: string, parentSpanId: string): Span {
  const start = 1_700_000_000_000_000_000n + BigInt(next(2 ** 31)) * 7n;
  return {
    traceId,
    spanId: hex(16),
    parentSpanId,
    name: `op-${next(20)}`,
    kind: next(6),
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(next(2 ** 31))),
    attributes: pairs(),
    events: Array.from({ length: next(4) === 0 ? 2 : 0 }, () => ({ timeUnixNano: String(start + 5n), name: `event ${next(3)}`, attributes: pairs() })),
    status: { code: next(3), message: next(5) === 0 ? "it failed" : "" },
  };
}

function encode(spans: readonly Span[]): Uint8Array {
  const writer = new ProtobufWriter();
  writer.message(1, () => {
    writer.message(1, () => writePairs(writer, 1, [{ key: "service.name", value: { stringValue: "shop" } }]));
    writer.message(2, () => {
      for (const one of spans) {
        writer.message(2, () => {
          writer.hex(1, one.traceId);
          writer.hex(2, one.spanId);
          writer.hex(4, one.parentSpanId);
          writer.text(5, one.name);
          writer.varint(6, one.kind);
          writer.fixed64(7, BigInt(one.startTimeUnixNano));
          writer.fixed64(8, BigInt(one.endTimeUnixNano));
          writePairs(writer, 9, one.attributes);
          for (const event of one.events)
            writer.message(11, () => {
              writer.fixed64(1, BigInt(event.timeUnixNano));
              writer.text(2, event.name);
              writePairs(writer, 3, event.attributes);
            });
          writer.message(15, () => { writer.text(2, one.status.message); writer.varint(3, one.status.code); });
        });
      }
    });
  });
  return writer.finish();
}

function decoder(): SpanDecoder { return { store: new SpanStore(), strings: new StringTable(), resourceIds: new Map(), scopeIds: new Map(), refused: { count: 0, reason: "" } }; }
// Traces of a batch that was rolled back keep their number, without spans.
const shown = ({ store }: SpanDecoder): unknown =>
  Array.from({ length: store.traces.count }, (_, trace) => trace)
    .filter((trace) => store.rowsOf(trace).length > 0)
    .map((trace) => [store.traces.hex(trace), traceJson(store, store.rowsOf(trace))]);

describe("readSpan()", () => {
  it(`reads what the JSON reader reads (seed ${seed}), across batches and after a batch that was rolled back`, () => {
    const wire = decoder(), json = decoder();
    for (let batch = 0; batch < 30; batch++) {
      const spans: Span[] = [];
      for (let at = 0; at < 40; at++) { const before = spans.at(-1); spans.push(before !== undefined && next(5) > 0 ? span(before.traceId, before.spanId) : span(hex(32), "")); }
      const bytes = encode(spans);
      // A span without ids is refused alone; what is rolled back leaves nothing behind.
      if (batch % 4 === 1) {
        const mark = wire.store.mark();
        const other = encode(Array.from({ length: 40 }, (_, at) => span(hex(at === 39 ? 30 : 32), "")));
        assert.equal(decodeOtlpTraces(wire, other), 39);
        assert.deepEqual(wire.refused, { count: 1, reason: "Cannot take a span: its trace_id has not 16 bytes, expected 16." });
        wire.refused.count = 0;
        wire.store.rollback(mark);
        assert.throws(() => decodeOtlpTraces(wire, encode([span(hex(30), "")])), /its trace_id has not 16 bytes/);
        wire.refused.count = 0;
        wire.store.rollback(mark);
      }
      assert.equal(decodeOtlpTraces(wire, bytes), 40);
      assert.equal(
        decodeOtlpTracesJson(json, {
          resourceSpans: [{ resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] }, scopeSpans: [{ spans }] }],
        }),
        40,
      );
    }
    assert.deepEqual(shown(wire), shown(json));
  });
});
