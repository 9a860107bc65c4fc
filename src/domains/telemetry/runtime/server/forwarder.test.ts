// One engine sends on to another what it takes in; a silent endpoint costs a count, never the intake.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeClock } from "../../../../providers/node/clock.ts";
import { startEngine } from "../engine.ts";

const options = { clock: nodeClock, version: "test", port: 0, dataPath: undefined };
const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: "1700000000000000000", body: { stringValue: "sent on" } }] }] }] });

async function send(url: string, path: string, method: string, text: string): Promise<number> {
  const response = await fetch(url + path, { method, headers: { "content-type": "application/json" }, body: text });
  await response.arrayBuffer();
  return response.status;
}

test("OTLP requests are sent on to the configured endpoint, and dropped with a count where it is silent", async () => {
  const [first, second] = await Promise.all([startEngine(options), startEngine(options)]);
  try {
    assert.equal(await send(first.url, "/v1/logs", "POST", body), 200);
    assert.equal(await send(first.url, "/inspan/v1/forward", "PUT", JSON.stringify({ url: second.url })), 200);
    assert.equal(await send(first.url, "/v1/logs", "POST", body), 200);
    const status = async () => await (await fetch(`${first.url}/inspan/v1/forward`)).json() as { sent: number; dropped: number };
    for (let tries = 0; tries < 1000 && (await status()).sent === 0; tries += 1);
    const found = (await (
      await fetch(`${second.url}/loki/api/v1/query?query=${encodeURIComponent('sum(count_over_time({service_name="unknown_service"}[1m]))')}&time=1700000001`)
    ).json()) as { data: { result: { value: [number, string] }[] } };
    assert.equal(found.data.result[0]?.value[1], "1", "only what came after it was configured");
    assert.equal(await send(first.url, "/inspan/v1/forward", "PUT", JSON.stringify({ url: "http://127.0.0.1:1" })), 200);
    assert.equal(await send(first.url, "/v1/logs", "POST", body), 200);
    for (let tries = 0; tries < 1000 && (await status()).dropped === 0; tries += 1);
    assert.equal((await status()).dropped, 1);
    assert.equal(await send(first.url, "/inspan/v1/forward", "PUT", JSON.stringify({ url: "ftp://x" })), 400);
  } finally { await Promise.all([first.close(), second.close()]); }
});
