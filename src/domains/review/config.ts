// The key `review` of inspan.yaml.
import { z } from "zod";
import type { ConfigSection } from "../../base/config-section.ts";
import { Priority } from "./types.ts";

export const ReviewConfig = z.strictObject({
  reviewers: z.string().min(1).default("docs/reviewers").describe("Folder of the reviewers, one Markdown file each; read from the base commit"),
  roundsMax: z.number().int().min(1).max(10).default(3).describe("After this many rounds a person is asked"),
  blockFrom: Priority.default("P2").describe("Findings of this priority and above stop the merge"),
});
export type ReviewConfig = z.infer<typeof ReviewConfig>;

export const reviewSection = {
  key: "review",
  schema: ReviewConfig.prefault({}),
  summary: "Who reviews a change before its pull request, and when a finding stops it.",
  example: "review: { reviewers: docs/reviewers, roundsMax: 3, blockFrom: P2 }",
} satisfies ConfigSection;
