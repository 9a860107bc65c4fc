// The rooms table: the only reader and writer of rooms.

import type { Database } from "../../providers/index.ts";
import { buildingRooms } from "./config.ts";
import { isRoomId, type Room, type RoomId } from "./types.ts";

export type RoomsRepo = {
  /** Every room, sorted by name. */
  readonly list: () => readonly Room[];
  readonly find: (id: RoomId) => Room | undefined;
};

/** Creates the table where it is missing and writes the building's rooms into it. */
export function openRoomsRepo(database: Database): RoomsRepo {
  database.exec("CREATE TABLE IF NOT EXISTS rooms (id TEXT PRIMARY KEY, name TEXT NOT NULL, capacity INTEGER NOT NULL) STRICT");
  const write = database.prepare(
    "INSERT INTO rooms VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, capacity = excluded.capacity",
  );
  for (const room of buildingRooms) write.run(room.id, room.name, room.capacity);
  const all = database.prepare("SELECT id, name, capacity FROM rooms ORDER BY name");
  const one = database.prepare("SELECT id, name, capacity FROM rooms WHERE id = ?");
  return {
    list: () => all.all().map(parseRoom),
    find: (id) => {
      const row = one.get(id);
      return row === undefined ? undefined : parseRoom(row);
    },
  };
}

function parseRoom(row: Record<string, unknown>): Room {
  const { id, name, capacity } = row;
  if (!isRoomId(id) || typeof name !== "string" || typeof capacity !== "number") {
    throw new Error(`Cannot read room ${JSON.stringify(row)}: expected id, name and capacity`);
  }
  return { id, name, capacity };
}
