// What the logs and traces signals keep and survive: kill -9, broken and oversized input, slow readers of tail.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { nodeClock } from "../../src/providers/node/clock.ts";
import { startEngine, type Engine } from "../../src/domains/telemetry/runtime/engine.ts";

const launcher = fileURLToPath(new URL("../../bin/inspan.js", import.meta.url));
const json = { "content-type": "application/json" };
const start = 1_700_000_000;

async function post(url: string, path: string, body: string | Uint8Array, headers: Record<string, string> = json): Promise<number> {
  const response = await fetch(url + path, { method: "POST", headers, body });
  await response.arrayBuffer();
  return response.status;
}
async function lines(url: string, query: string): Promise<string[]> {
  const response = await fetch(
    `${url}/loki/api/v1/query_range?${new URLSearchParams({ query, start: String(start - 10), end: String(start + 100), direction: "forward", limit: "5000" })}`,
  );
  assert.equal(response.status, 200, await response.clone().text());
  const { data } = await response.json() as { data: { result: { values: [string, string][] }[] } };
  return data.result.flatMap(({ values }) => values.map(([, line]) => line));
}
const spans = (name: string) =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "s" } }] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: "1".padStart(32, "0"),
                spanId: "1".padStart(16, "0"),
                name,
                startTimeUnixNano: `${start}000000000`,
                endTimeUnixNano: `${start}500000000`,
              },
            ],
          },
        ],
      },
    ],
  });

test("after kill -9 every acknowledged line and span is there again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "inspan-logs-"));
  try {
    const child = spawn(process.execPath, [launcher, "telemetry", "serve", "--data", join(folder, "data")], {
      cwd: folder,
      env: { ...process.env, INSPAN_HOME: join(folder, "state") },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    for await (const part of child.stdout) { said += String(part); if (said.includes("\n")) break; }
    const { url } = JSON.parse(said) as { url: string };
    for (let batch = 0; batch < 20; batch += 1)
      assert.equal(
        await post(
          url,
          "/loki/api/v1/push",
          JSON.stringify({ streams: [{ stream: { app: "a" }, values: [[`${start + batch}000000000`, `line ${batch}`, { k: "v" }]] }] }),
        ),
        204,
      );
    assert.equal(await post(url, "/v1/traces", spans("kept")), 200);
    child.kill("SIGKILL");
    await once(child, "exit");
    const engine = await startEngine({ clock: nodeClock, version: "test", port: 0, dataPath: join(folder, "data") });
    try {
      assert.deepEqual(await lines(engine.url, '{app="a"} | k="v"'), Array.from({ length: 20 }, (_one, at) => `line ${at}`));
      const found = await (await fetch(`${engine.url}/api/search?q=${encodeURIComponent('{ name = "kept" }')}`)).json() as { traces: unknown[] };
      assert.equal(found.traces.length, 1);
    } finally { await engine.close(); }
  } finally { rmSync(folder, { recursive: true, force: true, maxRetries: 3 }); }
});

async function withEngine(work: (engine: Engine) => Promise<void>): Promise<void> {
  const engine = await startEngine({ clock: nodeClock, version: "test", port: 0, dataPath: undefined });
  try { await work(engine); } finally { await engine.close(); }
}

test("bad input gets the standard's status, the engine lives, and nothing of it is kept", async () => {
  await withEngine(async ({ url }) => {
    assert.equal(await post(url, "/loki/api/v1/push", JSON.stringify({ streams: [{ stream: { app: "a" }, values: [[`${start}000000000`, "kept"]] }] })), 204);
    const protobuf = { "content-type": "application/x-protobuf" };
    assert.equal(await post(url, "/v1/logs", Uint8Array.of(0x0a, 0x7f, 1), protobuf), 400);
    assert.equal(await post(url, "/v1/traces", Uint8Array.of(0x0a, 0x04, 0x12, 0x7f, 1, 1), protobuf), 400);
    assert.equal(await post(url, "/loki/api/v1/push", Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff), protobuf), 400);
    assert.equal(await post(url, "/loki/api/v1/push", "{", json), 400);
    assert.equal(await post(url, "/v1/traces", "{}", { "content-type": "text/plain" }), 415);
    assert.equal(await post(url, "/v1/logs", gzipSync(Buffer.alloc(200 * 1024 * 1024)), { ...protobuf, "content-encoding": "gzip" }), 413);
    assert.equal(await post(url, "/v1/traces", spans("big").replace('"s"', JSON.stringify("x".repeat(10 * 1024 * 1024)))), 200, "an attribute of 10 MB is cut, not refused");
    const values = await (await fetch(`${url}/api/search/tag/resource.service.name/values`)).json() as { tagValues: string[] };
    assert.ok((values.tagValues[0] ?? "").length < 100_000);
    assert.deepEqual(await lines(url, '{app="a"}'), ["kept"]);
  });
});

