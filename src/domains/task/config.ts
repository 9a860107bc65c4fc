// The keys of inspan.yaml that bound a task and tell tests from product.
import { z } from "zod";
import type { ConfigSection } from "../../base/config-section.ts";

export const budgetsSection = {
  key: "budgets",
  schema: z.strictObject({
    turns: z.number().int().positive().max(10_000).default(60).describe("Turns of the author's session"),
    attempts: z.number().int().positive().max(100).default(4).describe("Repairs of one kind before a person is asked"),
    tokens: z.number().positive().default(5_000_000).describe("Input and output tokens of all sessions"),
    moneyUsd: z.number().positive().optional().describe("US dollars; an unknown price holds the task"),
    minutes: z.number().positive().max(100_000).default(120).describe("Minutes of work, waiting for people not counted"),
    turnMinutes: z.number().positive().max(1440).default(30).describe("Minutes of one turn"),
    stallMinutes: z.number().positive().max(1440).default(10).describe("Minutes of a turn in which nothing changes and nothing runs; then the agent is told, then the task held"),
    waitMinutes: z
      .number()
      .nonnegative()
      .max(100_000)
      .default(60)
      .describe("Minutes that one turn waits for a provider's limits before a person is asked; they count as minutes of work"),
    modelCallsPerTurn: z.number().int().positive().max(1000).default(100).describe("Model calls of one turn"),
  }).prefault({}),
  summary: "Limits of one task. Meeting one is a visible hold, never a silent stop.",
  example: "budgets: { turns: 40, minutes: 60, tokens: 2000000 }",
} satisfies ConfigSection;

export const testsSection = {
  key: "tests",
  schema: z.strictObject({
    paths: z
      .array(z.string().min(1))
      .min(1)
      .default(["**/*.test.*", "**/*.spec.*", "**/*_test.*", "**/test_*.py", "**/test/**", "**/tests/**", "**/__tests__/**", "**/fixtures/**"])
      .describe("Globs of test files"),
    timeoutSeconds: z.number().int().positive().max(3600).default(300).describe("A reproduction that takes longer counts as hanging"),
  }).prefault({}),
  summary: "Which files are tests: only these may be edited before the fault is reproduced.",
  example: "tests: { paths: [\"**/*.test.ts\"] }",
} satisfies ConfigSection;
