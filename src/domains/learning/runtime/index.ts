// Door of the learning runtime: collects feedback, dreams, counts what comes back, watches what was merged.
export { dream, type DreamOptions, type Night } from "./dream.ts";
export { collectNow } from "./collect-now.ts";
export { readFeedbackStats, type FeedbackStats } from "./read-stats.ts";
export { watchInstances, type WatchAnswer } from "./watch.ts";
