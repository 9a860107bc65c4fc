import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { makeBooking } from "../../../../test/support/make-booking.ts";
import { buildingRules } from "../config.ts";
import { decideBooking, ruleFiles } from "./decide-booking.ts";

const taken = makeBooking({ from: "14:00", to: "15:00" });
const room = { id: taken.room, name: "Harbour", capacity: 4 };

function decide(wanted: Parameters<typeof makeBooking>[0]): string {
  const decision = decideBooking({ wanted: makeBooking(wanted), room, taken: [taken], config: buildingRules });
  return decision.kind === "refused" ? decision.code : decision.kind;
}

test("decideBooking() accepts what keeps every rule", () => {
  assert.equal(decide({ from: "09:00", to: "10:00" }), "accepted");
});

test("decideBooking() keeps to opening hours, both ends included", () => {
  const cases = [
    { from: "07:59", to: "09:00" },
    { from: "08:00", to: "09:00" },
    { from: "19:00", to: "20:00" },
    { from: "19:00", to: "20:01" },
  ];
  assert.deepEqual(cases.map(decide), ["outside-opening-hours", "accepted", "accepted", "outside-opening-hours"]);
});

test("decideBooking() takes four hours, not a minute more", () => {
  assert.deepEqual([decide({ from: "08:00", to: "12:00" }), decide({ from: "08:00", to: "12:01" })], ["accepted", "too-long"]);
});

test("decideBooking() refuses more people than the room seats", () => {
  assert.deepEqual([4, 5].map((people) => decide({ from: "09:00", to: "10:00", people })), ["accepted", "too-many-people"]);
});

test("decideBooking() says who has the room and which rule refused", () => {
  const wanted = makeBooking({ from: "14:30", to: "15:30" });
  assert.deepEqual(decideBooking({ wanted, room, taken: [taken], config: buildingRules }), {
    kind: "refused",
    code: "room-taken",
    message: "Harbour is taken from 14:00 to 15:00: Stand-up.",
    rule: "src/domains/booking/service/find-conflict.ts",
  });
});

test("ruleFiles names files that exist", () => {
  const missing = Object.values(ruleFiles).filter((file) => !existsSync(new URL(`../../../../${file}`, import.meta.url)));
  assert.deepEqual(missing, []);
});
