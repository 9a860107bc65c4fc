// Decisions about rooms. Values in, values out.

import type { Room } from "./types.ts";

/** Whether `people` fit into `room`: at least one person and at most its capacity. */
export function hasSpaceFor(room: Room, people: number): boolean {
  return people >= 1 && people <= room.capacity;
}
