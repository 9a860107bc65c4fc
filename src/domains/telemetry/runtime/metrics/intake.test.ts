// Metrics on their way in: OTLP of every kind, remote write, and everything that is broken about them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import protobuf from "protobufjs";
import { startTestEngine, type TestEngine } from "../../../../../test/telemetry/engine.ts";
import { encodeSnappy, encodeWriteRequest } from "../../../../../test/telemetry/remote-write.ts";

let engine: TestEngine;
before(async () => { engine = await startTestEngine(); });
after(async () => { await engine.stop(); });

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
const nanos = (seconds: number): string => `${seconds}000000000`;

function request(metrics: readonly unknown[]) {
  return {
    resourceMetrics: [
      {
        resource: { attributes: [attribute("service.name", "checkout"), attribute("service.instance.id", "i1"), attribute("host.name", "h")] },
        scopeMetrics: [{ scope: { name: "lib", version: "1" }, metrics }],
      },
    ],
  };
}

const attributes = [attribute("http.route", "/pay")];
const everyKind = request([
  { name: "process.memory", unit: "By", description: "Memory", gauge: { dataPoints: [{ timeUnixNano: nanos(100), asInt: "123", attributes }] } },
  {
    name: "http.requests",
    unit: "{request}",
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [
        {
          timeUnixNano: nanos(100),
          asDouble: 7,
          attributes,
          exemplars: [
            {
              timeUnixNano: nanos(99),
              asDouble: 1,
              traceId: Buffer.from("0af7651916cd43dd8448eb211c80319c", "hex"),
              spanId: Buffer.from("b7ad6b7169203331", "hex"),
            },
          ],
        },
      ],
    },
  },
  {
    name: "http.duration",
    unit: "s",
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [{ timeUnixNano: nanos(100), count: "6", sum: 4.5, bucketCounts: ["1", "2", "3"], explicitBounds: [0.1, 1], attributes }],
    },
  },
  {
    name: "rpc.duration",
    unit: "ms",
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: [{ timeUnixNano: nanos(100), count: "4", sum: 10, scale: 0, zeroCount: "1", positive: { offset: 0, bucketCounts: ["1", "2"] }, attributes }],
    },
  },
  { name: "gc.pause", unit: "s", summary: { dataPoints: [{ timeUnixNano: nanos(100), count: "3", sum: 0.6, quantileValues: [{ quantile: 0.5, value: 0.2 }], attributes }] } },
]);

const schema = protobuf.parse(`syntax = "proto3";
message KeyValue { string key = 1; AnyValue value = 2; } message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
message Resource { repeated KeyValue attributes = 1; } message Scope { string name = 1; string version = 2; }
message Exemplar { repeated KeyValue filtered_attributes = 7; fixed64 time_unix_nano = 2; oneof value { double as_double = 3; sfixed64 as_int = 6; } bytes span_id = 4; bytes trace_id = 5; }
message NumberPoint { repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; oneof value { double as_double = 4; sfixed64 as_int = 6; } repeated Exemplar exemplars = 5; uint32 flags = 8; }
message HistogramPoint { repeated KeyValue attributes = 9; fixed64 time_unix_nano = 3; fixed64 count = 4; optional double sum = 5; repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; }
message Buckets { sint32 offset = 1; repeated uint64 bucket_counts = 2; }
message ExponentialPoint { repeated KeyValue attributes = 1; fixed64 time_unix_nano = 3; fixed64 count = 4; optional double sum = 5; sint32 scale = 6; fixed64 zero_count = 7; Buckets positive = 8; Buckets negative = 9; double zero_threshold = 14; }
message Quantile { double quantile = 1; double value = 2; } message SummaryPoint { repeated KeyValue attributes = 7; fixed64 time_unix_nano = 3; fixed64 count = 4; double sum = 5; repeated Quantile quantile_values = 6; }
message Gauge { repeated NumberPoint data_points = 1; } message Sum { repeated NumberPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message Histogram { repeated HistogramPoint data_points = 1; int32 aggregation_temporality = 2; } message Exponential { repeated ExponentialPoint data_points = 1; int32 aggregation_temporality = 2; } message Summary { repeated SummaryPoint data_points = 1; }
message Metric { string name = 1; string description = 2; string unit = 3; oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; Exponential exponential_histogram = 10; Summary summary = 11; } }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; } message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; } message Request { repeated ResourceMetrics resource_metrics = 1; }`).root.lookupType("Request");

async function values(query: string, time = "100"): Promise<Record<string, string>> {
  const { data } = await engine.api("query", { query, time });
  const { result } = data as { result: readonly { metric: Record<string, string>; value?: [number, string]; histogram?: [number, { count: string; sum: string }] }[] };
  return Object.fromEntries(
    result.map(({ metric, value, histogram }) => [
      Object.entries(metric)
        .filter(([name]) => !["job", "instance", "otel_scope_name", "otel_scope_version"].includes(name))
        .map(([, text]) => text)
        .join(" "),
      value?.[1] ?? `${histogram?.[1].count}/${histogram?.[1].sum}`,
    ]),
  );
}

