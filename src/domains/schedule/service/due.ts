// Is a schedule due? Missed times are caught up once, a clock that jumps neither repeats nor blocks. Pure.

export interface DueFacts {
  readonly nowMs: number;
  /** The latest time of the schedule that is not after now; undefined where there is none. */
  readonly slotMs: number | undefined;
  /** The time that was taken last. */
  readonly lastSlotMs: number | undefined;
  /** When the schedule was seen first: what lies before is nobody's debt. */
  readonly seenMs: number;
}

export type Due = { readonly kind: "due"; readonly slotMs: number } | { readonly kind: "wait" } | { readonly kind: "clock-went-back"; readonly slotMs: number };

/** A time taken so far in the future was taken by a wrong clock. Less is a change to summer time or a correction, and nothing runs twice for it. */
const wrongByMs = 26 * 3_600_000;

export function decideDue({ nowMs, slotMs, lastSlotMs, seenMs }: DueFacts): Due {
  if (lastSlotMs !== undefined && lastSlotMs - nowMs > wrongByMs) return { kind: "clock-went-back", slotMs: slotMs ?? nowMs };
  if (slotMs === undefined || slotMs > nowMs) return { kind: "wait" };
  return slotMs > (lastSlotMs ?? seenMs) ? { kind: "due", slotMs } : { kind: "wait" };
}
