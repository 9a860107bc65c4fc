// The outbox table: the only reader and writer of reminders. A mail gateway empties it; that is not in this repository.

import type { Database } from "../../providers/index.ts";
import { type BookingId, isBookingId } from "../booking/index.ts";
import type { Reminder, SentReminder } from "./types.ts";

export type OutboxRepo = {
  /** Writes the reminder once; `false` when the booking already has one. */
  readonly add: (reminder: SentReminder) => boolean;
  /** Ids of the bookings that have a reminder, out of `candidates`. */
  readonly findReminded: (candidates: readonly BookingId[]) => ReadonlySet<BookingId>;
  /** Everything in the outbox, oldest first. */
  readonly list: () => readonly SentReminder[];
};

export function openOutboxRepo(database: Database): OutboxRepo {
  database.exec("CREATE TABLE IF NOT EXISTS outbox (booking_id TEXT PRIMARY KEY, text TEXT NOT NULL, sent_at TEXT NOT NULL) STRICT");
  const add = database.prepare("INSERT INTO outbox VALUES (?, ?, ?) ON CONFLICT (booking_id) DO NOTHING");
  const has = database.prepare("SELECT 1 FROM outbox WHERE booking_id = ?");
  const all = database.prepare("SELECT booking_id, text, sent_at FROM outbox ORDER BY sent_at, booking_id");
  return {
    add: ({ bookingId, text, sentAt }) => add.run(bookingId, text, sentAt).changes > 0,
    findReminded: (candidates) => new Set(candidates.filter((id) => has.get(id) !== undefined)),
    list: () => all.all().map(parseReminder),
  };
}

function parseReminder(row: Record<string, unknown>): SentReminder {
  const { booking_id: bookingId, text, sent_at: sentAt } = row;
  if (!isBookingId(bookingId) || typeof text !== "string" || typeof sentAt !== "string") {
    throw new Error(`Cannot read reminder ${JSON.stringify(row)}: a column is missing or malformed`);
  }
  return { bookingId, text, sentAt };
}
