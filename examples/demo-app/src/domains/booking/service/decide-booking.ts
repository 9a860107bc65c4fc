// Puts the rules of a booking in order and words the refusals.

import { hasSpaceFor, type Room } from "../../rooms/index.ts";
import type { BookingConfig } from "../config.ts";
import type { Booking, BookingRequest } from "../types/booking.ts";
import type { Refusal, RefusalCode } from "../types/refusal.ts";
import { checkOpeningHours } from "./check-opening-hours.ts";
import { findConflict } from "./find-conflict.ts";

export type BookingQuestion = {
  readonly wanted: BookingRequest;
  /** The room that is wanted. */
  readonly room: Room;
  /** The bookings of that room on that day, in any order. */
  readonly taken: readonly Booking[];
  readonly config: BookingConfig;
};

/** Where each refusal is decided, so that whoever reads one in a log or a test knows the place. */
export const ruleFiles: Readonly<Record<RefusalCode, string>> = {
  "outside-opening-hours": "src/domains/booking/service/check-opening-hours.ts",
  "too-long": "src/domains/booking/service/check-opening-hours.ts",
  "too-many-people": "src/domains/rooms/service.ts",
  "room-taken": "src/domains/booking/service/find-conflict.ts",
};

/**
 * Decides whether a booking is accepted. The first rule that says no words the refusal, in this
 * order: opening hours, length, capacity, conflict.
 */
export function decideBooking({ wanted, room, taken, config }: BookingQuestion): { readonly kind: "accepted" } | Refusal {
  const broken = checkOpeningHours(wanted, config);
  if (broken === "outside-opening-hours") {
    return refuse(broken, `The building is open from ${config.opensAt} to ${config.closesAt}.`);
  }
  if (broken === "too-long") return refuse(broken, `A booking lasts at most ${config.durationMaxMinutes} minutes.`);
  if (!hasSpaceFor(room, wanted.people)) {
    return refuse("too-many-people", `${room.name} takes 1 to ${room.capacity} people, not ${wanted.people}.`);
  }
  const conflict = findConflict(wanted, taken);
  if (conflict !== undefined) {
    return refuse("room-taken", `${room.name} is taken from ${conflict.from} to ${conflict.to}: ${conflict.title}.`);
  }
  return { kind: "accepted" };
}

function refuse(code: RefusalCode, message: string): Refusal {
  return { kind: "refused", code, message, rule: ruleFiles[code] };
}
