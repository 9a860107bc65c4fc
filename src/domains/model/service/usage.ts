// Sums and prices of usage. Pure.
import type { Price, TokenCounts, Usage, UsageSource } from "../types.ts";

export const noUsage: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, costUsd: 0, source: "wire" };

// The weaker source names the sum: a total is only as good as its worst part.
const sourceRank: Readonly<Record<UsageSource, number>> = { wire: 0, reported: 1, unknown: 2 };

/** The sum of both; its cost is null as soon as one part's cost is, its source the weaker of both. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
    source: sourceRank[a.source] >= sourceRank[b.source] ? a.source : b.source,
  };
}

/** US dollars of these tokens at this price; cached input without a price of its own costs the full input price. */
export function costOfUsage(usage: Pick<Usage, "inputTokens" | "cachedInputTokens" | "outputTokens">, price: Price): number {
  const fresh = usage.inputTokens - usage.cachedInputTokens;
  const cached = usage.cachedInputTokens * (price.cachedInputUsd ?? price.inputUsd);
  return (fresh * price.inputUsd + cached + usage.outputTokens * price.outputUsd) / 1_000_000;
}

// Texts of these wires have about four characters a token, code about three: an estimate for a budget errs on the dear side.
const charsPerToken = 3;

/** What an answer that was cut off has cost at least as much as is known, else by the size of the request and by what came: providers send a token or a few an event. */
export function estimateCut(counts: TokenCounts | undefined, seen: { readonly requestChars: number; readonly answerChars: number; readonly eventCount: number }): TokenCounts {
  const told = counts ?? { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };
  const output = seen.eventCount > 0 ? seen.eventCount : Math.ceil(seen.answerChars / charsPerToken);
  return { ...told, inputTokens: told.inputTokens > 0 ? told.inputTokens : Math.ceil(seen.requestChars / charsPerToken), outputTokens: Math.max(told.outputTokens, output) };
}

/** All tokens that a budget counts: input and output, cached ones included. */
export function totalTokens(usage: Usage): number {
  return usage.inputTokens + usage.outputTokens;
}
