import assert from "node:assert/strict";
import { test } from "node:test";
import type { TurnResult } from "../../agent/index.ts";
import { noUsage } from "../../model/index.ts";
import { runPatiently } from "./patient-turn.ts";

const usage = { ...noUsage, inputTokens: 10, costUsd: 1 };
const limited = (retryAfterMs: number): TurnResult => ({ status: "failed", text: "", usage, modelCalls: 1, reason: "HTTP 429: slow down\nmore", isRetryable: true, retryAfterMs });
const done: TurnResult = { status: "completed", text: "done", usage, modelCalls: 2 };

/** A clock that stands still but for sleeps. */
function makeClock() {
  let nowMs = 0;
  return {
    nowIso: () => new Date(nowMs).toISOString(),
    monotonicMs: () => nowMs,
    sleep: (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      nowMs += ms;
      return Promise.resolve();
    },
  };
}

async function play(results: readonly TurnResult[], options: { readonly leftMs?: number; readonly waitMsMax?: number; readonly signal?: AbortSignal } = {}) {
  const waits: unknown[] = [];
  const timeouts: number[] = [];
  const result = await runPatiently({
    clock: makeClock(), signal: options.signal ?? new AbortController().signal, leftMs: options.leftMs ?? 7_200_000, waitMsMax: options.waitMsMax ?? 3_600_000,
    run: (attempt, _before, leftMs) => { timeouts.push(leftMs); return Promise.resolve(results[attempt - 1] ?? done); },
    onWait: (wait) => waits.push(wait),
  });
  return { result, waits, timeouts };
}

test("a turn that met a limit is begun again when the limit ends, within the task's time, and costs what all attempts cost", async () => {
  const { result, waits, timeouts } = await play([limited(600_000), done]);
  assert.deepEqual(result, { ...done, usage: { ...usage, inputTokens: 20, costUsd: 2 }, modelCalls: 3 });
  assert.deepEqual(waits, [{ attempt: 1, waitMs: 601_000, reason: "HTTP 429: slow down", until: "1970-01-01T00:10:01.000Z" }]);
  assert.deepEqual(timeouts, [7_200_000, 6_599_000]);
});

test("a limit beyond the bound or the task's time is a person's to see, and so is one that never ends", async () => {
  assert.equal((await play([limited(4_000_000), done])).result.status, "failed");
  assert.equal((await play([limited(600_000), done], { leftMs: 300_000 })).result.status, "failed");
  const endless = await play(Array.from({ length: 10 }, () => limited(1_000)));
  assert.deepEqual([endless.result.status, endless.result.modelCalls, endless.waits.length], ["failed", 5, 4]);
});

test("who stops the task ends the wait: the turn is interrupted, not failed", async () => {
  const stop = new AbortController();
  const { result } = await (async () => {
    const playing = runPatiently({
      clock: {
        nowIso: () => "1970-01-01T00:00:00Z",
        monotonicMs: () => 0,
        sleep: (_ms, signal) =>
          new Promise((_, reject) => {
            signal?.addEventListener("abort", () => reject(new Error("stopped")));
            stop.abort();
          }),
      },
      signal: stop.signal, leftMs: 7_200_000, waitMsMax: 3_600_000, run: () => Promise.resolve(limited(600_000)), onWait: () => undefined,
    });
    return { result: await playing };
  })();
  assert.equal(result.status, "interrupted");
});
