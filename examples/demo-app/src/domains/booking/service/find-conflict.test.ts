import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBooking } from "../../../../test/support/make-booking.ts";
import { findConflict } from "./find-conflict.ts";

const taken = makeBooking({ from: "10:00", to: "11:00" });

test("findConflict() finds a booking that overlaps, from either side, within or around", () => {
  const overlapping = [
    { from: "09:30", to: "10:30" },
    { from: "10:30", to: "11:30" },
    { from: "10:15", to: "10:45" },
    { from: "09:00", to: "12:00" },
    { from: "10:00", to: "11:00" },
  ];
  for (const times of overlapping) assert.deepEqual(findConflict(makeBooking(times), [taken]), taken);
});

test("findConflict() leaves other times, other rooms and other days alone", () => {
  const apart = [
    { from: "08:00", to: "09:30" },
    { from: "11:30", to: "12:30" },
    { from: "10:00", to: "11:00", room: "attic" },
    { from: "10:00", to: "11:00", day: "2030-02-01" },
  ];
  for (const wanted of apart) assert.equal(findConflict(makeBooking(wanted), [taken]), undefined);
});

test("findConflict() returns the first of several", () => {
  const later = makeBooking({ from: "11:30", to: "12:30" });
  assert.deepEqual(findConflict(makeBooking({ from: "10:30", to: "12:00" }), [later, taken]), later);
});
