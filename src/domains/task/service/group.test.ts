import assert from "node:assert/strict";
import { test } from "node:test";
import { at, commitOf, makeTask, makeTaskAt } from "../../../../test/support/task-state.ts";
import type { TaskState } from "../types/index.ts";
import { decideGroup, gateGroup, type GroupMember } from "./group.ts";
import { transition } from "./transition.ts";

const group = { id: "g", repositories: ["a", "b"], places: ["/a", "/b"] };
const hold = { reason: "policy" as const, question: "q", options: [], detail: "" };
const merging = (more: Partial<TaskState> = {}): TaskState => makeTaskAt("merging", { kind: "merge" }, { group, ...more });
const waiting = gateGroup(merging());
const landed = makeTask({ status: "done", mergeCommit: commitOf("m"), group: { ...group, isReleased: true } });
const alone = makeTask({ status: "done", mergeCommit: commitOf("m"), group: { ...group, isReleased: true, isAlone: true } });
const nothing = makeTask({ status: "done", plan: { summary: "s", steps: ["one"], noChangeReason: "none" } });
const stuck = makeTaskAt("merging", { kind: "merge" }, { status: "held", hold, group: { ...group, isReleased: true } });
const members = (...states: readonly (TaskState | undefined)[]): readonly GroupMember[] => states.map((state, index) => ({ repository: `r${index}`, state }));

test("decideGroup() lets one through in order only where all others have landed, wait, or have nothing to change", () => {
  for (const [states, expected] of [
    [[waiting, waiting], { kind: "merge", index: 0 }],
    [[landed, waiting], { kind: "merge", index: 1 }],
    [[nothing, waiting], { kind: "merge", index: 1 }],
    [[waiting, alone], { kind: "merge", index: 0 }],
    [[landed, landed], { kind: "landed" }],
    [[landed, nothing], { kind: "landed" }],
    [[waiting, makeTaskAt("checking", { kind: "check" })], { kind: "busy" }],
    [[merging(), stuck], { kind: "busy" }],
    [[waiting, undefined], { kind: "closed", missing: ["r1: not begun, or not there"] }],
    [[waiting, makeTask({ status: "cancelled" })], { kind: "closed", missing: ["r1: cancelled"] }],
    [[waiting, stuck], { kind: "closed", missing: ["r1: held (policy)"] }],
    [[landed, stuck], { kind: "half", landed: [0], open: [1] }],
    [[landed, makeTask({ status: "cancelled" })], { kind: "half", landed: [0], open: [1] }],
    [[alone, stuck], { kind: "closed", missing: ["r1: held (policy)"] }],
  ] as const) assert.deepEqual(decideGroup(members(...states)), expected, JSON.stringify(expected));
  assert.deepEqual(decideGroup([{ repository: "a", state: makeTask({ status: "done" }), isMergedByHand: true }, { repository: "b", state: waiting }]), { kind: "merge", index: 1 });
});

test("gateGroup() holds a merge until the group lets it through, and nothing else", () => {
  assert.deepEqual([waiting.status, waiting.hold?.reason, waiting.group?.isWaiting], ["held", "policy", true]);
  for (const free of [
    merging({ group: { ...group, isReleased: true } }),
    merging({ group: { id: "g", repositories: ["a", "b"] } }),
    merging({ group: { ...group, places: ["/a"] } }),
    makeTaskAt("checking", { kind: "check" }, { group }),
  ])
    assert.equal(gateGroup(free), free);
  const resumed = (more: object) => transition(waiting, { kind: "resumed", at, activeMs: 0, ...more }, { mergePolicy: "auto", hasChecks: true }).state;
  assert.deepEqual([resumed({}).status, resumed({ answer: "please" }).status], ["held", "held"]);
  assert.deepEqual([resumed({ isGroupReady: true }).status, resumed({ isGroupReady: true }).group?.isAlone], ["merging", undefined]);
  assert.deepEqual([resumed({ answer: "merge" }).status, resumed({ answer: "merge" }).group?.isAlone], ["merging", true]);
  // The word at another policy's hold opens that policy, not the group.
  const byPolicy = merging({ status: "held", hold });
  assert.equal(transition(byPolicy, { kind: "resumed", at, activeMs: 0, answer: "merge" }, { mergePolicy: "auto", hasChecks: true }).state.group?.isWaiting, true);
});
