// The house rules in numbers.

import { isTimeOfDay, type TimeOfDay } from "./types/booking.ts";

export type BookingConfig = {
  readonly opensAt: TimeOfDay;
  readonly closesAt: TimeOfDay;
  /** Longer meetings kept rooms empty that were booked "to be safe". */
  readonly durationMaxMinutes: number;
};

/** The building's own rules: open 08:00 to 20:00, at most four hours a booking. */
export const buildingRules: BookingConfig = {
  opensAt: parseTime("08:00"),
  closesAt: parseTime("20:00"),
  durationMaxMinutes: 240,
};

function parseTime(text: string): TimeOfDay {
  if (!isTimeOfDay(text)) throw new Error(`BUG: expected a time of day, got "${text}"`);
  return text;
}
