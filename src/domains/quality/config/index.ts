// The key `quality`: where thresholds are moved, with a reason. A change of inspan.yaml is reviewed like any other.
import { z } from "zod";
import type { ConfigSection } from "../../../base/config-section.ts";

const share = z.number().min(0).max(1);
const limits = (of: z.ZodNumber, what: string) => z.strictObject({ B: of.optional(), C: of.optional(), D: of.optional() }).describe(what);

export const Thresholds = z.strictObject({
  coverage: limits(share, "Below this share of covered lines a cell is worse than the grade before: B 0.85, C 0.70, D 0.50 unless told"),
  duplication: limits(share, "Above this share of duplicated lines: B 0.03, C 0.10"),
  loose: limits(z.number().min(0), "Above so many any and unknown per 1,000 lines: B 2, C 10"),
  baseline: limits(z.number().min(0), "Above so many known violations per 1,000 lines: B 0, D 0.5"),
  dead: limits(share, "Above this share of exports that nobody imports: B 0.02"),
  documentDays: limits(z.number().min(0), "Above so many days since a document was verified: B 90"),
  testSeconds: limits(z.number().min(0), "Above so many seconds for a cell's tests: B 60, C 300"),
  size: limits(z.number().min(0), "Above so many files and functions over their limit in 1,000 lines: B 0, C 1"),
}).partial();

export const Quality = z.strictObject({
  thresholds: Thresholds.optional().describe("Other thresholds than ours; needs `because`"),
  because: z.string().min(10).optional().describe("Why thresholds were moved"),
  coverage: z.array(z.string()).optional().describe("Files of coverage: lcov, istanbul, coverage.py, Cobertura"),
  tests: z.array(z.string()).optional().describe("JUnit files with the times of tests"),
  boundary: z.array(z.string()).optional().describe("Where any and unknown are at home: globs of files"),
}).refine((value) => value.thresholds === undefined || value.because !== undefined, { message: "thresholds were moved without a reason: add because", path: ["because"] });
export type Quality = z.infer<typeof Quality>;

export const qualitySection: ConfigSection = {
  key: "quality", summary: "What grades are made of, where it is not what we take.", schema: Quality.optional().transform((value): Quality => value ?? {}),
  example: [
    "quality:",
    "  coverage: [coverage/lcov.info]",
    "  tests: [reports/junit.xml]",
    "  thresholds: { coverage: { B: 0.9 } }",
    "  because: the payment code is audited",
  ].join("\n"),
};
