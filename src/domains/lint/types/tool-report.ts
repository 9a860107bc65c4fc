// Findings of another linter that were taken into a check, in the public form of the report.
import { z } from "zod";

export const toolNames = ["ruff", "oxlint"] as const;
export const ToolName = z.enum(toolNames);
export type ToolName = z.infer<typeof ToolName>;

/** Whose rule this is; undefined for one of ours. */
export function toolOfRule(rule: string): ToolName | undefined {
  return toolNames.find((name) => rule.startsWith(`${name}-`));
}

export const ImportedTool = z.strictObject({
  tool: ToolName,
  file: z.string().describe("Where its JSON was read; `-` for standard input."),
  findings: z.int().min(0).describe("Findings in files of the repository."),
  skipped: z.int().min(0).describe("Findings in files that the repository does not have, or that git ignores."),
});
export type ImportedTool = z.infer<typeof ImportedTool>;

/** One complaint of another tool, before it is worded as ours. */
export interface ToolComplaint {
  readonly tool: ToolName;
  /** As the tool wrote it: absolute, or relative to where the tool ran. */
  readonly file: string;
  /** The tool's own code: `F401`, `eslint(no-debugger)`; empty where it has none (a syntax error). */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** What the tool itself advises. */
  readonly advice: string | undefined;
  readonly url: string | undefined;
  /** The tool's own repair that it calls safe, in lines and columns from 1; empty where it has none. */
  readonly edits: readonly ToolEdit[];
}

export interface ToolEdit { readonly line: number; readonly column: number; readonly endLine: number; readonly endColumn: number; readonly text: string }
