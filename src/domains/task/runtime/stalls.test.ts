import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeClock } from "../../../providers/node/clock.ts";
import { watchStalls } from "./stalls.ts";

test("watchStalls() steers once and then interrupts an agent that repeats itself", () => {
  const said: string[] = [];
  let interrupts = 0;
  const watch = watchStalls(nodeClock, 600_000, { steer: (text) => { said.push(text); return Promise.resolve(true); }, interrupt: () => { interrupts += 1; } });
  try {
    for (let count = 0; count < 40; count++) {
      watch.take({ kind: "tool-started", callId: String(count), tool: "run", title: "ls" });
      watch.take({ kind: "tool-finished", callId: String(count), tool: "run", isError: false, output: "", durationMs: 1 });
    }
    assert.deepEqual([said.length, interrupts], [1, 1]);
    assert.match(said[0] ?? "", /15 calls in a row were repetitions/);
    assert.match(watch.why ?? "", /repetitions/);
  } finally { watch.stop(); }
});
