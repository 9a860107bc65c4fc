// Bookings for tests: plain values, with only what the test is about spelled out.

import { type Booking, isBookingId, isDay, isTimeOfDay } from "../../src/domains/booking/index.ts";
import { isRoomId } from "../../src/domains/rooms/index.ts";

type BookingText = { readonly from: string; readonly to: string; readonly room?: string; readonly day?: string; readonly people?: number };

let count = 0;

/** A booking of "harbour" on 2030-01-31 for two people, unless told otherwise. Each has its own id. */
export function makeBooking({ from, to, room = "harbour", day = "2030-01-31", people = 2 }: BookingText): Booking {
  count += 1;
  const id = count.toString(16).padStart(16, "0");
  if (!isBookingId(id) || !isRoomId(room) || !isDay(day) || !isTimeOfDay(from) || !isTimeOfDay(to)) {
    throw new Error(`BUG: expected a booking, got ${JSON.stringify({ id, room, day, from, to })}`);
  }
  return { id, room, day, from, to, title: "Stand-up", people };
}
