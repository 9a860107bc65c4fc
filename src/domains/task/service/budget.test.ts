import assert from "node:assert/strict";
import { test } from "node:test";
import { noUsage } from "../../model/index.ts";
import { addSpent, nothingSpent, passedBudget } from "./budget.ts";

const budget = { turns: 3, attempts: 2, tokens: 1000, moneyUsd: 1, minutes: 10 };
const usage = { ...noUsage, inputTokens: 400, outputTokens: 100 };

test("passedBudget() names the limit that is reached, and nothing just below it", () => {
  assert.equal(passedBudget(budget, addSpent(nothingSpent, { turns: 2, activeMs: 599_000, usage: { ...usage, costUsd: 0.99 } }), nothingSpent), undefined);
  assert.match(passedBudget(budget, addSpent(nothingSpent, { turns: 3 }), nothingSpent) ?? "", /3 of 3 turns/);
  assert.match(passedBudget(budget, addSpent(nothingSpent, { activeMs: 600_000 }), nothingSpent) ?? "", /10.0 of 10 minutes/);
  assert.match(passedBudget(budget, addSpent(nothingSpent, { usage: { ...usage, inputTokens: 900, costUsd: 0 } }), nothingSpent) ?? "", /1000 of 1000 tokens/);
  assert.match(passedBudget(budget, addSpent(nothingSpent, { usage: { ...usage, costUsd: 1 } }), nothingSpent) ?? "", /1.00 of 1 US dollars/);
});

test("a money budget with an unknown price holds, and without a money budget the price does not matter", () => {
  const spent = addSpent(nothingSpent, { usage: { ...usage, costUsd: null } });
  assert.match(passedBudget(budget, spent, nothingSpent) ?? "", /price is not known/);
  const { moneyUsd: _, ...free } = budget;
  assert.equal(passedBudget(free, spent, nothingSpent), undefined);
});

test("a new count begins at what was spent before", () => {
  const spent = addSpent(nothingSpent, { turns: 3 });
  assert.equal(passedBudget(budget, spent, spent), undefined);
});
