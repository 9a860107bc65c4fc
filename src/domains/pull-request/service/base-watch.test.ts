import assert from "node:assert/strict";
import { test } from "node:test";
import { nextBaseStep, parseBaseLog, type BaseChecks, type BaseCommit } from "./base-watch.ts";

const history = (count: number): readonly BaseCommit[] =>
  Array.from({ length: count }, (_, index) => ({ commit: `c${index}`, title: `t${index}`, task: `task${index}`, headCommit: `h${index}` }));
const red: BaseChecks = { kind: "red", failed: [{ name: "test", log: "no" }] };
const shortOf = (commits: readonly BaseCommit[], known: Readonly<Record<string, BaseChecks>>, canTest = true): string => {
  const step = nextBaseStep(commits, new Map(Object.entries(known)), canTest);
  return step.kind === "test"
    ? `test ${step.commit}`
    : step.kind === "found"
      ? `found ${step.culprit.commit}`
      : step.kind === "open"
        ? `open ${step.candidates.map(({ commit }) => commit).join()}`
        : step.kind;
};

test("nextBaseStep(): wherever the bad change stands, halving finds it in log2 runs", () => {
  for (let bad = 0; bad < 19; bad++) {
    const commits = history(20);
    const known = new Map<string, BaseChecks>([["c0", red], ["c19", { kind: "green" }]]);
    let runs = 0;
    for (;;) {
      const step = nextBaseStep(commits, known, true);
      if (step.kind !== "test") { assert.deepEqual(step.kind === "found" && step.culprit.commit, `c${bad}`); break; }
      assert.ok(++runs <= 5, `${runs} runs for ${bad}`);
      known.set(step.commit, Number(step.commit.slice(1)) <= bad ? red : { kind: "green" });
    }
  }
});

test("nextBaseStep(): green, unknown and pending tips; a red base that nobody can search", () => {
  const commits = history(3);
  assert.equal(shortOf(commits, { c0: { kind: "green" }, c1: red }), "green");
  assert.equal(shortOf(commits, {}), "test c0");
  assert.equal(shortOf(commits, {}, false), "wait");
  assert.equal(shortOf(commits, { c0: { kind: "pending" } }), "wait");
  assert.equal(shortOf(commits, { c0: red, c1: { kind: "green" } }), "found c0");
  assert.equal(shortOf(commits, { c0: red, c1: red, c2: { kind: "green" } }), "found c1");
  assert.equal(shortOf(commits, { c0: red, c2: { kind: "green" } }, false), "open c0,c1");
  assert.equal(shortOf(commits, { c0: red, c1: { kind: "pending" }, c2: { kind: "green" } }), "wait");
  assert.equal(shortOf(commits, { c0: red, c1: red, c2: red }), "open c2");
  assert.equal(shortOf([], {}), "green");
});

test("parseBaseLog() reads commits with and without trailers", () => {
  assert.deepEqual(parseBaseLog("a\x1fMend\x1ft1\x1fh1\0b\x1fby hand\x1f\x1f\0"), [
    { commit: "a", title: "Mend", task: "t1", headCommit: "h1" },
    { commit: "b", title: "by hand", task: undefined, headCommit: undefined },
  ]);
});
