// The door of the rooms domain: nothing else of it is imported from outside.

export { openRooms, type Rooms } from "./runtime.ts";
export { hasSpaceFor } from "./service.ts";
export { isRoomId, type Room, type RoomId } from "./types.ts";
export { roomRoutes } from "./ui.ts";
