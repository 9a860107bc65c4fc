// Door of the forge domain: pull requests as forges have them, what waits for an answer, what checks mean.
export { FeedbackChannel, ForgeCheck, ForgeComment, ForgeKind, ForgePerson, ForgePull, PullSnapshot } from "./types.ts";
export type { Forge, ForgeMerge } from "./types.ts";
export { ForgeConfig, forgeSection } from "./config.ts";
export { type BodyFault, lintBody } from "./service/body-lint.ts";
export { type ChecksDecision, decideChecks } from "./service/check-decision.ts";
export { type ForgeCommand, parseForgeCommand, parseQuotedReply, parseThreadReply } from "./service/commands.ts";
export { answerEffect, changeRequesters, findOpenFeedback, isOurs, type OpenFeedback } from "./service/feedback.ts";
