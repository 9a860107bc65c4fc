// The key `learning` of inspan.yaml.
import { z } from "zod";
import type { ConfigSection } from "../../base/config-section.ts";

export const LearningConfig = z.strictObject({
  proposalsMax: z.number().int().min(0).max(20).default(3).describe("Pull requests of one night; more are read by nobody"),
  repeatsMin: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(2)
    .describe("So often has a fault to be told before it is proposed against; a lesson, an incident or a revert counts at once"),
  changes: z.number().int().min(1).max(1_000).default(100).describe("So many past changes a new rule is replayed over"),
  precisionMin: z.number().min(0.5).max(1).default(0.95).describe("Share of right findings there below which a rule is not proposed"),
  lessons: z.string().min(1).default("docs/lessons.md").describe("The document that lessons are written into"),
  editDays: z.number().int().min(1).max(365).default(14).describe("What a person changes in an agent's files within so many days after the merge is a correction"),
  agent: z.string().min(1).optional().describe("The agent that words proposals; agents.default unless told"),
  model: z.string().min(1).optional().describe("The model that words proposals"),
});
export type LearningConfig = z.infer<typeof LearningConfig>;

export const learningSection = {
  key: "learning",
  schema: LearningConfig.prefault({}),
  summary: "How signals become guardrails: how many proposals a night, after how many repeats, with which precision.",
  example: "learning: { proposalsMax: 3, repeatsMin: 2, precisionMin: 0.95 }",
} satisfies ConfigSection;
