// What a room is.

/** Stable name of a room in addresses and tables, such as "harbour". */
export type RoomId = string & { readonly brand: "RoomId" };

export type Room = {
  readonly id: RoomId;
  readonly name: string;
  /** How many people it seats. */
  readonly capacity: number;
};

export function isRoomId(value: unknown): value is RoomId {
  return typeof value === "string" && /^[a-z][a-z0-9-]{0,31}$/.test(value);
}
