// Whether a task may go on spending. Pure.
import { addUsage, noUsage, totalTokens, type Usage } from "../../model/index.ts";
import type { Budget, Spent } from "../types/index.ts";

export const nothingSpent: Spent = { turns: 0, attempts: 0, activeMs: 0, usage: noUsage };

export function addSpent(spent: Spent, more: { readonly turns?: number; readonly attempts?: number; readonly activeMs?: number; readonly usage?: Usage }): Spent {
  return {
    turns: spent.turns + (more.turns ?? 0), attempts: spent.attempts + (more.attempts ?? 0), activeMs: spent.activeMs + (more.activeMs ?? 0),
    usage: more.usage ? addUsage(spent.usage, more.usage) : spent.usage,
  };
}

/** Which limit is reached, in words, or undefined. `before` is what earlier counts had spent, `agent` whose price may be missing. */
export function passedBudget(budget: Budget, { spent, before, agent }: { readonly spent: Spent; readonly before: Spent; readonly agent: string }): string | undefined {
  const turns = spent.turns - before.turns;
  const minutes = (spent.activeMs - before.activeMs) / 60_000;
  const tokens = totalTokens(spent.usage) - totalTokens(before.usage);
  if (turns >= budget.turns) return `${turns} of ${budget.turns} turns are used`;
  if (minutes >= budget.minutes) return `${minutes.toFixed(1)} of ${budget.minutes} minutes are used`;
  if (tokens >= budget.tokens) return `${tokens} of ${budget.tokens} tokens are used`;
  if (budget.moneyUsd === undefined || tokens === 0) return undefined;
  // An answer without counts, or one outside of the relay, is billed too, but nobody says how much.
  if (spent.usage.costUsd === null && spent.usage.source === "unknown") return `the budget is ${budget.moneyUsd} US dollars, but what was spent is not known: a model gave no counts, or its answer did not pass Inspan's relay`;
  if (spent.usage.costUsd === null) return `the budget is ${budget.moneyUsd} US dollars, but the model's price is not known (set agents.${agent}.price in inspan.yaml)`;
  const money = spent.usage.costUsd - (before.usage.costUsd ?? 0);
  return money >= budget.moneyUsd ? `${money.toFixed(2)} of ${budget.moneyUsd} US dollars are used` : undefined;
}

/** Tokens that are left of the present count; at least 0. */
export function tokensLeft(budget: Budget, spent: Spent, before: Spent): number {
  return Math.max(0, budget.tokens - (totalTokens(spent.usage) - totalTokens(before.usage)));
}

/** Milliseconds of work that are left of the present count; at least 0. */
export function activeMsLeft(budget: Budget, spent: Spent, before: Spent): number {
  return Math.max(0, budget.minutes * 60_000 - (spent.activeMs - before.activeMs));
}
