// Log records off the wire against the same records as OTLP/JSON: the short cuts of the wire reader may change nothing.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nodeByteTools } from "../../runtime/byte-tools.ts";
import { ProtobufWriter } from "../otlp/protobuf-writer.ts";
import { StringTable } from "../wire/strings.ts";
import { decodeOtlpLogs, decodeOtlpLogsJson, type LogDecoder } from "./decode-otlp.ts";
import { LogStore } from "./log-store.ts";

const seed = 20_261_121;
let state = seed;
const next = (below: number): number => { state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0; return Math.floor((state >>> 0) / 2 ** 32 * below); };
const hex = (digits: number): string => Array.from({ length: digits }, () => "0123456789abcdef"[next(16)]).join("");

interface LogRecord {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: { readonly stringValue: string } | { readonly intValue: string } | undefined;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
  readonly traceId: string;
  readonly spanId: string;
}

function record(at: number): LogRecord {
  return {
    timeUnixNano: next(10) === 0 ? "0" : String(1_700_000_000_000_000_000n + BigInt(at) * 1_000_003n), observedTimeUnixNano: String(1_700_000_001_000_000_000n + BigInt(at)),
    severityNumber: next(25), severityText: next(3) === 0 ? ["INFO", "Warn", "ERROR"][next(3)] ?? "" : "",
    body: next(12) === 0 ? undefined : next(12) === 0 ? { intValue: String(next(1000)) } : { stringValue: "é".repeat(next(4)) + "words ".repeat(next(60)) },
    attributes: Array.from({ length: next(5) }, () => ({ key: ["http.route", "1st", "user.id", `k${"x".repeat(130)}`][next(4)] ?? "", value: { stringValue: `v${next(900)}` } })),
    traceId: next(3) === 0 ? "" : next(8) === 0 ? hex(8) : hex(32), spanId: next(3) === 0 ? "" : hex(16),
  };
}

/** Broken: the last record ends with a field 0, which no message has. */
function encode(records: readonly LogRecord[], isBroken = false): Uint8Array {
  const writer = new ProtobufWriter();
  const pair = (key: string, value: string): void => { writer.text(1, key); writer.message(2, () => writer.text(1, value, true)); };
  writer.message(1, () => {
    writer.message(1, () => { writer.message(1, () => pair("service.name", "shop")); writer.message(1, () => pair("process.pid", "7")); });
    writer.message(2, () => {
      writer.message(1, () => { writer.text(1, "logger"); writer.text(2, "1.0"); });
      for (const one of records) {
        writer.message(2, () => {
          if (one.timeUnixNano !== "0") writer.fixed64(1, BigInt(one.timeUnixNano));
          writer.fixed64(11, BigInt(one.observedTimeUnixNano));
          if (one.severityNumber > 0) writer.varint(2, one.severityNumber);
          writer.text(3, one.severityText);
          const { body } = one;
          if (body !== undefined) writer.message(5, () => { if ("stringValue" in body) writer.text(1, body.stringValue, true); else writer.varint(3, Number(body.intValue)); });
          for (const { key, value } of one.attributes) writer.message(6, () => pair(key, value.stringValue));
          writer.hex(9, one.traceId);
          writer.hex(10, one.spanId);
          if (isBroken && one === records.at(-1)) writer.varint(0, 1);
        });
      }
    });
  });
  return writer.finish();
}

function shown({ store }: LogDecoder): unknown {
  return store.chunks.flatMap((chunk) => Array.from({ length: chunk.count }, (_, row) => {
    const metadata: string[] = [];
    if (chunk.hasMetadata(row)) chunk.eachMetadata(row, (name, value) => metadata.push(`${name}=${value}`));
    return [
      store.streams[chunk.streams[row] ?? 0]?.key,
      chunk.tsMs[row],
      chunk.tsNs[row],
      Buffer.from(chunk.bodies.slice(chunk.offsets[row], chunk.offsets[row + 1])).toString(),
      ...metadata,
    ];
  }));
}

describe("decodeOtlpLogs()", () => {
  it(`reads what the JSON reader reads (seed ${seed}), across batches and chunks and after batches that were rolled back`, () => {
    const make = (): LogDecoder => ({ store: new LogStore(), tools: nodeByteTools, strings: new StringTable(), nowMs: 5 });
    const wire = make(), json = make();
    for (let batch = 0; batch < 40; batch++) {
      const records = Array.from({ length: 50 }, (_, at) => record(batch * 50 + at));
      const bytes = encode(records);
      if (batch % 4 === 0) {
        const mark = wire.store.mark();
        assert.throws(() => decodeOtlpLogs(wire, encode(Array.from({ length: 50 }, () => record(0)), true)), /field number 0/);
        wire.store.rollback(mark);
      }
      assert.equal(decodeOtlpLogs(wire, bytes).accepted, 50);
      const attributes = [{ key: "service.name", value: { stringValue: "shop" } }, { key: "process.pid", value: { stringValue: "7" } }];
      assert.equal(
        decodeOtlpLogsJson(json, {
          resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: "logger", version: "1.0" }, logRecords: records }] }],
        }).accepted,
        50,
      );
      if (batch === 21) for (const { store } of [wire, json]) { store.open.isFull = () => true; store.settle(); }
      else for (const { store } of [wire, json]) store.settle();
    }
    assert.equal(wire.store.count, 2000);
    assert.deepEqual(shown(wire), shown(json));
  });
});
