// The key `schedules`: what is done by itself, by cron.
import { z } from "zod";
import type { ConfigSection } from "../../base/config-section.ts";
import { readyMadeJobs } from "./types.ts";

/** Five or six fields, or a nickname; the words themselves are read where the times are computed. */
const cronForm = /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|([\d*/,\-A-Za-z#?]+\s+){4,5}[\d*/,\-A-Za-z#?]+)$/;

export const Schedule = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, "expected for example nightly-gc").describe("Unique"),
  cron: z
    .string()
    .max(120)
    .regex(cronForm, "expected five fields like `0 3 * * 1-5`, or @daily")
    .describe("When: minute, hour, day, month, day of the week; @hourly, @daily, @weekly"),
  timezone: z.string().regex(/^[A-Za-z0-9_+\-/]{1,60}$/).default("UTC").describe("Whose clock, for example Europe/Berlin"),
  run: z.string().max(60).optional().describe("A command of Inspan, for example gc, garden, dream, grade, feedback collect"),
  with: z.record(z.string(), z.unknown()).default({}).describe("Its options, as in its JSON form: { max: 5 }"),
  prompt: z.string().min(1).max(20_000).optional().describe("Or a task"),
  job: z.enum(readyMadeJobs).optional().describe("Or a ready-made job"),
  until: z.enum(["pr", "merge"]).default("pr").describe("How far a task of `prompt` or `job` goes"),
  minutes: z.number().positive().max(1_440).default(120).describe("Wall time of one run; then it is cut off, and its tasks can be resumed"),
  budget: z
    .strictObject({ tokens: z.number().positive(), moneyUsd: z.number().positive(), turns: z.number().int().positive(), attempts: z.number().int().positive() })
    .partial()
    .default({})
    .describe("Limits of the task of `prompt` or `job`, others are those of `budgets`; of gc and garden the tokens of the whole run"),
}).refine((value) => [value.run, value.prompt, value.job].filter((one) => one !== undefined).length === 1, { message: "expected exactly one of run, prompt, job" });
export type Schedule = z.infer<typeof Schedule>;

/** A page of schedules; more is a program of its own. */
const schedulesMax = 50;

export const schedulesSection = {
  key: "schedules",
  schema: z
    .array(Schedule)
    .max(schedulesMax)
    .default([])
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, { message: "two schedules have the same name" }),
  summary: "What is done by itself, by cron: `inspan schedule run --serve`, or `inspan schedule run` from a system's own timer. Missed times are caught up once.",
  example: "schedules:\n  - { name: clean, cron: \"0 3 * * 1-5\", run: gc, with: { max: 5 } }\n  - { name: updates, cron: \"0 5 * * 1\", job: dependency-updates }",
} satisfies ConfigSection;
