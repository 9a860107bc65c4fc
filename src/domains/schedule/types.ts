// Nouns of schedules: what is done when, and what came of it.
import { z } from "zod";

/** What a run of a schedule does: an operation of Inspan by its command, a task by its prompt, or a ready-made job. */
export const readyMadeJobs = ["dependency-updates", "flaky-tests", "stale-documents"] as const;
export type ReadyMadeJob = (typeof readyMadeJobs)[number];

/** "skipped": a missed time whose place a later one took. */
export const RunState = z.enum(["running", "done", "nothing", "held", "failed", "cut-off"]);
export type RunState = z.infer<typeof RunState>;

export const ScheduleRun = z.object({
  name: z.string(), /** The time that it was for, ISO 8601. */ slot: z.string(), state: RunState, attempts: z.number().int(), taskId: z.string().nullable(),
  /** Missed times that this run stands for as well. */
  missed: z.number().int(), startedAt: z.string(), endedAt: z.string().nullable(), summary: z.string(),
});
export type ScheduleRun = z.infer<typeof ScheduleRun>;

export interface Lease { readonly pid: number; readonly startTime: string }
