// The bookings table: the only reader and writer of bookings.

import type { Database } from "../../providers/index.ts";
import { isRoomId, type RoomId } from "../rooms/index.ts";
import { type Booking, type BookingId, type BookingRequest, type Day, isBookingId, isDay, isTimeOfDay } from "./types/booking.ts";

export type BookingRepo = {
  /** Stores the request under a new id. Decides nothing. */
  readonly add: (request: BookingRequest) => Booking;
  /** Removes the booking; `false` when there was none. */
  readonly remove: (id: BookingId) => boolean;
  /** The bookings of a day, of one room or of all, sorted by start, then room. */
  readonly listDay: (day: Day, room: RoomId | undefined) => readonly Booking[];
};

const schema = `
  CREATE TABLE IF NOT EXISTS bookings (
    id TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(8)))),
    room TEXT NOT NULL REFERENCES rooms (id),
    day TEXT NOT NULL,
    "from" TEXT NOT NULL,
    "to" TEXT NOT NULL CHECK ("to" > "from"),
    title TEXT NOT NULL,
    people INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS bookings_by_day ON bookings (day, room);
`;
const columns = 'id, room, day, "from", "to", title, people';

/** Creates the table where it is missing. The rooms table must exist. */
export function openBookingRepo(database: Database): BookingRepo {
  database.exec(schema);
  const add = database.prepare(`INSERT INTO bookings (room, day, "from", "to", title, people) VALUES (?, ?, ?, ?, ?, ?) RETURNING ${columns}`);
  const remove = database.prepare("DELETE FROM bookings WHERE id = ?");
  const listAll = database.prepare(`SELECT ${columns} FROM bookings WHERE day = ? ORDER BY "from", room`);
  const listRoom = database.prepare(`SELECT ${columns} FROM bookings WHERE day = ? AND room = ? ORDER BY "from"`);
  return {
    add: ({ room, day, from, to, title, people }) => parseBooking(add.get(room, day, from, to, title, people) ?? {}),
    remove: (id) => remove.run(id).changes > 0,
    listDay: (day, room) => (room === undefined ? listAll.all(day) : listRoom.all(day, room)).map(parseBooking),
  };
}

function parseBooking(row: Record<string, unknown>): Booking {
  const { id, room, day, from, to, title, people } = row;
  if (!isBookingId(id) || !isRoomId(room) || !isDay(day) || !isTimeOfDay(from) || !isTimeOfDay(to) || typeof title !== "string" || typeof people !== "number") {
    throw new Error(`Cannot read booking ${JSON.stringify(row)}: a column is missing or malformed`);
  }
  return { id, room, day, from, to, title, people };
}