const expected = {
  "process_memory_bytes /pay": "123",
  "http_requests_total /pay": "7",
  "http_duration_seconds_bucket /pay 0.1": "1",
  "http_duration_seconds_bucket /pay 1": "3",
  "http_duration_seconds_bucket /pay +Inf": "6",
  "http_duration_seconds_count /pay": "6",
  "http_duration_seconds_sum /pay": "4.5",
  "rpc_duration_milliseconds /pay": "4/10",
  "gc_pause_seconds /pay 0.5": "0.2",
  "gc_pause_seconds_count /pay": "3",
  "gc_pause_seconds_sum /pay": "0.6",
  "target_info h": "1",
};

test("OTLP metrics of every kind become Prometheus series, from JSON and from protobuf alike", async () => {
  const json = JSON.stringify(everyKind, (key, value: unknown) =>
    (key === "traceId" || key === "spanId") && typeof value === "object" ? Buffer.from((value as { data: number[] }).data).toString("hex") : value,
  );
  const camel = schema
    .encode(
      schema.fromObject(JSON.parse(JSON.stringify(everyKind, (key, value: unknown) => (key === "traceId" || key === "spanId" ? undefined : value))) as object),
    )
    .finish();
  for (const [type, body] of [["application/json", json], ["application/x-protobuf", camel]] as const) {
    await engine.call("/inspan/v1/data", { method: "DELETE" });
    const sent = await engine.call("/v1/metrics", { method: "POST", headers: { "content-type": type }, body });
    assert.equal(sent.status, 200, sent.text);
    assert.deepEqual(Object.entries(await values('{job="checkout"}')).sort(), Object.entries(expected).sort(), type);
  }
  const [series] = (await engine.api("series", { "match[]": "http_requests_total" })).data as Record<string, string>[];
  assert.deepEqual(series, { __name__: "http_requests_total", http_route: "/pay", instance: "i1", job: "checkout", otel_scope_name: "lib", otel_scope_version: "1" });
  assert.deepEqual((await engine.api("metadata", { metric: "process_memory_bytes" })).data, { process_memory_bytes: [{ type: "gauge", help: "Memory", unit: "By" }] });
});

test("OTLP exemplars are found by query_exemplars", async () => {
  await engine.call("/inspan/v1/data", { method: "DELETE" });
  const json = JSON.stringify(everyKind, (key, value: unknown) =>
    (key === "traceId" || key === "spanId") && typeof value === "object" ? Buffer.from((value as { data: number[] }).data).toString("hex") : value,
  );
  await engine.call("/v1/metrics", { method: "POST", headers: { "content-type": "application/json" }, body: json });
  const { data } = await engine.api("query_exemplars", { query: "rate(http_requests_total[5m])", start: "0", end: "200" });
  assert.deepEqual(
    (data as { exemplars: unknown[] }[]).map(({ exemplars }) => exemplars),
    [[{ labels: { trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331" }, value: "1", timestamp: 99 }]],
  );
});

test("target_info is of the resource alone, and is found wherever its points are", async () => {
  await engine.call("/inspan/v1/data", { method: "DELETE" });
  const resource = (service: string, times: readonly number[]) => ({
    resource: { attributes: [attribute("service.name", service), attribute("host.name", "h")] },
    scopeMetrics: [
      {
        scope: { name: "lib", version: "1" },
        metrics: [{ name: "up.time", gauge: { dataPoints: times.map((time) => ({ timeUnixNano: nanos(time), asInt: "1" })) } }],
      },
    ],
  });
  await engine.call("/v1/metrics", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceMetrics: [resource("a", [1000, 2000]), resource("b", [2000])] }),
  });
  for (const [time, jobs] of [["1000", ["a"]], ["1500", ["a"]], ["2000", ["a", "b"]]] as const) {
    const { result } = (await engine.api("query", { query: "target_info", time })).data as { result: readonly { metric: Record<string, string> }[] };
    assert.deepEqual(result.map(({ metric }) => metric), jobs.map((job) => ({ __name__: "target_info", host_name: "h", job })), time);
  }
});

test("OTLP deltas are summed up", async () => {
  await engine.call("/inspan/v1/data", { method: "DELETE" });
  for (const [seconds, value] of [[10, 3], [20, 4], [30, 5]] as const) {
    const body = JSON.stringify(
      request([{ name: "jobs", sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ timeUnixNano: nanos(seconds), asDouble: value }] } }]),
    );
    assert.equal((await engine.call("/v1/metrics", { method: "POST", headers: { "content-type": "application/json" }, body })).status, 200);
  }
  assert.deepEqual(await values("jobs_total", "30"), { jobs_total: "12" });
});

