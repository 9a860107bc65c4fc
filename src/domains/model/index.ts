// Door of the model domain: what usage and prices are. The proxy that counts on the wire comes with a later issue.
export { Price, Usage, UsageSource } from "./types.ts";
export { addUsage, costOfUsage, noUsage, totalTokens } from "./service.ts";
