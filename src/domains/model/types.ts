// What a model call costs, in tokens and money. Knows no agent and no provider's wire form.
import { z } from "zod";

/** Where the counts come from: read on the wire, told by the client, or not known for all of it: then what an answer that was cut off cost is an estimate in them. */
export const UsageSource = z.enum(["wire", "reported", "unknown"]);
export type UsageSource = z.infer<typeof UsageSource>;

/** Tokens of one or more model calls. `inputTokens` contains the cached ones, `outputTokens` the reasoning ones. */
export const Usage = z.object({
  inputTokens: z.number().int().nonnegative(),
  cachedInputTokens: z.number().int().nonnegative(),
  outputTokens: z.number().int().nonnegative(),
  reasoningTokens: z.number().int().nonnegative(),
  /** US dollars; null where a price is unknown, or where something was spent that nobody could even estimate. With the source "unknown" a part of it is an estimate. */
  costUsd: z.number().nonnegative().nullable(),
  source: UsageSource,
});
export type Usage = z.infer<typeof Usage>;

/** US dollars per million tokens. */
export const Price = z.object({
  inputUsd: z.number().nonnegative(),
  cachedInputUsd: z.number().nonnegative().optional(),
  outputUsd: z.number().nonnegative(),
});
export type Price = z.infer<typeof Price>;

/** The wire forms that agents speak: OpenAI Responses, OpenAI Chat Completions, Anthropic Messages, Gemini generateContent. */
export const WireName = z.enum(["responses", "chat", "messages", "gemini"]);
export type WireName = z.infer<typeof WireName>;

/** Counts without a price. */
export type TokenCounts = Pick<Usage, "inputTokens" | "cachedInputTokens" | "outputTokens" | "reasoningTokens">;
