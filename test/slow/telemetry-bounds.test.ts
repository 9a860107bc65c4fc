// An engine at its bounds: what a worktree must not be able to do to it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ProtobufWriter } from "../../src/domains/telemetry/index.ts";
import { startTestEngine, type TestEngine } from "../telemetry/engine.ts";

test("a label with a new value each time meets a bound that says its cause; what is stored stays", async () => {
  const engine = await startTestEngine();
  let refused: { status: number; text: string } | undefined;
  for (let part = 0; part < 11 && refused === undefined; part++) {
    const got = await engine.write(Array.from({ length: 20_000 }, (_, at) => ({ labels: { __name__: "hits", id: `${part}-${at}` }, samples: [[1000, 1]] as const })));
    if (got.status !== 204) refused = got;
  }
  assert.equal(refused?.status, 400);
  assert.match(refused?.text ?? "", /the engine holds 100000 series, expected at most 100000\. A label with a new value for each request or user is the usual cause/);
  assert.deepEqual(((await engine.api("query", { query: "count(hits)", time: "1" })).data as { result: { value: unknown }[] }).result[0]?.value, [1, "100000"]);
  assert.equal((await engine.write([{ labels: { __name__: "hits", id: "0-0" }, samples: [[2000, 2]] }])).status, 204);
  await engine.stop();
});

const json = { "content-type": "application/json" };
const at = (seconds: number): string => String(BigInt(Math.round(seconds * 1000)) * 1_000_000n);
const push = (engine: TestEngine, values: readonly (readonly [string, string])[], stream: Readonly<Record<string, string>>) =>
  engine.call("/loki/api/v1/push", { method: "POST", headers: json, body: JSON.stringify({ streams: [{ stream, values }] }) });
const spansOf = (count: number, batch: number) => JSON.stringify({ resourceSpans: [{ resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] }, scopeSpans: [{ spans: Array.from({ length: count }, (_, index) => ({
  traceId: (batch * 100_000 + index + 1).toString(16).padStart(32, "0"),
  spanId: (index + 1).toString(16).padStart(16, "0"),
  name: "op",
  startTimeUnixNano: `${1_700_000_000 + batch}000000000`,
  endTimeUnixNano: `${1_700_000_000 + batch}500000000`,
})) }] }] });

