import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBooking } from "../../../test/support/make-booking.ts";
import { planReminders } from "./service.ts";

const booking = makeBooking({ from: "10:00", to: "11:00" });

function dueAt(time: string, reminded: readonly (typeof booking.id)[] = []): boolean {
  const nowMs = Date.parse(`${booking.day}T${time}Z`);
  return planReminders({ bookings: [booking], reminded: new Set(reminded), nowMs, leadMinutes: 15 }).length === 1;
}

test("planReminders() finds a booking due from the lead time on until it starts", () => {
  assert.deepEqual(["09:44:59", "09:45:00", "09:59:59", "10:00:00"].map((time) => dueAt(time)), [false, true, true, false]);
});

test("planReminders() leaves out what has its reminder", () => {
  assert.deepEqual([dueAt("09:50:00"), dueAt("09:50:00", [booking.id])], [true, false]);
});
