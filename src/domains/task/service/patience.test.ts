import assert from "node:assert/strict";
import { test } from "node:test";
import { noUsage } from "../../model/index.ts";
import { decidePatience } from "./patience.ts";

test("decidePatience() waits for what says when to try again, within the task's time and the bound of waits", () => {
  const patience = { attempt: 1, waitedMs: 0, leftMs: 7_200_000, waitMsMax: 3_600_000 };
  const failed = { status: "failed" as const, text: "", usage: noUsage, modelCalls: 1, reason: "limit", isRetryable: true, retryAfterMs: 600_000 };
  const check = (more: object, also: object, expected: number | undefined) =>
    assert.equal(decidePatience({ ...failed, ...more }, { ...patience, ...also }), expected, JSON.stringify([more, also]));
  check({}, {}, 601_000);
  check({ retryAfterMs: 1_000 }, { attempt: 4 }, 2_000);
  check({ retryAfterMs: 1_000 }, { attempt: 5 }, undefined);
  check({ retryAfterMs: undefined }, {}, undefined);
  check({ isRetryable: false }, {}, undefined);
  check({}, { leftMs: 601_000 }, undefined);
  check({}, { leftMs: 601_001 }, 601_000);
  check({}, { waitedMs: 3_000_000 }, undefined);
  check({ retryAfterMs: 3_599_000 }, {}, 3_600_000);
  check({ retryAfterMs: 3_599_001 }, {}, undefined);
  assert.equal(decidePatience({ status: "completed", text: "", usage: noUsage, modelCalls: 1 }, patience), undefined);
});
