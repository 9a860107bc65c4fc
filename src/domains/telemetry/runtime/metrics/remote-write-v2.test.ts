// Remote write 2.0 through the engine's door: everything that the message holds, what is written is counted, what is broken is refused whole.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { encodeSnappy, encodeWriteRequest, encodeWriteV2, type SentV2 } from "../../../../../test/telemetry/remote-write.ts";
import { startTestEngine, type TestEngine } from "../../../../../test/telemetry/engine.ts";

let engine: TestEngine;
before(async () => { engine = await startTestEngine(["--data", "data"]); });
after(async () => { await engine.stop(); });

const type = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
const post = (message: Uint8Array, contentType = type) =>
  engine.call("/api/v1/write", {
    method: "POST",
    headers: { "content-type": contentType, "content-encoding": "snappy", "x-prometheus-remote-write-version": "2.0.0" },
    body: encodeSnappy(message),
  });
const written = (headers: Readonly<Record<string, unknown>>) => ["samples", "histograms", "exemplars"].map((kind) => headers[`x-prometheus-remote-write-${kind}-written`]);
const value = async (query: string) =>
  (await engine.api("query", { query, time: "10" })).data as {
    result: readonly { metric: unknown; value?: readonly [number, string]; histogram?: readonly [number, { count: string }] }[];
  };

const histogram = { timeMs: 10_000, schema: 0, count: 3, sum: 6, zeroThreshold: 0, zeroCount: 0, positive: [[1, 1], [2, 2]] as const, negative: [], customValues: [], hint: 0 };
const series: readonly SentV2[] = [
  {
    labels: { __name__: "hits_total", job: "a" },
    samples: [
      [9000, 1],
      [10_000, 4],
    ],
    exemplars: [{ labels: { trace_id: "ff" }, value: 3, timeMs: 9500 }],
    metadata: { type: 1, help: "Hits.", unit: "" },
  },
  { labels: { __name__: "wait_seconds", job: "a" }, histograms: [histogram], metadata: { type: 3, help: "Waits.", unit: "seconds" } },
];

test("samples, histograms, exemplars and metadata are taken, and the answer counts what was written", async () => {
  const sent = await post(encodeWriteV2(series));
  assert.deepEqual([sent.status, written(sent.headers)], [204, ["2", "1", "1"]], sent.text);
  assert.deepEqual((await value("hits_total")).result, [{ metric: { __name__: "hits_total", job: "a" }, value: [10, "4"] }]);
  assert.equal((await value("wait_seconds")).result[0]?.histogram?.[1].count, "3");
  assert.deepEqual((await engine.api("metadata", {})).data, {
    hits_total: [{ type: "counter", help: "Hits.", unit: "" }],
    wait_seconds: [{ type: "histogram", help: "Waits.", unit: "seconds" }],
  });
  assert.deepEqual(((await engine.api("query_exemplars", { query: "hits_total", start: "9", end: "10" })).data as { exemplars: unknown }[])[0]?.exemplars, [
    { labels: { trace_id: "ff" }, value: "3", timestamp: 9.5 },
  ]);
});

test("a table behind the series is read too; version 1 stays what it was", async () => {
  assert.equal((await post(encodeWriteV2([{ labels: { __name__: "late" }, samples: [[10_000, 7]] }], { isTableLast: true }))).status, 204);
  assert.equal((await value("late")).result[0]?.value?.[1], "7");
  const old = await post(encodeWriteRequest([{ labels: { __name__: "old" }, samples: [[10_000, 8]] }]), "application/x-protobuf;proto=prometheus.WriteRequest");
  assert.deepEqual([old.status, written(old.headers)], [204, ["1", "0", "0"]]);
  assert.equal((await value("old")).result[0]?.value?.[1], "8");
});

test("another value at a known time is not written, which the counts and the status say", async () => {
  const sent = await post(encodeWriteV2([{ labels: { __name__: "hits_total", job: "a" }, samples: [[10_000, 5], [11_000, 6]] }]));
  assert.deepEqual([sent.status, written(sent.headers), /duplicate sample/.test(sent.text)], [400, ["1", "0", "0"], true]);
});

test("what is broken is refused with its reason, and nothing of it is kept", async () => {
  const fresh: readonly SentV2[] = [{ labels: { __name__: "fresh" }, samples: [[10_000, 1]] }];
  for (const [message, contentType, status, reason] of [
    [encodeWriteV2(fresh, { extraReference: 1 }), type, 400, /odd number of references/],
    [encodeWriteV2([...fresh, { labels: { "": "x" }, samples: [[1, 1]] }]), type, 400, /a label has no name/],
    [Uint8Array.of(42, 4, 10, 2, 1, 99), type, 400, /symbol \d+ is not in the table/],
    [encodeWriteV2(fresh).subarray(0, 30), type, 400, /Cannot decode the protobuf message/],
    [encodeWriteV2(fresh), "application/x-protobuf;proto=io.prometheus.write.v3.Request", 415, /expected application\/x-protobuf/],
    [encodeWriteV2(fresh), "application/json", 415, /expected application\/x-protobuf/],
  ] as const) {
    const sent = await post(message, contentType);
    assert.deepEqual([sent.status, reason.test(sent.text)], [status, true], sent.text);
  }
  assert.deepEqual((await value("fresh")).result, []);
});

test("it is there again after a restart", async () => {
  const { home } = engine;
  await engine.stop({ signal: "SIGKILL", keepsHome: true });
  engine = await startTestEngine(["--data", "data"], { home });
  assert.equal((await value("hits_total")).result[0]?.value?.[1], "4");
  assert.equal((await value("late")).result[0]?.value?.[1], "7");
});
