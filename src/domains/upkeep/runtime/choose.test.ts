// What one run proposes, and why the rest is left.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deviation, Proposal } from "../types/index.ts";
import { choose, type Choice } from "./gc.ts";

const deviation = (id: string, kind = "copies/duplicates"): Deviation => ({
  id,
  principle: kind.split("/")[0] ?? "",
  kind,
  file: `src/${id}.ts`,
  line: 1,
  places: [],
  domain: "",
  layer: "",
  found: "",
  fix: "",
});
const row = (id: string, state: Proposal["state"], attempts = 1): Proposal => ({
  deviation: id,
  kind: "copies/duplicates",
  file: "f",
  title: "t",
  state,
  taskId: "task",
  pullRequest: state === "open" ? "pr" : null,
  attempts,
  at: "2026-11-21",
});
const chosen = (given: Partial<Choice>) =>
  choose({ deviations: [deviation("a"), deviation("b")], lessons: [], known: new Map(), max: 20, debtMax: 1, ...given }).map(
    ({ id, state }) => `${id} ${state}`,
  );

test("choose() takes what is new up to the bound, and one entry of the tracker", () => {
  assert.deepEqual(chosen({}), ["a new", "b new"]);
  assert.deepEqual(chosen({ max: 1 }), ["a new", "b over-max"]);
  assert.deepEqual(chosen({ deviations: [deviation("a", "debt/debt"), deviation("b", "debt/debt"), deviation("c")] }), ["a new", "b waits", "c new"]);
});

test("choose() leaves what is open, rejected, or was tried in vain; one that was begun or came back is taken again", () => {
  const known = (...rows: readonly Proposal[]) => new Map(rows.map((one) => [one.deviation, one]));
  assert.deepEqual(chosen({ known: known(row("a", "open"), row("b", "begun")) }), ["a open", "b new"]);
  assert.deepEqual(chosen({ known: known(row("a", "merged", 2), row("b", "merged", 1)) }), ["a stuck", "b new"]);
  assert.deepEqual(chosen({ known: known(row("a", "rejected")) }), ["a rejected", "b new"]);
  assert.deepEqual(chosen({ lessons: [{ kind: "copies", where: "src/b.*, lib/**", since: "", because: "", from: "" }] }), ["a new", "b rejected"]);
});