test("remote write refuses what is broken and keeps nothing of it", async () => {
  await engine.call("/inspan/v1/data", { method: "DELETE" });
  const whole = encodeWriteRequest([{ labels: { __name__: "a" }, samples: [[1000, 1]] }, { labels: { __name__: "b" }, samples: [[1000, 1]] }]);
  const post = (body: Uint8Array, headers: Record<string, string> = {}) =>
    engine.call("/api/v1/write", { method: "POST", headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy", ...headers }, body });
  for (let cut = 1; cut < whole.length; cut += 3) {
    const status = (await post(encodeSnappy(whole.subarray(0, cut)))).status;
    assert.ok(status === 400 || status === 204, `cut at ${cut}: ${status}`);
  }
  assert.equal((await post(encodeSnappy(whole).subarray(0, 20))).status, 400);
  assert.equal((await post(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x07))).status, 413);
  assert.equal((await post(Uint8Array.of(0x80, 0x80, 0x40, 0))).status, 400);
  assert.equal((await post(whole, { "content-type": "text/plain" })).status, 415);
  assert.equal((await post(whole, { "content-encoding": "zstd" })).status, 415);
  await engine.call("/inspan/v1/data", { method: "DELETE" });
  assert.equal((await post(encodeSnappy(whole.subarray(0, whole.length - 1)))).status, 400);
  assert.deepEqual(await values('{__name__=~".+"}', "1"), {});
});

test("a series without a name or with a label twice is refused, and the others are taken", async () => {
  const label = (name: string, value: string) =>
    Buffer.concat([Buffer.from([10, name.length + value.length + 4, 10, name.length]), Buffer.from(name), Buffer.from([18, value.length]), Buffer.from(value)]);
  const sample = Buffer.from([18, 11, 9, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 16, 5]);
  const series = (...labels: Buffer[]) => { const body = Buffer.concat([...labels, sample]); return Buffer.concat([Buffer.from([10, body.length]), body]); };
  const body = encodeSnappy(Buffer.concat([series(label("__name__", "fine")), series(label("a", "noname")), series(label("__name__", "twice"), label("a", "1"), label("a", "2"))]));
  for (const time of ["first", "again"]) {
    const sent = await engine.call("/api/v1/write", { method: "POST", headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy" }, body });
    assert.equal(sent.status, 400, time);
    assert.match(sent.text, /no metric name|is there twice/);
  }
  assert.deepEqual((await engine.api("series", { "match[]": ["fine", '{a=~".+"}'] })).data, [{ __name__: "fine" }]);
});

test("remote write takes samples out of order and of any age; of duplicates the first stays, and that is said", async () => {
  await engine.call("/inspan/v1/data", { method: "DELETE" });
  assert.equal((await engine.write([{ labels: { __name__: "x" }, samples: [[5_000_000_000_000, 5], [1000, 1], [3000, 3], [2000, 2], [-7000, -7]] }])).status, 204);
  assert.equal((await engine.write([{ labels: { __name__: "x" }, samples: [[2000, 2]] }])).status, 204);
  const refused = await engine.write([{ labels: { __name__: "x" }, samples: [[2000, 99], [2500, 2.5]] }]);
  assert.equal(refused.status, 400);
  assert.match(refused.text, /^1 samples were not stored, 1 were: duplicate sample for timestamp 2000/);
  const { data } = await engine.api("query", { query: "x[1h]", time: "4" });
  assert.deepEqual((data as { result: { values: unknown }[] }).result[0]?.values, [[-7, "-7"], [1, "1"], [2, "2"], [2.5, "2.5"], [3, "3"]]);
  assert.deepEqual(await values("x", "5000000000"), { x: "5" });
});

test("NaN is a value, a stale marker ends the series", async () => {
  await engine.call("/inspan/v1/data", { method: "DELETE" });
  await engine.write([{ labels: { __name__: "n" }, samples: [[1000, Number.NaN]] }, { labels: { __name__: "s" }, samples: [[1000, 1], [2000, "stale"]] }]);
  assert.deepEqual(await values('{__name__=~"n|s"}', "2"), { n: "NaN" });
  assert.deepEqual(await values("count_over_time(s[1m])", "2"), { "": "1" });
});

test("after kill -9 everything acknowledged is there again", async () => {
  const first = await startTestEngine(["--data", "data"]);
  assert.equal((await first.write([{ labels: { __name__: "kept" }, samples: [[1000, 1], [2000, "stale"], [3000, 3]] }])).status, 204);
  assert.equal(
    (
      await first.call("/v1/metrics", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request([{ name: "g", gauge: { dataPoints: [{ timeUnixNano: nanos(3), asDouble: 4 }] } }])),
      })
    ).status,
    200,
  );
  await first.stop({ signal: "SIGKILL", keepsHome: true });
  const second = await startTestEngine(["--data", join(first.home, "data")], { home: first.home });
  const { data } = await second.api("query", { query: '{__name__=~"kept|g"}', time: "3" });
  assert.deepEqual(
    (data as { result: { metric: Record<string, string>; value: unknown }[] }).result.map(({ metric, value }) => [metric["__name__"], value]).sort(),
    [
      ["g", [3, "4"]],
      ["kept", [3, "3"]],
    ],
  );
  await second.stop();
});
