// Logs through the engine's own door: pushed, queried, refused.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { compress } from "snappyjs";
import { nodeClock } from "../../../../providers/node/clock.ts";
import { startEngine, type Engine } from "../engine.ts";

let engine: Engine;
before(async () => { engine = await startEngine({ clock: nodeClock, version: "test", port: 0, dataPath: undefined }); });
after(async () => { await engine.close(); });

const start = 1_700_000_000;
const at = (second: number) => `${start + second}000000000`;

async function push(body: unknown): Promise<number> {
  const response = await fetch(`${engine.url}/loki/api/v1/push`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  await response.text();
  return response.status;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly result: readonly {
    stream?: Record<string, string>;
    metric?: Record<string, string>;
    values?: [string | number, string][];
    value?: [number, string];
  }[];
}

async function query(query: string, parameters: Record<string, string> = {}): Promise<Answer> {
  const isInstant = parameters["time"] !== undefined;
  const form = new URLSearchParams({ query, ...(isInstant ? {} : { start: String(start), end: String(start + 120), step: "60" }), ...parameters });
  const response = await fetch(`${engine.url}/loki/api/v1/${isInstant ? "query" : "query_range"}`, { method: "POST", body: form });
  const text = await response.text();
  return { status: response.status, text, result: response.ok ? (JSON.parse(text) as { data: { result: Answer["result"] } }).data.result : [] };
}

test("pushed lines are found again, with structured metadata, in both directions", async () => {
  assert.equal(await push({ streams: [{ stream: { app: "a" }, values: [[at(0), "one"], [at(1), "two", { trace_id: "ff" }], [at(2), "three"]] }] }), 204);
  assert.deepEqual((await query('{app="a"}', { limit: "2" })).result, [
    { stream: { app: "a" }, values: [[at(2), "three"]] },
    { stream: { app: "a", trace_id: "ff" }, values: [[at(1), "two"]] },
  ]);
  assert.deepEqual((await query('{app="a"}', { limit: "1", direction: "forward" })).result, [{ stream: { app: "a" }, values: [[at(0), "one"]] }]);
  assert.deepEqual((await query('{app="a"} | trace_id="ff"')).result, [{ stream: { app: "a", trace_id: "ff" }, values: [[at(1), "two"]] }]);
  assert.deepEqual((await query('{app="a"} !~ "t.*"')).result, [{ stream: { app: "a" }, values: [[at(0), "one"]] }]);
});

test("a snappy protobuf push is taken as Loki's clients send it", async () => {
  const text = (field: number, value: string | Uint8Array) => { const bytes = Buffer.from(value); return Buffer.concat([Buffer.from([field * 8 + 2, bytes.length]), bytes]); };
  const entry = Buffer.concat([text(1, Buffer.from([8, ...varint(start + 3)])), text(2, "from protobuf")]);
  const stream = Buffer.concat([text(1, '{app="proto"}'), text(2, entry)]);
  const response = await fetch(`${engine.url}/loki/api/v1/push`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: Buffer.from(compress(text(1, stream))),
  });
  assert.equal(response.status, 204);
  assert.deepEqual((await query('{app="proto"}')).result, [{ stream: { app: "proto" }, values: [[at(3), "from protobuf"]] }]);
});

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128);
  return [...out, rest];
}

test("metric queries count in windows that are open at the start and closed at the end", async () => {
  await push({ streams: [{ stream: { app: "m" }, values: [[at(0), '{"level":"error","ms":10}'], [at(60), '{"level":"info","ms":20}'], [at(61), '{"level":"error","ms":40}']] }] });
  assert.deepEqual((await query('sum by (level) (count_over_time({app="m"} | json [1m]))')).result, [
    { metric: { level: "error" }, values: [[start, "1"], [start + 120, "1"]] }, { metric: { level: "info" }, values: [[start + 60, "1"]] },
  ]);
  assert.deepEqual((await query('max_over_time({app="m"} | json | unwrap ms [2m]) by (app)', { time: String(start + 120) })).result, [
    { metric: { app: "m" }, value: [start + 120, "40"] },
  ]);
});