test("times of any age, jumping clocks and equal times are found in order", async () => {
  await withEngine(async ({ url }) => {
    const values = [
      [`${start + 50}000000000`, "late"],
      [`${start}000000001`, "early"],
      [`${start}000000000`, "first"],
      [`${start + 50}000000000`, "late again"],
      ["1000000000", "1970"],
      ["4102444800000000000", "2100"],
    ];
    assert.equal(await post(url, "/loki/api/v1/push", JSON.stringify({ streams: [{ stream: { app: "t" }, values }] })), 204);
    assert.deepEqual(await lines(url, '{app="t"}'), ["first", "early", "late", "late again"]);
    const all = (await (
      await fetch(
        `${url}/loki/api/v1/query_range?${new URLSearchParams({ query: '{app="t"}', start: "0", end: "4102444801000000000", direction: "backward" })}`,
      )
    ).json()) as { data: { result: { values: [string, string][] }[] } };
    assert.deepEqual(all.data.result[0]?.values.map(([, line]) => line).at(0), "2100");
    assert.deepEqual(all.data.result[0]?.values.map(([, line]) => line).at(-1), "1970");
  });
});

test("exploding patterns take bounded time", async () => {
  await withEngine(async ({ url }) => {
    assert.equal(await post(url, "/loki/api/v1/push", JSON.stringify({ streams: [{ stream: { app: "t" }, values: [[`${start}000000000`, `${"a".repeat(50_000)}!`]] }] })), 204);
    for (const pattern of ["(a+)+$", "^(a|a)*$", "(.*)*x", ".*.*.*.*x", "(a?){30}a{30}x"])
      assert.deepEqual(await lines(url, `{app="t"} |~ ${JSON.stringify(pattern)}`), [], pattern);
  });
});

test("tail sends what was there and what comes in, over WebSocket", async () => {
  await withEngine(async ({ url }) => {
    const now = BigInt(Date.now()) * 1_000_000n;
    const push = (line: string, app = "t") => post(url, "/loki/api/v1/push", JSON.stringify({ streams: [{ stream: { app }, values: [[String(now), line]] }] }));
    await push("before");
    const socket = new WebSocket(`${url.replace("http", "ws")}/loki/api/v1/tail?${new URLSearchParams({ query: '{app="t"} |= "e"' })}`);
    const seen: string[] = [];
    const waiting = new Promise<void>((resolve, reject) => {
      socket.onmessage = (event) => {
        const { streams } = JSON.parse(String(event.data)) as { streams: { values: [string, string][] }[] };
        seen.push(...streams.flatMap(({ values }) => values.map(([, line]) => line)));
        if (seen.includes("before") && !seen.includes("here")) void push("nothing", "other").then(() => push("dull")).then(() => push("here"));
        if (seen.includes("here")) resolve();
      };
      socket.onerror = () => reject(new Error("the socket failed"));
    });
    await waiting;
    socket.close();
    assert.deepEqual(seen, ["before", "here"]);
  });
});
