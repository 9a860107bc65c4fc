// Which limits of a task's budget the command line takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { budgetField, parseBudget } from "./run.ts";

test("budgetField takes what a task can be held to, and nothing that it cannot", () => {
  const cases: Readonly<Record<string, boolean>> = {
    "turns=1": true, "turns=0": false, "turns=1.5": false, "turns=9999": true, "turns=10000": false, "attempts=100": true, "attempts=101": false, "attempts=0": false,
    "tokens=1": true,
    "tokens=0": false,
    "tokens=0.0": false,
    "tokens=-1": false,
    "tokens=1e9": false,
    "moneyUsd=0.05": true,
    "moneyUsd=0.00": false,
    "minutes=0.5": true,
    "minutes=": false,
    "minutes=007": true,
    "hours=1": false,
    "": false,
  };
  assert.deepEqual(Object.fromEntries(Object.keys(cases).map((entry) => [entry, budgetField.safeParse([entry]).success])), cases);
  assert.deepEqual(parseBudget(["turns=3", "moneyUsd=0.05"]), { turns: 3, moneyUsd: 0.05 });
});
