// The desk: takes bookings and cancellations, asks the rules, writes the answer.

import { type Database, inTransaction, type Telemetry } from "../../../providers/index.ts";
import type { Rooms } from "../../rooms/index.ts";
import type { BookingConfig } from "../config.ts";
import { openBookingRepo } from "../repo.ts";
import { decideBooking } from "../service/decide-booking.ts";
import type { Booking, BookingId, BookingRequest, Day } from "../types/booking.ts";
import type { Refusal } from "../types/refusal.ts";
import { type Agenda, type AgendaQuestion, readAgenda } from "./agenda.ts";

export type BookResult = { readonly kind: "booked"; readonly booking: Booking } | { readonly kind: "unknown-room" } | Refusal;

export type Desk = {
  readonly book: (request: BookingRequest) => BookResult;
  readonly cancel: (id: BookingId) => "cancelled" | "unknown-booking";
  readonly agenda: (question: AgendaQuestion) => Agenda;
  /** Every booking of a day, sorted by start. */
  readonly listDay: (day: Day) => readonly Booking[];
};

export type DeskParts = {
  readonly database: Database;
  readonly rooms: Rooms;
  readonly config: BookingConfig;
  readonly telemetry: Telemetry;
};

export function openDesk({ database, rooms, config, telemetry }: DeskParts): Desk {
  const repo = openBookingRepo(database);

  // Reading what is taken and writing the new booking are one transaction: two people cannot both win.
  const decide = (wanted: BookingRequest): BookResult =>
    inTransaction(database, () => {
      const room = rooms.find(wanted.room);
      if (room === undefined) return { kind: "unknown-room" };
      const decision = decideBooking({ wanted, room, taken: repo.listDay(wanted.day, wanted.room), config });
      return decision.kind === "refused" ? decision : { kind: "booked", booking: repo.add(wanted) };
    });

  return {
    book: (wanted) =>
      telemetry.span("booking.create", { "booking.room": wanted.room, "booking.day": wanted.day }, (note) => {
        const result = decide(wanted);
        note({ "booking.outcome": outcomeOf(result) });
        telemetry.count("booking.decisions", { outcome: outcomeOf(result) });
        report(telemetry, wanted, result);
        return result;
      }),
    cancel: (id) =>
      telemetry.span("booking.cancel", { "booking.id": id }, () => {
        const result = repo.remove(id) ? "cancelled" : "unknown-booking";
        telemetry.log("info", "booking.cancel", { bookingId: id, outcome: result });
        return result;
      }),
    agenda: (question) => readAgenda({ repo, config }, question),
    listDay: (day) => repo.listDay(day, undefined),
  };
}

function outcomeOf(result: BookResult): string {
  return result.kind === "refused" ? result.code : result.kind;
}

function report(telemetry: Telemetry, wanted: BookingRequest, result: BookResult): void {
  const { room, day, from, to } = wanted;
  if (result.kind === "refused") {
    telemetry.log("warn", "booking.refused", { room, day, from, to, code: result.code, rule: result.rule });
  } else if (result.kind === "booked") {
    telemetry.log("info", "booking.created", { room, day, from, to, bookingId: result.booking.id });
  }
}
