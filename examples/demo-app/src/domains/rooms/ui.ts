// GET /api/rooms.

import { replyJson, type Route } from "../../providers/index.ts";
import type { Rooms } from "./runtime.ts";

export function roomRoutes(rooms: Rooms): readonly Route[] {
  return [{ method: "GET", path: "/api/rooms", access: "read", handle: () => replyJson(200, { rooms: rooms.list() }) }];
}
