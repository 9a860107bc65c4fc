// Times around a moment, across summer time, and expressions that are none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { timesOf } from "./cron.ts";

const ms = (text: string): number => Date.parse(text);
const iso = (time: number | undefined): string | undefined => (time === undefined ? undefined : new Date(time).toISOString());

test("timesOf() gives the latest time that is not after now, the next one, and how many were missed", async () => {
  const times = await timesOf({ name: "n", cron: "0 3 * * 1-5", timezone: "UTC" });
  assert.deepEqual(
    [iso(times.latest(ms("2026-11-21T12:00:00Z"))), iso(times.latest(ms("2026-11-20T03:00:00Z"))), iso(times.next(ms("2026-11-21T12:00:00Z")))],
    ["2026-11-20T03:00:00.000Z", "2026-11-20T03:00:00.000Z", "2026-11-23T03:00:00.000Z"],
  );
  assert.equal(times.countBetween(ms("2026-11-16T12:00:00Z"), ms("2026-11-21T12:00:00Z"), 100), 4);
});

test("timesOf() runs once on the nights when summer time begins and ends, each hour that there is, and gives no time for a day that is none", async () => {
  const berlin = await timesOf({ name: "n", cron: "30 2 * * *", timezone: "Europe/Berlin" });
  assert.equal(berlin.countBetween(ms("2026-10-24T12:00:00Z"), ms("2026-10-25T12:00:00Z"), 10), 1);
  assert.deepEqual(
    [berlin.countBetween(ms("2026-03-28T12:00:00Z"), ms("2026-03-29T12:00:00Z"), 10), iso(berlin.latest(ms("2026-03-29T12:00:00Z")))],
    [1, "2026-03-29T01:00:00.000Z"],
  );
  const hourly = await timesOf({ name: "n", cron: "0 * * * *", timezone: "Europe/Berlin" });
  assert.deepEqual(["2026-03-28", "2026-10-24"].map((day) => hourly.countBetween(ms(`${day}T12:00:00Z`), ms(`${day}T12:00:00Z`) + 24 * 3_600_000, 100)), [24, 24]);
  assert.equal((await timesOf({ name: "n", cron: "0 0 30 2 *", timezone: "UTC" })).next(ms("2026-01-01T00:00:00Z")), undefined);
});

test("timesOf() refuses an expression and a time zone that are none", async () => {
  await assert.rejects(timesOf({ name: "n", cron: "99 3 * * *", timezone: "UTC" }), { code: "CONFIG_INVALID" });
  await assert.rejects(timesOf({ name: "n", cron: "@daily", timezone: "Europe/Nowhere" }), { code: "CONFIG_INVALID" });
});
