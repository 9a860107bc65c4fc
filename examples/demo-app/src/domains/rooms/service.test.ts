import assert from "node:assert/strict";
import { test } from "node:test";
import { hasSpaceFor } from "./service.ts";
import { isRoomId, type Room } from "./types.ts";

const id = "harbour";
assert.ok(isRoomId(id));
const harbour: Room = { id, name: "Harbour", capacity: 4 };

test("hasSpaceFor() takes one person up to the capacity", () => {
  const fits = [0, 1, 4, 5].map((people) => hasSpaceFor(harbour, people));
  assert.deepEqual(fits, [false, true, true, false]);
});

test("isRoomId() takes short kebab-case names only", () => {
  const cases = ["harbour", "room-2", "", "2-room", "Harbour", "a/b", "a".repeat(33), 7];
  assert.deepEqual(cases.map(isRoomId), [true, true, false, false, false, false, false, false]);
});
