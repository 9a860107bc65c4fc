// The key `review` of inspan.yaml.
import { z } from "zod";
import type { ConfigSection } from "../../base/config-section.ts";
import { Priority } from "./types.ts";

export const ReviewConfig = z.strictObject({
  reviewers: z.string().min(1).default("docs/reviewers").describe("Folder of the reviewers, one Markdown file each; read from the base commit"),
  roundsMax: z.number().int().min(1).max(10).default(3).describe("After this many rounds a person is asked"),
  blockFrom: Priority.exclude(["P3"]).default("P2").describe("Findings of this priority and above stop the merge; P3 never does, P0 always"),
  selfReview: z.boolean().default(true).describe("A fresh session checks the change against its task before the reviewers are asked"),
  planApproval: z.boolean().default(false).describe("A person approves the plan (task answer) before any code is written"),
  tokensShareMax: z.number().gt(0).max(1).default(0.3).describe("Share of a task's token budget that all reviewing together may use; then a person is asked"),
  agent: z.string().min(1).optional().describe("The agent that reviews; the task's own unless told"),
  model: z.string().min(1).optional().describe("The model that reviews; the task's own unless told"),
  effort: z.string().min(1).optional().describe("The effort of reviewers; the task's own unless told"),
  evidence: z.array(z.strictObject({
    paths: z.array(z.string().min(1)).min(1).describe("Globs of files whose change needs evidence"),
    needs: z.array(z.enum(["test", "journey", "budget", "video"])).min(1).describe("What the harness must have seen pass since the last edit"),
  })).max(50).default([]).describe("Evidence that a change of certain files needs; what is missing is a P1"),
  threatModel: z.string().min(1).default("docs/threat-model.md").describe("The page that the security reviewer holds a change against; read from the base commit"),
  security: z
    .boolean()
    .default(true)
    .describe(
      "Where a change touches what the page of threatModel names, a task's own review holds four stages: scan, programs that trigger, patch, scan of the patch",
    ),
  debt: z.string().min(1).default("docs/exec-plans/tech-debt-tracker.md").describe("Where a deferred finding gets its line"),
});
export type ReviewConfig = z.infer<typeof ReviewConfig>;

export const reviewSection = {
  key: "review",
  schema: ReviewConfig.prefault({}),
  summary: "Who reviews a change before its pull request, and when a finding stops it.",
  example: "review: { reviewers: docs/reviewers, roundsMax: 3, blockFrom: P2 }",
} satisfies ConfigSection;
