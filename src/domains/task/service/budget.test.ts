import assert from "node:assert/strict";
import { test } from "node:test";
import { noUsage } from "../../model/index.ts";
import { addSpent, nothingSpent, passedBudget } from "./budget.ts";

const budget = { turns: 3, attempts: 2, tokens: 1000, moneyUsd: 1, minutes: 10 };
const usage = { ...noUsage, inputTokens: 400, outputTokens: 100 };

test("passedBudget() names the limit that is reached, and nothing just below it", () => {
  assert.equal(passedBudget(budget, { spent: addSpent(nothingSpent, { turns: 2, activeMs: 599_000, usage: { ...usage, costUsd: 0.99 } }), before: nothingSpent, agent: "pi" }), undefined);
  assert.match(passedBudget(budget, { spent: addSpent(nothingSpent, { turns: 3 }), before: nothingSpent, agent: "pi" }) ?? "", /3 of 3 turns/);
  assert.match(passedBudget(budget, { spent: addSpent(nothingSpent, { activeMs: 600_000 }), before: nothingSpent, agent: "pi" }) ?? "", /10.0 of 10 minutes/);
  assert.match(passedBudget(budget, { spent: addSpent(nothingSpent, { usage: { ...usage, inputTokens: 900, costUsd: 0 } }), before: nothingSpent, agent: "pi" }) ?? "", /1000 of 1000 tokens/);
  assert.match(passedBudget(budget, { spent: addSpent(nothingSpent, { usage: { ...usage, costUsd: 1 } }), before: nothingSpent, agent: "pi" }) ?? "", /1.00 of 1 US dollars/);
});

test("a money budget with an unknown price holds, and without a money budget the price does not matter", () => {
  const spent = addSpent(nothingSpent, { usage: { ...usage, costUsd: null } });
  assert.match(passedBudget(budget, { spent: spent, before: nothingSpent, agent: "pi" }) ?? "", /price is not known \(set agents\.pi\.price/);
  const cut = addSpent(nothingSpent, { usage: { ...usage, costUsd: null, source: "unknown" } });
  assert.match(passedBudget(budget, { spent: cut, before: nothingSpent, agent: "pi" }) ?? "", /what was spent is not known: a model gave no counts/);
  const estimated = addSpent(nothingSpent, { usage: { ...usage, costUsd: 0.5, source: "unknown" } });
  assert.equal(passedBudget(budget, { spent: estimated, before: nothingSpent, agent: "pi" }), undefined, "an estimate counts, it does not hold");
  const { moneyUsd: _, ...free } = budget;
  assert.equal(passedBudget(free, { spent: spent, before: nothingSpent, agent: "pi" }), undefined);
});

test("a new count begins at what was spent before", () => {
  const spent = addSpent(nothingSpent, { turns: 3 });
  assert.equal(passedBudget(budget, { spent: spent, before: spent, agent: "pi" }), undefined);
});
