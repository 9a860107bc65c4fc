// Opens the rooms for the rest of the app.

import type { Database } from "../../providers/index.ts";
import { openRoomsRepo, type RoomsRepo } from "./repo.ts";

export type Rooms = RoomsRepo;

export function openRooms(database: Database): Rooms {
  return openRoomsRepo(database);
}
