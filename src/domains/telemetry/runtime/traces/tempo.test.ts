// Spans through the engine's own door: taken in, searched, followed, measured, refused.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { nodeClock } from "../../../../providers/node/clock.ts";
import { startEngine, type Engine } from "../engine.ts";

let engine: Engine;
const start = 1_700_000_000;
const traceId = "0af7651916cd43dd8448eb211c80319c";
const span = (id: number, parent: number, name: string, from: number, to: number, extra: object = {}) => ({
  traceId, spanId: String(id).padStart(16, "0"), ...(parent === 0 ? {} : { parentSpanId: String(parent).padStart(16, "0") }), name, kind: 2,
  startTimeUnixNano: String(BigInt(start) * 1_000_000_000n + BigInt(from) * 1_000_000n),
  endTimeUnixNano: String(BigInt(start) * 1_000_000_000n + BigInt(to) * 1_000_000n),
  ...extra,
});

before(async () => {
  engine = await startEngine({ clock: nodeClock, version: "test", port: 0, dataPath: undefined });
  const body = { resourceSpans: [{
    resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
    scopeSpans: [{ scope: { name: "lib", version: "1" }, spans: [
      span(1, 0, "GET /cart", 0, 500, { attributes: [{ key: "http.status_code", value: { intValue: "500" } }, { key: "user", value: { stringValue: "ann" } }] }),
      span(2, 1, "db", 10, 410, {
        status: { code: 2, message: "timeout" },
        events: [
          {
            timeUnixNano: String(BigInt(start) * 1_000_000_000n + 20_000_000n),
            name: "exception",
            attributes: [{ key: "exception.type", value: { stringValue: "E" } }],
          },
        ],
      }),
      span(3, 1, "cache", 10, 20), span(4, 2, "lock", 20, 30),
    ] }],
  }] };
  const response = await fetch(`${engine.url}/v1/traces`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.equal(response.status, 200, await response.text());
});
after(async () => { await engine.close(); });

async function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(engine.url + path, { headers });
  return { status: response.status, text: await response.text() };
}
async function names(query: string): Promise<string> {
  const { status, text } = await get(`/api/search?spss=100&q=${encodeURIComponent(query)}`);
  if (status !== 200) return `${status} ${text.trim()}`;
  const { traces } = JSON.parse(text) as { traces: { spanSets: { spans: { name: string }[] }[] }[] };
  return traces.flatMap((trace) => trace.spanSets.map((set) => set.spans.map((one) => one.name).sort().join(","))).join(";");
}

test("spans are found by intrinsics, attributes of any scope, and structure", async () => {
  const cases: Record<string, string> = {
    "{ }": "GET /cart,cache,db,lock",
    "{ name = `db` }": "db",
    '{ name =~ "c.*" }': "cache",
    "{ duration > 400ms }": "GET /cart",
    "{ duration >= 400ms }": "GET /cart,db",
    "{ status = error }": "db",
    '{ .http.status_code >= 500 && span.user = "ann" }': "GET /cart",
    '{ resource.service.name = "shop" && kind = server && name != "db" }': "GET /cart,cache,lock",
    "{ span.nothing = nil } && { .user != nil }": "GET /cart,cache,db,lock",
    '{ event:name = "exception" }': "db",
    '{ event.exception.type = "E" }': "db",
    '{ instrumentation:name = "lib" && name = "lock" }': "lock",
    '{ statusMessage = "timeout" }': "db",
    "{ name = `GET /cart` } > { }": "cache,db",
    "{ name = `GET /cart` } >> { }": "cache,db,lock",
    "{ name = `lock` } << { }": "GET /cart,db",
    "{ name = `lock` } < { }": "db",
    "{ name = `db` } ~ { }": "cache",
    "{ } !< { }": "cache,lock",
    "{ } !> { }": "GET /cart",
    "{ name = `db` } &> { }": "db,lock",
    "{ } | count() > 3": "GET /cart,cache,db,lock",
    "{ } | count() > 4": "",
    "{ } | by(name) | count() = 1": "GET /cart;db;cache;lock",
    "{ } | max(duration) > 499ms": "GET /cart,cache,db,lock",
    "{ } | avg(duration) > 1s": "",
    "{ nestedSetParent < 0 }": "GET /cart",
    "{ rootName = `GET /cart` && name = `db` }": "db",
    "{ traceDuration = 500ms && childCount = 2 }": "GET /cart",
    "{ parent.name = `db` }": "lock", "{ duration > 10ms * 5 && name != `GET /cart` }": "db",
    "{ name > }": "400 invalid TraceQL query: parse error at line 1, col 10: syntax error: unexpected }, expecting an attribute, an intrinsic or a literal",
    "{ duration = `x` }": "400 invalid TraceQL query: parse error at line 1, col 12: binary operations must operate on the same type: duration = string",
  };
  for (const [query, expected] of Object.entries(cases)) assert.equal(await names(query), expected, query);
});

test("a trace is given by its id, as JSON and as protobuf, and an unknown one is not found", async () => {
  const json = JSON.parse((await get(`/api/traces/${traceId}`)).text) as { batches: { scopeSpans: { spans: { name: string; traceId: string }[] }[] }[] };
  assert.deepEqual(
    json.batches.flatMap((batch) =>
      batch.scopeSpans.flatMap((scope) => scope.spans.map((one) => [one.name, Buffer.from(one.traceId, "base64").toString("hex")])),
    ),
    ["GET /cart", "db", "cache", "lock"].map((name) => [name, traceId]),
  );
  const protobuf = await fetch(`${engine.url}/api/traces/${traceId}`, { headers: { accept: "application/protobuf" } });
  const bytes = Buffer.from(await protobuf.arrayBuffer());
  assert.equal(protobuf.headers.get("content-type"), "application/protobuf");
  const again = await fetch(`${engine.url}/v1/traces`, { method: "POST", headers: { "content-type": "application/x-protobuf" }, body: bytes });
  assert.equal(again.status, 200, "what comes out is what goes in");
  assert.equal(await names("{ name = `db` } | count() = 2"), "db,db");
  assert.equal((await get("/api/traces/ffff")).status, 404);
  assert.equal((await get("/api/traces/xyz")).status, 400);
});

