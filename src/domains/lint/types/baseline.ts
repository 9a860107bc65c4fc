// The findings that a repository lives with for now, as they stand in its baseline file. A wire format with a version.
import { z } from "zod";

export const BaselineEntry = z.strictObject({
  rule: z.string().min(1),
  from: z.string().min(1).describe("The finding's file."),
  to: z.string().describe("The other end of the edge, a symbol, or empty."),
  count: z.int().min(1).describe("How many findings of this identity are known; one more is new."),
  measure: z.number().optional().describe("How large it was (lines, for example); larger is new."),
  reason: z.string().min(1).describe("Why it was accepted."),
});
export type BaselineEntry = z.infer<typeof BaselineEntry>;

export const Baseline = z.strictObject({
  version: z.literal(1),
  entries: z.array(BaselineEntry),
});
export type Baseline = z.infer<typeof Baseline>;

export { baselineFile } from "./baseline-path.ts";

export const BaselineChange = z.strictObject({ rule: z.string(), from: z.string(), to: z.string(), count: z.int().min(1).describe("How many findings came or went.") });
export type BaselineChange = z.infer<typeof BaselineChange>;

const BaselineMoved = z.strictObject({ rule: z.string(), from: z.string(), to: z.string(), nowFrom: z.string(), nowTo: z.string() });

export const BaselineReport = z.strictObject({
  version: z.literal(1),
  isWritten: z.boolean().describe("False where the file is as it was, or the update was refused."),
  isRefused: z.boolean().describe("True where findings are new and --accept-new was not given."),
  file: z.string(),
  before: z.int().min(0).describe("Findings in the baseline before."),
  after: z.int().min(0).describe("Findings in the baseline now."),
  moved: z.array(BaselineMoved).describe("Known findings whose file was renamed or moved; followed without a reason."),
  removed: z.array(BaselineChange),
  added: z.array(BaselineChange).describe("Accepted with --accept-new, otherwise refused."),
  left: z.array(BaselineChange).describe("New, and of rules that --rule does not name: they stay findings."),
});
export type BaselineReport = z.infer<typeof BaselineReport>;
