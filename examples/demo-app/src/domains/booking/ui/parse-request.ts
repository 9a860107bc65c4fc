// Turns what comes over HTTP into the domain's types, or into one sentence about what is wrong.

import { isRoomId } from "../../rooms/index.ts";
import type { AgendaQuestion } from "../runtime/agenda.ts";
import { type BookingRequest, isDay, isTimeOfDay } from "../types/booking.ts";

export type Parsed<T> = { readonly kind: "parsed"; readonly value: T } | { readonly kind: "invalid"; readonly message: string };

/** A title is one line on a door sign; longer ones do not fit. */
const titleLengthMax = 80;

export function parseBookingRequest(body: unknown): Parsed<BookingRequest> {
  if (typeof body !== "object" || body === null) return invalid("The body must be a JSON object.");
  const { room, day, from, to, title, people }: Record<string, unknown> = { ...body };
  if (!isRoomId(room)) return invalid('"room" must be the id of a room.');
  if (!isDay(day)) return invalid('"day" must be a day such as 2030-01-31.');
  if (!isTimeOfDay(from)) return invalid('"from" must be a time such as 09:30.');
  if (!isTimeOfDay(to)) return invalid('"to" must be a time such as 10:30.');
  if (to <= from) return invalid('"to" must be later than "from".');
  if (typeof title !== "string" || title.trim() === "" || title.length > titleLengthMax) {
    return invalid(`"title" must have 1 to ${titleLengthMax} characters.`);
  }
  if (typeof people !== "number" || !Number.isSafeInteger(people) || people < 1) return invalid('"people" must be a whole number from 1.');
  return { kind: "parsed", value: { room, day, from, to, title: title.trim(), people } };
}

/** `room` may be missing or empty: then all rooms are meant. */
export function parseAgendaQuestion(query: URLSearchParams): Parsed<AgendaQuestion> {
  const room = query.get("room") || undefined;
  const day = query.get("day");
  if (!isDay(day)) return invalid('"day" must be a day such as 2030-01-31.');
  if (room !== undefined && !isRoomId(room)) return invalid('"room" must be the id of a room.');
  return { kind: "parsed", value: { day, room } };
}

function invalid(message: string): { readonly kind: "invalid"; readonly message: string } {
  return { kind: "invalid", message };
}
