// What the command line takes as a time, and what it refuses before anything is looked at.
import assert from "node:assert/strict";
import { test } from "node:test";
import { contribution } from "./index.ts";

const takes = (command: string, input: object): boolean | undefined => contribution.operations.find((one) => one.command === command)?.input.safeParse(input).success;

test("feedback stats takes a day that there is, feedback watch a length of time", () => {
  assert.deepEqual(
    ["2026-01-31", "2028-02-29", "2026-02-31", "2026-13-01", "yesterday", ""].map((since) => takes("feedback stats", { since })),
    [true, true, false, false, false, false],
  );
  assert.deepEqual(["15m", "24h", "7d", "2w", "zz", "-1h", "1 h", ""].map((since) => takes("feedback watch", { since })), [true, true, true, true, false, false, false, false]);
});
