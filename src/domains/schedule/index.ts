// Door of the schedule domain: its configuration and its nouns.
export { Schedule, schedulesSection } from "./config.ts";
export type { ScheduleRun } from "./types.ts";
