// A rule of the repository that is not run is a finding of its own: nobody may believe that it holds.
import type { ContributedFinding } from "../../../providers/index.ts";

export function refusal(file: string, found: string, fix: string): ContributedFinding {
  return {
    rule: "custom-rules",
    severity: "error",
    file,
    line: 1,
    column: 1,
    endLine: 1,
    to: found.slice(0, 80),
    found,
    expected: "a rule that can be read, and whose tables hold",
    fix,
  };
}
