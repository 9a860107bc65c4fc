// Opening hours and the longest booking.

import type { BookingConfig } from "../config.ts";
import type { BookingRequest } from "../types/booking.ts";
import { toInterval } from "../types/interval.ts";

/**
 * Returns the code of the rule that `wanted` breaks, or `undefined` when it keeps both.
 *
 * A booking lies within opening hours; it may start at opening time and end at closing time.
 * It lasts at most `durationMaxMinutes`.
 */
export function checkOpeningHours(wanted: BookingRequest, config: BookingConfig): "outside-opening-hours" | "too-long" | undefined {
  const open = toInterval({ from: config.opensAt, to: config.closesAt });
  const { startMinute, endMinute } = toInterval(wanted);
  if (startMinute < open.startMinute || endMinute > open.endMinute) return "outside-opening-hours";
  if (endMinute - startMinute > config.durationMaxMinutes) return "too-long";
  return undefined;
}
