// What services print is found by LogQL, linked to its trace.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeClock } from "../../../../providers/node/clock.ts";
import { startEngine } from "../engine.ts";
import { createLineIntake } from "./line-intake.ts";

test("createLineIntake() stores lines by service and stream, in order, and reads JSON lines", async () => {
  const engine = await startEngine({ clock: nodeClock, version: "test", port: 0, dataPath: undefined });
  try {
    const intake = createLineIntake({ url: engine.url, clock: nodeClock, labels: { worktree: "w" } });
    intake.take("shop", "stdout", ["first", "", "second"]);
    intake.take("shop", "stderr", ['{"level":50,"msg":"boom","trace_id":"0af7651916cd43dd8448eb211c80319c","code":7}']);
    await intake.flush();
    const query = async (text: string) => {
      const response = await fetch(`${engine.url}/loki/api/v1/query_range?${new URLSearchParams({ query: text, direction: "forward" })}`);
      const { data } = await response.json() as { data: { result: { stream: Record<string, string>; values: [string, string][] }[] } };
      return data.result.map(({ stream, values }) => ({ stream, lines: values.map(([, line]) => line) }));
    };
    assert.deepEqual(await query('{stream="stdout"}'), [{ stream: { service_name: "shop", stream: "stdout", worktree: "w" }, lines: ["first", "second"] }]);
    assert.deepEqual(await query('{service_name="shop"} | trace_id="0af7651916cd43dd8448eb211c80319c"'), [
      {
        stream: { service_name: "shop", stream: "stderr", worktree: "w", code: "7", detected_level: "error", trace_id: "0af7651916cd43dd8448eb211c80319c" },
        lines: ["boom"],
      },
    ]);
    await intake.close();
  } finally { await engine.close(); }
});

test("createLineIntake() gives up quietly where no engine answers", async () => {
  const intake = createLineIntake({ url: "http://127.0.0.1:1", clock: nodeClock });
  intake.take("shop", "stdout", ["lost"]);
  await intake.close();
});
