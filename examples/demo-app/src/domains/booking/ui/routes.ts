// The HTTP face of the desk: /api/bookings.

import { type HttpReply, type HttpRequest, replyError, replyJson, type Route } from "../../../providers/index.ts";
import { toInterval } from "../runtime/agenda.ts";
import type { Desk } from "../runtime/desk.ts";
import { type Booking, isBookingId } from "../types/booking.ts";
import { parseAgendaQuestion, parseBookingRequest } from "./parse-request.ts";

export function bookingRoutes(desk: Desk): readonly Route[] {
  return [
    { method: "GET", path: "/api/bookings", access: "read", handle: (request) => replyAgenda(desk, request) },
    { method: "POST", path: "/api/bookings", access: "write", handle: (request) => replyBooking(desk, request) },
    { method: "DELETE", path: "/api/bookings/:id", access: "write", handle: (request) => replyCancel(desk, request) },
  ];
}

function replyAgenda(desk: Desk, request: HttpRequest): HttpReply {
  const question = parseAgendaQuestion(request.query);
  if (question.kind === "invalid") return replyError(400, { code: "invalid-query", message: question.message });
  const agenda = desk.agenda(question.value);
  return replyJson(200, { ...agenda, bookings: agenda.bookings.map(renderBooking) });
}

function replyBooking(desk: Desk, request: HttpRequest): HttpReply {
  const wanted = parseBookingRequest(request.body);
  if (wanted.kind === "invalid") return replyError(400, { code: "invalid-booking", message: wanted.message });
  const result = desk.book(wanted.value);
  switch (result.kind) {
    case "booked":
      return replyJson(201, { booking: renderBooking(result.booking) });
    case "unknown-room":
      return replyError(404, { code: "unknown-room", message: `There is no room "${wanted.value.room}".` });
    case "refused":
      return replyError(result.code === "room-taken" ? 409 : 400, result);
  }
}

function replyCancel(desk: Desk, request: HttpRequest): HttpReply {
  const { id } = request.params;
  const isGone = !isBookingId(id) || desk.cancel(id) === "unknown-booking";
  if (isGone) return replyError(404, { code: "unknown-booking", message: "There is no such booking." });
  return replyJson(200, { cancelled: id });
}

/** A booking as callers see it: with its length, so that nobody has to reckon with times of day. */
function renderBooking(booking: Booking): Booking & { readonly minutes: number } {
  const { startMinute, endMinute } = toInterval(booking);
  return { ...booking, minutes: endMinute - startMinute };
}
