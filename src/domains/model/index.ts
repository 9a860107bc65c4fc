// Door of the model domain: what usage and prices are, and what is read from and added to the wires.
export { Price, Usage, UsageSource, WireName } from "./types.ts";
export type { TokenCounts } from "./types.ts";
export { providerBaseUrls } from "./service/wire-routes.ts";
export { addUsage, costOfUsage, noUsage, totalTokens } from "./service/usage.ts";
export { isOutOfMoney } from "./service/wire-limits.ts";
