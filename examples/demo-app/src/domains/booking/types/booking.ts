// What a booking is. Days and times are the building's wall clock.

import type { RoomId } from "../../rooms/index.ts";

export type BookingId = string & { readonly brand: "BookingId" };
/** A calendar day, "2030-01-31". */
export type Day = string & { readonly brand: "Day" };
/** A time of day, "09:30", from "00:00" to "23:59". */
export type TimeOfDay = string & { readonly brand: "TimeOfDay" };

export type BookingRequest = {
  readonly room: RoomId;
  readonly day: Day;
  readonly from: TimeOfDay;
  /** Always later than `from`. */
  readonly to: TimeOfDay;
  readonly title: string;
  readonly people: number;
};

export type Booking = BookingRequest & { readonly id: BookingId };

export function isBookingId(value: unknown): value is BookingId {
  return typeof value === "string" && /^[0-9a-f]{16}$/.test(value);
}

export function isDay(value: unknown): value is Day {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const parsed = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(value);
}

export function isTimeOfDay(value: unknown): value is TimeOfDay {
  return typeof value === "string" && /^([01]\d|2[0-3]):[0-5]\d$/.test(value);
}
