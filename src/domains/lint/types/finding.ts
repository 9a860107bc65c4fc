// One finding: an instruction that can be followed from its text alone. Its form is public (CONTRACTS).
import { z } from "zod";

export const Severity = z.enum(["error", "warning"]);
export type Severity = z.infer<typeof Severity>;

export const Finding = z.strictObject({
  id: z.string().describe("Hash of rule, from and to; stable when lines move. Two places with the same edge share it."),
  rule: z.string().describe("Name of the rule, as in `inspan explain <rule>`."),
  severity: Severity.describe("An error makes the check fail."),
  file: z.string().describe("Relative to the root of the repository."),
  line: z.int().min(1).describe("From 1."),
  column: z.int().min(1).describe("From 1."),
  endLine: z.int().min(1).describe("Last line of the place."),
  found: z.string().describe("What is there now."),
  expected: z.string().describe("What the rule allows."),
  fix: z.string().describe("What to do, as an instruction to an agent."),
  reference: z.string().describe("Where to read more: a command or a path."),
  baselined: z.boolean().describe("True where the finding is known and does not fail the check."),
});
export type Finding = z.infer<typeof Finding>;

/** A finding before its id is computed; `to` is the other end of the edge, a symbol, or empty. */
export interface FindingDraft {
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly to: string;
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
  readonly reference?: string;
  /** How large it is where that can be measured (lines): a known finding that grows is new. */
  readonly measure?: number;
}
