import assert from "node:assert/strict";
import { test } from "node:test";
import { noUsage } from "../../model/index.ts";
import type { Spent } from "../types/index.ts";
import { addSpent, addUsageTo, moneyLeft, nothingSpent, passedBudget, passedUsage } from "./budget.ts";
import type { Account } from "./budget.ts";

const budget = { turns: 3, attempts: 2, tokens: 1000, moneyUsd: 1, minutes: 10 };
const account = (spent: Spent, spentBefore: Spent): Account => ({ spent, spentBefore, agent: { driver: "pi" } });
const usage = { ...noUsage, inputTokens: 400, outputTokens: 100 };

test("passedBudget() names the limit that is reached, and nothing just below it", () => {
  assert.equal(passedBudget(budget, account(addSpent(nothingSpent, { turns: 2, activeMs: 599_000, usage: { ...usage, costUsd: 0.99 } }), nothingSpent)), undefined);
  assert.match(passedBudget(budget, account(addSpent(nothingSpent, { turns: 3 }), nothingSpent)) ?? "", /3 of 3 turns/);
  assert.match(passedBudget(budget, account(addSpent(nothingSpent, { activeMs: 600_000 }), nothingSpent)) ?? "", /10.0 of 10 minutes/);
  assert.match(passedBudget(budget, account(addSpent(nothingSpent, { usage: { ...usage, inputTokens: 900, costUsd: 0 } }), nothingSpent)) ?? "", /1000 of 1000 tokens/);
  assert.match(passedBudget(budget, account(addSpent(nothingSpent, { usage: { ...usage, costUsd: 1 } }), nothingSpent)) ?? "", /1.00 of 1 US dollars/);
});

test("a money budget with an unknown price holds, and without a money budget the price does not matter", () => {
  const spent = addSpent(nothingSpent, { usage: { ...usage, costUsd: null } });
  assert.match(passedBudget(budget, account(spent, nothingSpent)) ?? "", /price is not known \(set agents\.pi\.price/);
  const cut = addSpent(nothingSpent, { usage: { ...usage, costUsd: null, source: "unknown" } });
  assert.match(passedBudget(budget, account(cut, nothingSpent)) ?? "", /what was spent is not known: a model gave no counts/);
  const estimated = addSpent(nothingSpent, { usage: { ...usage, costUsd: 0.5, source: "unknown" } });
  assert.equal(passedBudget(budget, account(estimated, nothingSpent)), undefined, "an estimate counts, it does not hold");
  const { moneyUsd: _, ...free } = budget;
  assert.equal(passedBudget(free, account(spent, nothingSpent)), undefined);
});

test("a new count begins at what was spent before", () => {
  const spent = addSpent(nothingSpent, { turns: 3 });
  assert.equal(passedBudget(budget, account(spent, spent)), undefined);
});

test("a cost that was not known in an earlier count does not hold the present one", () => {
  const unknown = addUsageTo({ ...account(nothingSpent, nothingSpent), countUsage: noUsage }, { ...usage, costUsd: null });
  assert.match(passedUsage(budget, unknown) ?? "", /price is not known/);
  const resumed: Account = { ...unknown, spentBefore: unknown.spent, countUsage: noUsage };
  const known = addUsageTo(resumed, { ...usage, inputTokens: 300, costUsd: 0.4 });
  assert.deepEqual([passedUsage(budget, known), moneyLeft(budget, known), known.spent.usage.costUsd], [undefined, 0.6, null]);
  assert.match(passedUsage(budget, addUsageTo(known, { ...usage, inputTokens: 0, costUsd: 0.7 })) ?? "", /1\.10 of 1 US dollars/);
  assert.deepEqual([moneyLeft(budget, account(nothingSpent, nothingSpent)), moneyLeft({ ...budget, moneyUsd: undefined }, known)], [1, undefined]);
});
