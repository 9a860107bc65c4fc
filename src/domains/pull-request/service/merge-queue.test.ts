import assert from "node:assert/strict";
import { test } from "node:test";
import type { QueueEntry, QueueState } from "../types.ts";
import { advance, emptyQueue, nextStep } from "./merge-queue.ts";

const entries = (count: number): readonly QueueEntry[] => Array.from({ length: count }, (_, index) => ({ id: `p${index}`, head: `h${index}` }));

/** Plays the queue against a truth; checks that everything that lands was tested green upon what had landed. */
function play(count: number, isGreen: (ids: ReadonlySet<string>) => boolean): QueueState {
  let state: QueueState = entries(count).reduce((before, entry) => advance(before, { kind: "added", entry }), emptyQueue);
  let greenWith = "";
  for (let steps = 0; steps < 1000; steps++) {
    const step = nextStep(state);
    if (step.kind === "rest") return state;
    const together = [...state.landed, ...step.entries.map(({ id }) => id)];
    if (step.kind === "land") {
      assert.equal(greenWith, together.join(), "lands as it was tested");
      state = advance(state, { kind: "landed" });
    } else {
      const green = isGreen(new Set(together));
      greenWith = green ? together.join() : "";
      state = advance(state, { kind: "tested", entries: step.entries, isGreen: green, reason: "red" });
    }
  }
  throw new Error("the queue never rests");
}

test("twenty changes with one bad among them: nineteen land in at most six runs, wherever it stands", () => {
  for (let bad = 0; bad < 20; bad++) {
    const end = play(20, (ids) => !ids.has(`p${bad}`));
    assert.deepEqual(end.rejected.map(({ id }) => id), [`p${bad}`]);
    assert.equal(end.landed.length, 19);
    assert.ok(end.runs <= 6, `bad ${bad}: ${end.runs} runs`);
  }
  assert.equal(play(16, () => true).runs, 1);
  assert.equal(play(0, () => true).runs, 0);
});

test("whatever is bad, alone or together, the queue rests, every entry has one end, and what landed is green (seeded)", () => {
  let seed = 20261121;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let round = 0; round < 120; round++) {
    const count = 1 + Math.floor(random() * 24);
    const bad = new Set(entries(count).filter(() => random() < 0.15).map(({ id }) => id));
    const pair = [`p${Math.floor(random() * count)}`, `p${Math.floor(random() * count)}`] as const;
    const isGreen = (ids: ReadonlySet<string>) => ![...ids].some((id) => bad.has(id)) && !(pair[0] !== pair[1] && ids.has(pair[0]) && ids.has(pair[1]));
    const end = play(count, isGreen);
    assert.ok(isGreen(new Set(end.landed)), `seed round ${round}`);
    assert.deepEqual([...end.landed, ...end.rejected.map(({ id }) => id)].sort(), entries(count).map(({ id }) => id).sort(), `seed round ${round}`);
    for (const id of bad) assert.ok(!end.landed.includes(id));
  }
});

test("a base that moved, an entry that was taken out, one that conflicts, one that comes twice", () => {
  const [a, b, c] = entries(3);
  assert.ok(a && b && c);
  let state = [a, b, c, a].reduce((before, entry) => advance(before, { kind: "added", entry }), emptyQueue);
  assert.equal(state.waiting.length, 3);
  state = advance(state, { kind: "conflicted", id: "p1", reason: "conflicts in a.txt" });
  state = advance(state, { kind: "tested", entries: [a, c], isGreen: true, reason: "" });
  state = advance(state, { kind: "base-moved" });
  assert.deepEqual(nextStep(state), { kind: "test", entries: [a, c] });
  state = advance(state, { kind: "removed", id: "p0" });
  assert.deepEqual([nextStep(state), state.rejected], [{ kind: "test", entries: [c] }, [{ id: "p1", reason: "conflicts in a.txt" }]]);
});
