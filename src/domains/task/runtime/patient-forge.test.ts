import assert from "node:assert/strict";
import { test } from "node:test";
import { InspanError } from "../../../base/errors.ts";
import type { Clock } from "../../../providers/index.ts";
import { waitForForge } from "./patient-forge.ts";

const failing = (code: string, isRetryable: boolean) => new InspanError(code, "Cannot do it: no.", { isRetryable });

/** Fails so often, then succeeds; gives how often it was tried, how long was waited, and what came. */
async function run(error: unknown, failures: number, signal = new AbortController().signal) {
  let tries = 0;
  let waitedMs = 0;
  const clock = { sleep: async (ms: number, stopped?: AbortSignal) => { stopped?.throwIfAborted(); waitedMs += ms; } } as Clock; // nothing else is asked of it
  const end = await waitForForge({ clock, signal, progress: () => undefined }, async () => {
    if (tries++ < failures) throw error;
    return "done";
  }).catch((thrown: unknown) => thrown);
  return { tries, waitedMs, end };
}

test("waitForForge() does a step again while the forge fails, for ten minutes; what is no failure of the forge is told at once", async () => {
  assert.deepEqual(await run(failing("FORGE_UNREACHABLE", true), 3), { tries: 4, waitedMs: 35_000, end: "done" });
  const down = failing("FORGE_REFUSED", true);
  const long = await run(down, 1_000);
  assert.deepEqual([long.end, long.waitedMs >= 600_000 && long.waitedMs <= 660_000, long.tries], [down, true, 14]);
  for (const error of [failing("FORGE_REFUSED", false), failing("GIT_FAILED", true), new Error("BUG")])
    assert.deepEqual(await run(error, 1), { tries: 1, waitedMs: 0, end: error });
  const stopped = await run(failing("FORGE_LIMITED", true), 1_000, AbortSignal.abort());
  assert.deepEqual([stopped.tries, (stopped.end as Error).name], [1, "AbortError"]); // what an aborted signal throws
});
