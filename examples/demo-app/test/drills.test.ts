// Faults to practise on: read as they are written, and nothing of them without being asked for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDrills } from "../src/app/drills.ts";
import { startDesk } from "./support/start-desk.ts";

test("drills are read one by one, and what is none is refused by name", () => {
  assert.deepEqual(parseDrills(""), { slowStartMs: 0, slowSpanMs: 0, losesConfirmations: false });
  assert.deepEqual(parseDrills("slow-start=2s, slow-span=500ms,lost-confirmation"), { slowStartMs: 2000, slowSpanMs: 500, losesConfirmations: true });
  for (const wrong of ["slow", "slow-span", "slow-span=3", "lost-confirmation=1s"]) assert.throws(() => parseDrills(wrong), new RegExp(`DESK_DRILLS "${wrong}"`));
});

test("a lost confirmation is told by the log alone", async (t) => {
  const booking = { room: "harbour", day: "2030-01-31", from: "10:00", to: "11:00", title: "Stand-up", people: 3 };
  const healthy = await startDesk(t);
  assert.equal((await healthy.ask("POST", "/api/bookings", booking)).status, 201);
  assert.equal(healthy.logged().some(({ event }) => event === "confirmation.lost"), false);
  const drilled = await startDesk(t, undefined, { DESK_DRILLS: "lost-confirmation" });
  assert.equal((await drilled.ask("POST", "/api/bookings", booking)).status, 201);
  assert.deepEqual(drilled.logged().filter(({ event }) => event === "confirmation.lost").map(({ level }) => level), ["warn"]);
});
