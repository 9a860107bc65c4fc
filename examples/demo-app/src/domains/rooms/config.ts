// The rooms of the building. There is no screen to edit them: a new room is a change of this file.

/** Raw rows; the repo parses them on the way in. */
export const buildingRooms = [
  { id: "harbour", name: "Harbour", capacity: 4 },
  { id: "lantern", name: "Lantern", capacity: 8 },
  { id: "attic", name: "Attic", capacity: 12 },
] as const;