test("what cannot be read is refused with its position; what cannot be pushed keeps nothing", async () => {
  const wrong = await query('{app="a"} | json | status >');
  assert.deepEqual(
    [wrong.status, wrong.text.trim()],
    [400, "parse error at line 1, col 28: syntax error: unexpected $end, expecting a string, a number, a duration (5m), a size (10KB) or ip("],
  );
  assert.equal(await push({ streams: [{ stream: { app: "bad" }, values: [[at(0), "kept?"], ["never", "x"]] }] }), 400);
  assert.equal(await push({ streams: [{ stream: {}, values: [] }] }), 400);
  assert.deepEqual((await query('{app="bad"}')).result, []);
  assert.equal((await fetch(`${engine.url}/loki/api/v1/push`, { method: "POST", headers: { "content-type": "text/csv" }, body: "x" })).status, 415);
  assert.equal((await query('count_over_time({app="a"} | json [1m])')).status, 400, "a line that json cannot read fails a metric query");
  assert.equal((await query('rate({app="a"}[1m])', { start: "0", end: String(start), step: "1ms" })).status, 400);
});

test("metadata that is no text and series with a pipeline are refused; approx_topk is for one time", async () => {
  assert.equal(await push({ streams: [{ stream: { app: "meta" }, values: [[at(0), "x", { n: 5 }]] }] }), 400);
  assert.equal(await push({ streams: [{ stream: { app: "meta" }, values: [[at(0), "x", "text"]] }] }), 400);
  const series = await fetch(`${engine.url}/loki/api/v1/series?${new URLSearchParams({ "match[]": '{app="a"} |= "x"' })}`);
  assert.deepEqual([series.status, /only label matchers are supported/.test(await series.text())], [400, true]);
  const ranged = await query('approx_topk(1, count_over_time({app="a"}[1m])) + 1');
  assert.deepEqual([ranged.status, /only supported on instant queries/.test(ranged.text)], [400, true]);
});

test("volumes by series or labels, one written form, bounds that are said, and refusals of Loki's other addresses", async () => {
  const lines = Array.from({ length: 30 }, (_, index) => [at(index), `{"n":${index}}`] as const);
  await push({ streams: [{ stream: { app: "v", zone: "a" }, values: lines.slice(0, 20) }, { stream: { app: "v", zone: "b" }, values: lines.slice(20) }] });
  const get = async (path: string, parameters: Record<string, string>) => {
    const response = await fetch(`${engine.url}/loki/api/v1/${path}?${new URLSearchParams({ start: String(start), end: String(start + 60), ...parameters })}`);
    return { status: response.status, text: await response.text() };
  };
  const metrics = async (parameters: Record<string, string>) =>
    (JSON.parse((await get("index/volume", { query: '{app="v"}', ...parameters })).text) as { data: { result: { metric: unknown }[] } }).data.result.map(
      ({ metric }) => metric,
    );
  assert.deepEqual(await metrics({ targetLabels: "zone" }), [{ zone: "a" }, { zone: "b" }]);
  assert.deepEqual(await metrics({ aggregateBy: "labels" }), [{ app: "" }, { zone: "" }]);
  assert.equal((await get("index/volume", { query: '{app="v"}', aggregateBy: "x" })).status, 400);
  assert.deepEqual(JSON.parse((await get("format_query", { query: '{app="v"}|json|n>5' })).text), { status: "success", data: '{app="v"} | json | n > 5' });
  const fields = async (parameters: Record<string, string>) =>
    JSON.parse((await get("detected_fields", { query: '{app="v"}', ...parameters })).text) as {
      fields: { label: string; cardinality: number }[];
      warnings?: string[];
    };
  assert.deepEqual([(await fields({})).fields.map(({ label, cardinality }) => [label, cardinality]), (await fields({})).warnings], [[["n", 30]], undefined]);
  const cut = await fields({ line_limit: "10" });
  assert.deepEqual([cut.fields[0]?.cardinality, cut.warnings], [10, ["fields of the newest 10 lines; others may have more, raise line_limit (at most 5000) or narrow the range"]]);
  assert.equal((await get("tail", { query: '{app="v"}' })).status, 400);
});
