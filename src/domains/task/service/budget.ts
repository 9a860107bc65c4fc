// Whether a task may go on spending. Pure.
import { addUsage, noUsage, totalTokens, type Usage } from "../../model/index.ts";
import type { Budget, Spent, TaskState } from "../types/index.ts";

export const nothingSpent: Spent = { turns: 0, attempts: 0, activeMs: 0, usage: noUsage };

export function addSpent(spent: Spent, more: { readonly turns?: number; readonly attempts?: number; readonly activeMs?: number; readonly usage?: Usage }): Spent {
  return {
    turns: spent.turns + (more.turns ?? 0), attempts: spent.attempts + (more.attempts ?? 0), activeMs: spent.activeMs + (more.activeMs ?? 0),
    usage: more.usage ? addUsage(spent.usage, more.usage) : spent.usage,
  };
}

/** What is spent, in all and before the present count, and whose price may be missing. */
export type Account = Pick<TaskState, "spent" | "spentBefore" | "countUsage" | "agent">;

/** The account with what one more model call, or all of a turn, has cost. */
export function addUsageTo<State extends Account>(state: State, usage: Usage): State {
  return { ...state, spent: addSpent(state.spent, { usage }), ...(state.countUsage === undefined ? {} : { countUsage: addUsage(state.countUsage, usage) }) };
}

/** Which limit is reached, in words, or undefined. */
export function passedBudget(budget: Budget, account: Account): string | undefined {
  const { spent, spentBefore: before } = account;
  const turns = spent.turns - before.turns;
  const minutes = (spent.activeMs - before.activeMs) / 60_000;
  if (turns >= budget.turns) return `${turns} of ${budget.turns} turns are used`;
  if (minutes >= budget.minutes) return `${minutes.toFixed(1)} of ${budget.minutes} minutes are used`;
  return passedUsage(budget, account);
}

/** The same of what models cost: asked after each of their answers. */
export function passedUsage(budget: Budget, account: Account): string | undefined {
  const { spent, spentBefore: before, agent } = account;
  const tokens = totalTokens(spent.usage) - totalTokens(before.usage);
  if (tokens >= budget.tokens) return `${tokens} of ${budget.tokens} tokens are used`;
  const money = moneySpent(account);
  if (budget.moneyUsd === undefined || tokens === 0) return undefined;
  // An answer without counts, or one outside of the relay, is billed too, but nobody says how much.
  if (money === null && (account.countUsage ?? spent.usage).source === "unknown")
    return `the budget is ${budget.moneyUsd} US dollars, but what was spent is not known: a model gave no counts, or its answer did not pass Inspan's relay`;
  if (money === null) return `the budget is ${budget.moneyUsd} US dollars, but the model's price is not known (set agents.${agent.driver}.price in inspan.yaml)`;
  return money >= budget.moneyUsd ? `${money.toFixed(2)} of ${budget.moneyUsd} US dollars are used` : undefined;
}

/** US dollars of the present count; null where a part of it is not known. */
function moneySpent({ spent, spentBefore, countUsage }: Account): number | null {
  if (countUsage !== undefined) return countUsage.costUsd;
  return spent.usage.costUsd === null ? null : spent.usage.costUsd - (spentBefore.usage.costUsd ?? 0);
}

/** US dollars that are left of the present count, at least 0; undefined where the task has no budget of money. What is not known is not counted: it holds the task by itself. */
export function moneyLeft(budget: Budget, account: Account): number | undefined {
  return budget.moneyUsd === undefined ? undefined : Math.max(0, budget.moneyUsd - (moneySpent(account) ?? 0));
}

/** Milliseconds of work that are left of the present count; at least 0. */
export function activeMsLeft(budget: Budget, spent: Spent, before: Spent): number {
  return Math.max(0, budget.minutes * 60_000 - (spent.activeMs - before.activeMs));
}
