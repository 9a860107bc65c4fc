// An error is tied to the merge that brought it by the versions that ran, by time where there are none, and to nobody where neither says it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blameGroup, groupErrors, type ErrorEvent, type Merged } from "./regression.ts";

// Newest first, as git tells them.
const history: readonly Merged[] = ["e", "d", "c", "b", "a"].map((commit, index) => ({
  commit,
  at: `2026-01-0${5 - index}T00:00:00Z`,
  subject: `change ${commit}`,
  files: [`src/${commit}.ts`],
}));
const event = (more: Partial<ErrorEvent> = {}): ErrorEvent => ({
  kind: "span",
  service: "cart",
  what: "TypeError in POST /cart",
  message: "price is undefined",
  commit: undefined,
  at: "2026-01-03T12:00:00Z",
  link: "trace 1",
  ...more,
});
const blame = (events: readonly ErrorEvent[], healthy: readonly string[] = []) => {
  const [group] = groupErrors(events);
  assert.ok(group);
  const { by, suspects, isCertain } = blameGroup(group, { history, healthy });
  return [by, suspects.map(({ commit }) => commit).join(""), isCertain];
};

test("the oldest version that has it, and not the one before, is certain", () => {
  assert.deepEqual(blame([event({ commit: "c" }), event({ commit: "e" })], ["b"]), ["version", "c", true]);
  assert.deepEqual(blame([event({ commit: "d" })], ["a"]), ["version", "dcb", false]);
  assert.deepEqual(blame([event({ commit: "d", message: "at total (/srv/app/src/b.ts:3)" })], ["a"]), ["version", "bdc", true]);
  assert.deepEqual(blame([event({ commit: "d" })]), ["version", "d", false]);
  assert.deepEqual(blame([event({ commit: "b" })], ["e"]), ["version", "b", false]);
});

test("without a version the last merge before it is a suspect, never certain; a branch's error blames nobody", () => {
  assert.deepEqual(
    [blame([event()]), blame([event({ at: "2025-01-01T00:00:00Z" })]), blame([event({ commit: "branch" })])],
    [
      ["time", "c", false],
      ["unknown", "", false],
      ["unmerged", "", false],
    ],
  );
});

test("the same error is one group, whatever its numbers; another service or type is another", () => {
  const groups = groupErrors([
    event(),
    event({ message: "price of 4711 is undefined", at: "2026-01-02T00:00:00Z" }),
    event({ service: "mail" }),
    event({ what: "RangeError" }),
    event({ kind: "log", what: "a", message: "Order 4711 failed to load in 12 ms" }),
    event({ kind: "log", what: "b", message: "Order 4712 failed to load in 15 ms" }),
  ]);
  assert.deepEqual(
    groups.map(({ service, kind, count, firstAt }) => [service, kind, count, firstAt.slice(8, 10)]),
    [
      ["cart", "span", 2, "02"],
      ["cart", "log", 2, "03"],
      ["mail", "span", 1, "03"],
      ["cart", "span", 1, "03"],
    ],
  );
});