test("a full disk refuses what does not fit, in every signal; what was stored stays, and room brings back the rest", async () => {
  // A file system of two megabytes that is seen by the engine alone.
  const wrap = (home: string) => {
    mkdirSync(join(home, "small"));
    return ["unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-c", 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"', join(home, "small")];
  };
  const engine = await startTestEngine(["--data", "small/data"], { wrap });
  try {
    assert.equal((await push(engine, [[at(1000), "kept"]], { app: "a" })).status, 204);
    assert.equal((await engine.write([{ labels: { __name__: "kept" }, samples: [[1_000_000, 1]] }])).status, 204);
    assert.equal((await engine.call("/v1/traces", { method: "POST", headers: json, body: spansOf(1, 0) })).status, 200);
    const big = randomBytes(3 * 1024 * 1024).toString("base64");
    const refused = await push(engine, [[at(1001), big]], { app: "a" });
    assert.deepEqual([refused.status, /disk|space/i.test(refused.text)], [507, true], refused.text.slice(0, 300));
    let filled = 0;
    for (; filled < 40 && (await push(engine, [[at(1002 + filled), randomBytes(64 * 1024).toString("base64")]], { app: "b" })).status === 204; filled++);
    assert.ok(filled > 5 && filled < 40, `${filled}`);
    const samples = await engine.write([{ labels: { __name__: "lost" }, samples: Array.from({ length: 20_000 }, (_, index) => [index * 1000, index * 1.5] as const) }]);
    const traces = await engine.call("/v1/traces", { method: "POST", headers: json, body: spansOf(2000, 1) });
    assert.deepEqual([samples.status, traces.status], [507, 507], samples.text + traces.text);
    const lines = async (selector: string) =>
      (
        JSON.parse(
          (await engine.call(`/loki/api/v1/query_range?${new URLSearchParams({ query: `sum(count_over_time(${selector}[1h]))`, start: "2000", end: "2000" })}`))
            .text,
        ) as { data: { result: { values: [number, string][] }[] } }
      ).data.result[0]?.values[0]?.[1];
    assert.deepEqual([await lines('{app="a"}'), await lines('{app="b"}')], ["1", String(filled)], "a refused line is not there");
    assert.deepEqual(
      ((await engine.api("query", { query: "count({__name__=~'kept|lost'})", time: "1000" })).data as { result: { value: unknown }[] }).result[0]?.value,
      [1000, "1"],
    );
    assert.equal((JSON.parse((await engine.call("/api/search?q=%7B%7D&limit=100")).text) as { traces: unknown[] }).traces.length, 1);
    assert.equal((await engine.call("/inspan/v1/data", { method: "DELETE" })).status, 204);
    assert.equal((await push(engine, [[at(1000), "again"]], { app: "a" })).status, 204, "room again");
  } finally { assert.equal(await engine.stop(), 0); }
});

test("lines beyond what stays raw are compressed and found as before; beyond the cap the oldest go, which every answer says", async () => {
  const engine = await startTestEngine();
  try {
    // Random text compresses to three quarters: 760 MB of it pass both bounds.
    const batches = 190;
    const start = 1_700_000_000;
    const query = async (path: string, params: Readonly<Record<string, string>>) =>
      JSON.parse((await engine.call(`/loki/api/v1/${path}?${new URLSearchParams({ start: String(start), end: String(start + 1000), ...params })}`)).text) as {
        data: { result: { stream?: unknown; values: [string, string][] }[] };
        warnings?: string[];
      };
    const find = async (batch: number) =>
      (await query("query_range", { query: `{app="noise"} |= "batch=${batch} needle=here"`, limit: "10" })).data.result.flatMap(({ values }) =>
        values.map(([, line]) => line.slice(0, 30)),
      );
    const send = async (from: number, to: number) => {
      for (let batch = from; batch < to; batch++) {
        const fresh = randomBytes(3 * 1024 * 1024).toString("base64");
        const values = Array.from({ length: 8 }, (_, index): [string, string] => [
          at(start + batch + index / 10),
          `batch=${batch} needle=${index === 3 ? "here" : "no"} ${fresh.slice(index * 512 * 1024, (index + 1) * 512 * 1024)}`,
        ]);
        const sent = await push(engine, values, { app: "noise" });
        assert.equal(sent.status, 204, sent.text.slice(0, 200));
      }
    };
    await send(0, 80);
    assert.deepEqual((await find(2)).map((line) => line.slice(0, 20)), ["batch=2 needle=here "], "in a chunk that is compressed by now");
    assert.equal((await query("query_range", { query: '{app="noise"}', limit: "1" })).warnings, undefined);
    await send(80, batches);
    assert.deepEqual(await find(0), [], "the oldest are gone");
    assert.equal((await find(batches - 1)).length, 1);
    for (const [path, params] of [
      ["query_range", { query: '{app="noise"}', limit: "1" }],
      ["query", { query: 'count_over_time({app="noise"}[1h])', time: String(start + 900) }],
      ["labels", {}],
      ["label/app/values", {}],
      ["series", {}],
      ["index/stats", { query: '{app="noise"}' }],
      ["index/volume", { query: '{app="noise"}' }],
      ["detected_labels", {}],
      ["detected_fields", { query: '{app="noise"}', line_limit: "5" }],
    ] as const) {
      assert.match((await query(path, params)).warnings?.join() ?? "", /\d+ older lines were evicted/, path);
    }
  } finally { await engine.stop(); }
});

test("beyond their cap the oldest spans go, which every answer says", async () => {
  const engine = await startTestEngine();
  try {
    // The same 20,000 again and again, as an exporter sends them, until there are 2.1 million.
    const writer = new ProtobufWriter();
    writer.message(1, () => writer.message(2, () => {
      for (let index = 0; index < 20_000; index++) {
        writer.message(2, () => {
          const id = Buffer.alloc(16);
          id.writeUInt32BE(index + 1, 12);
          writer.raw(1, id);
          writer.raw(2, id.subarray(8));
          writer.text(5, "op");
          writer.fixed64(7, 1_700_000_000_000_000_000n);
          writer.fixed64(8, 1_700_000_000_500_000_000n);
        });
      }
    }));
    const body = writer.finish();
    for (let batch = 0; batch < 105; batch++)
      assert.equal((await engine.call("/v1/traces", { method: "POST", headers: { "content-type": "application/x-protobuf" }, body })).status, 200);
    const status = JSON.parse((await engine.call("/inspan/v1/status")).text) as { signals: { traces: { spans: number; evictedSpans: number } } };
    assert.ok(status.signals.traces.evictedSpans > 0 && status.signals.traces.spans <= 2_000_000, JSON.stringify(status));
    const last = (20_000).toString(16).padStart(32, "0");
    for (const path of ["/api/search?q=%7B%7D&limit=1", "/api/search/tags", "/api/v2/search/tags", "/api/v2/search/tag/name/values", `/api/v2/traces/${last}`, "/api/metrics/query?start=1700000000&end=1700000200&q=%7B%7D%20%7C%20rate()"]) {
      assert.match((await engine.call(path)).text, /\d+ older spans were evicted/, path);
    }
  } finally { await engine.stop(); }
});
