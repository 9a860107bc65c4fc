// A day of the building as the desk shows it: the bookings, and how full the day is.

import type { RoomId } from "../../rooms/index.ts";
import type { BookingConfig } from "../config.ts";
import type { BookingRepo } from "../repo.ts";
import type { Booking, Day } from "../types/booking.ts";
import { sharedMinutes, toInterval } from "../types/interval.ts";

// Whoever shows an agenda counts in the same intervals.
export { type Interval, sharedMinutes, toInterval } from "../types/interval.ts";

export type AgendaQuestion = { readonly day: Day; readonly room: RoomId | undefined };

export type Agenda = {
  readonly day: Day;
  /** Sorted by start. */
  readonly bookings: readonly Booking[];
  /** Booked time within opening hours, summed over the rooms asked for. */
  readonly bookedMinutes: number;
};

export function readAgenda(parts: { readonly repo: BookingRepo; readonly config: BookingConfig }, question: AgendaQuestion): Agenda {
  const open = toInterval({ from: parts.config.opensAt, to: parts.config.closesAt });
  const bookings = parts.repo.listDay(question.day, question.room);
  const bookedMinutes = bookings.reduce((sum, booking) => sum + sharedMinutes(open, toInterval(booking)), 0);
  return { day: question.day, bookings, bookedMinutes };
}
