// Rules that a repository writes itself, in their two forms: ast-grep YAML, and a module over facts.
import { z } from "zod";
import { Globs } from "./globs.ts";

const RuleName = z.string().regex(/^[a-z][a-z0-9-]*$/, "a rule's name is kebab-case");
const Severity = z.enum(["error", "warning"]).default("error");

/** ast-grep's own form (https://ast-grep.github.io); what it has no key for stands in `metadata`, so that its program runs the file as well. */
export const PatternRule = z.looseObject({
  id: RuleName,
  language: z.enum(["TypeScript", "Tsx", "JavaScript", "Html", "Css", "python", "go", "rust", "java"]),
  severity: Severity,
  message: z.string().min(1).describe("What was found; `$NAME` stands for a part that the pattern named."),
  note: z.string().min(1).describe("What to do instead, as an instruction to an agent."),
  files: Globs.optional(),
  ignores: Globs.optional(),
  rule: z.record(z.string(), z.unknown()),
  constraints: z.record(z.string(), z.unknown()).optional(),
  utils: z.record(z.string(), z.unknown()).optional(),
  metadata: z.looseObject({
    expected: z.string().min(1), why: z.string().min(1), reference: z.string().min(1).optional(),
    valid: z.array(z.string().min(1)).min(1, "at least one text that the rule lets pass"),
    invalid: z.array(z.string().min(1)).min(1, "at least one text that the rule finds something in"),
  }),
});
export type PatternRule = z.infer<typeof PatternRule>;

const FactsCase = z.object({ file: z.string().min(1), text: z.string() });
/** What a module says about itself; its function stays behind in the sandbox. */
export const FactsRule = z.object({
  name: RuleName, severity: Severity, why: z.string().min(1), in: Globs.default("**"),
  facts: z.array(z.enum(["functions", "declarations", "typeUses", "comments", "strings", "shapes", "calls"])).default([]),
  valid: z.array(z.union([FactsCase, z.array(FactsCase)])).min(1, "at least one case that the rule lets pass"),
  invalid: z.array(z.union([FactsCase, z.array(FactsCase)])).min(1, "at least one case that the rule finds something in"),
});
export type FactsRule = z.infer<typeof FactsRule>;

export const FactsFinding = z.object({
  file: z.string().min(1), line: z.int().min(1).default(1), column: z.int().min(1).default(1), endLine: z.int().min(1).optional(), to: z.string().default(""),
  found: z.string().min(1).max(2000), expected: z.string().min(1).max(2000), fix: z.string().min(1).max(4000),
});
export type FactsFinding = z.infer<typeof FactsFinding>;
