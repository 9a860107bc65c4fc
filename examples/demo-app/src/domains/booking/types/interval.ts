// Minutes of one day, and arithmetic with them.

import type { TimeOfDay } from "./booking.ts";

/** Minutes since midnight. `endMinute` is the first minute that no longer belongs to the interval. */
export type Interval = { readonly startMinute: number; readonly endMinute: number };

export function toInterval(times: { readonly from: TimeOfDay; readonly to: TimeOfDay }): Interval {
  return { startMinute: toMinutes(times.from), endMinute: toMinutes(times.to) };
}

/** How many minutes lie in both; 0 when the intervals are apart or only touch. */
export function sharedMinutes(a: Interval, b: Interval): number {
  return Math.max(0, Math.min(a.endMinute, b.endMinute) - Math.max(a.startMinute, b.startMinute));
}

function toMinutes(time: TimeOfDay): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
