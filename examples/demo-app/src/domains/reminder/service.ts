// Decides which reminders are due. Values in, values out.

import type { Booking, BookingId } from "../booking/index.ts";
import type { Reminder } from "./types.ts";

export type ReminderQuestion = {
  readonly bookings: readonly Booking[];
  /** Bookings that already have their reminder. */
  readonly reminded: ReadonlySet<BookingId>;
  readonly nowMs: number;
  readonly leadMinutes: number;
};

/**
 * Returns the reminders to send now, in the order of `bookings`.
 *
 * A booking is due from `leadMinutes` before its start until its start, once. A booking that has
 * started gets none, however late the job is.
 */
export function planReminders({ bookings, reminded, nowMs, leadMinutes }: ReminderQuestion): readonly Reminder[] {
  return bookings
    .filter((booking) => !reminded.has(booking.id))
    .filter((booking) => {
      const startMs = Date.parse(`${booking.day}T${booking.from}:00Z`);
      return startMs - leadMinutes * 60_000 <= nowMs && nowMs < startMs;
    })
    .map((booking) => ({ bookingId: booking.id, text: `${booking.title} starts at ${booking.from} in ${booking.room}.` }));
}
