// The overlap rule. See docs/design-docs/overlap-rule.md.

import type { Booking, BookingRequest } from "../types/booking.ts";

/**
 * Returns the first booking that stands in the way of `wanted`, or `undefined` when the room is free.
 *
 * Two bookings of a room on a day are in conflict when they have any time in common, both ends
 * included: a booking until 11:00 still holds the room at 11:00.
 */
export function findConflict(wanted: BookingRequest, taken: readonly Booking[]): Booking | undefined {
  return taken
    .filter((booking) => booking.room === wanted.room && booking.day === wanted.day)
    .find((booking) => wanted.from <= booking.to && booking.from <= wanted.to);
}
