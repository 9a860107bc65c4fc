// A long job as a list of features, each with the command that proves it. The file in the repository and the task's state have the same form.
import { z } from "zod";

// A list that is longer is several jobs; each feature costs a session.
export const featuresMax = 100;

export const Feature = z.strictObject({
  /** For people, commits and folders. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "expected lower-case letters, digits and hyphens, at most 40"),
  description: z.string().trim().min(1).max(2000),
  /** How somebody would try it by hand. */
  steps: z.array(z.string().trim().min(1).max(500)).max(20).default([]),
  /** The command that fails before the feature is there and passes after; run by the harness in the sandbox. */
  check: z.string().trim().min(1).max(1000),
  /** Set by the harness alone. */
  passes: z.boolean().default(false),
  /** ISO 8601; when the harness saw it pass. */
  provedAt: z.string().max(40).optional(),
  /** What the session that worked on it leaves to the next. */
  notes: z.array(z.string().max(500)).max(20).default([]),
});
export type Feature = z.infer<typeof Feature>;

export const FeatureList = z.strictObject({
  version: z.literal(1),
  goal: z.string().max(4000).default(""),
  features: z.array(Feature).min(1).max(featuresMax).refine((features) => new Set(features.map((feature) => feature.id)).size === features.length, "two features have the same id"),
});
export type FeatureList = z.infer<typeof FeatureList>;