test("tags, values and metrics are told", async () => {
  const tags = JSON.parse((await get("/api/v2/search/tags?scope=span")).text) as { scopes: unknown };
  assert.deepEqual(tags.scopes, [{ name: "span", tags: ["http.status_code", "user"] }]);
  const values = JSON.parse((await get("/api/v2/search/tag/resource.service.name/values")).text) as { tagValues: unknown };
  assert.deepEqual(values.tagValues, [{ type: "string", value: "shop" }]);
  const query = `/api/metrics/query_range?start=${start}&end=${start + 10}&step=10s&q=`;
  const rate = JSON.parse((await get(query + encodeURIComponent("{ name = `cache` } | count_over_time() by (resource.service.name)"))).text) as {
    series: { labels: unknown; samples: unknown }[];
  };
  assert.deepEqual(
    rate.series.map(({ labels, samples }) => ({ labels, samples })),
    [
      {
        labels: [{ key: "resource.service.name", value: { stringValue: "shop" } }],
        samples: [
          { timestampMs: String(start * 1000), value: 0 },
          { timestampMs: String(start * 1000 + 10_000), value: 2 },
        ],
      },
    ],
  );
});

test("spans without ids are refused and keep nothing", async () => {
  const post = (body: string | Uint8Array, type: string) => fetch(`${engine.url}/v1/traces`, { method: "POST", headers: { "content-type": type }, body });
  assert.equal((await post(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: "00", spanId: "1", name: "bad" }] }] }] }), "application/json")).status, 400);
  assert.equal((await post(Buffer.from([0x0a, 0x7f, 1]), "application/x-protobuf")).status, 400);
  assert.equal(await names("{ name = `bad` }"), "");
});

test("a span without ids is refused alone, and that is said; tags and values are those of the spans asked for", async () => {
  const sent = await fetch(`${engine.url}/v1/traces`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ resourceSpans: [{ resource: { attributes: [{ key: "service.name", value: { stringValue: "half" } }] }, scopeSpans: [{ spans: [
    { traceId: "", spanId: "", name: "nameless", attributes: [{ key: "lost", value: { stringValue: "x" } }] },
    {
      traceId: "ab".repeat(16),
      spanId: "cd".repeat(8),
      name: "whole",
      startTimeUnixNano: "1000000000",
      endTimeUnixNano: "4000000000",
      attributes: [{ key: "kept", value: { stringValue: "y" } }],
    },
    {
      traceId: "ab".repeat(16),
      spanId: "ce".repeat(8),
      parentSpanId: "cd".repeat(8),
      name: "part",
      startTimeUnixNano: "1000000000",
      endTimeUnixNano: "1500000000",
      attributes: [],
    },
  ] }] }] }) });
  assert.deepEqual(
    [sent.status, await sent.json()],
    [200, { partialSuccess: { rejectedSpans: "1", errorMessage: "Cannot take a span: its traceId and spanId must have 32 and 16 hex digits." } }],
  );
  assert.equal(await names("{ resource.service.name = `half` }"), "part,whole");
  const tagsOf = async (q: string) => {
    const { scopes } = JSON.parse((await get(`/api/v2/search/tags?scope=span&q=${encodeURIComponent(q)}`)).text) as { scopes: { tags: string[] }[] };
    return scopes.flatMap(({ tags }) => tags);
  };
  assert.deepEqual(await tagsOf('{ resource.service.name = "half" }'), ["kept"]);
  assert.deepEqual(await tagsOf('{ resource.service.name = "half" && span.kept = }'), ["kept"]);
  assert.ok((await tagsOf("{ span. = ")).includes("http.status_code"));
  const { tagValues } = JSON.parse(
    (await get(`/api/v2/search/tag/name/values?limit=1&q=${encodeURIComponent("{ resource.service.name = `half` }")}`)).text,
  ) as { tagValues: unknown[] };
  assert.equal(tagValues.length, 1);
  const found = async (query: string) => (JSON.parse((await get(`/api/search?tags=service.name%3Dhalf&${query}`)).text) as { traces: unknown[] }).traces.length;
  assert.deepEqual([await found("minDuration=2s"), await found("maxDuration=1s"), await found("maxDuration=5s")], [1, 0, 1]);
});

test("parameters that cannot be meant are refused as Tempo does", async () => {
  const cases: Readonly<Record<string, string>> = {
    "/api/search?limit=0": "invalid limit: must be a positive number", "/api/search?minDuration=2s&maxDuration=1s": "invalid maxDuration: must be greater than minDuration",
    "/api/search?start=10&end=10": "http parameter start must be before end. received start=10 end=10",
    [`/api/traces/${traceId}?start=x`]: 'invalid start: "x", expected seconds since 1970',
    "/api/metrics/query?since=x&q=%7B%7D%20%7C%20rate()": 'invalid since: "x", expected a duration',
  };
  for (const [path, expected] of Object.entries(cases)) assert.deepEqual(await get(path), { status: 400, text: `${expected}\n` }, path);
  assert.equal((await get("/api/search?limit=1&minDuration=1ms&maxDuration=2s&start=0&end=10")).status, 200);
});
