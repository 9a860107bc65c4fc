// An engine at its bounds: what a worktree must not be able to do to it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestEngine } from "../telemetry/engine.ts";

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
