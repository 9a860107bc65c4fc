// Answers of `inspan check` and `inspan graph` in their public form (CONTRACTS). Knows nothing of how they are found.
import { z } from "zod";
import { Finding } from "./finding.ts";
import { Proposal } from "./proposal.ts";
import { ImportedTool } from "./tool-report.ts";

export const Coverage = z.strictObject({
  files: z.int().min(0).describe("Source files that were read."),
  filesInNoLayer: z.int().min(0).describe("Source files that lie in no layer of a domain."),
  filesUnread: z.int().min(0).describe("Source files that could not be read (too large, not UTF-8)."),
  otherLanguages: z.record(z.string(), z.int().min(1)).optional().describe("Source files of languages that are not read, by ending; absent where there are none."),
  notSeen: z
    .record(z.string(), z.record(z.string(), z.int().min(1)))
    .optional()
    .describe("By rule and language: files that a rule binds and cannot see into; absent where there are none."),
  importsTotal: z.int().min(0).describe("Imports of any kind."),
  importsUnresolved: z.int().min(0).describe("Imports whose target is not known."),
  edges: z.int().min(0).describe("Imports from one source file to another."),
  edgesBetweenLayers: z.int().min(0).describe("Edges whose ends lie in two different layers of one domain, or in layers of two domains."),
});
export type Coverage = z.infer<typeof Coverage>;

export const CheckReport = z.strictObject({
  version: z.literal(1),
  findings: z.array(Finding).describe("Sorted by file, line and rule."),
  coverage: Coverage,
  scope: z
    .literal("files")
    .optional()
    .describe(
      "There when single files were asked for: they alone were read, so coverage is theirs, and rules over the whole repository (cycles, copies, documents) were not run.",
    ),
  exceptionsUsed: z.int().min(0).describe("Findings that an exception of inspan.yaml lets pass."),
  imported: z.array(ImportedTool).optional().describe("Reports of other linters whose findings are among these."),
  proposal: Proposal.optional().describe("There when the repository has no inspan.yaml and all of it was checked: what one could say."),
  durationMs: z.number().min(0),
});
export type CheckReport = z.infer<typeof CheckReport>;

export const GraphReport = z.strictObject({
  version: z.literal(1),
  files: z.array(z.strictObject({
    file: z.string(),
    language: z.enum(["typescript", "javascript", "python", "go", "rust", "java"]),
    domain: z.string().nullable(),
    layer: z.string().nullable(),
  })),
  edges: z.array(z.strictObject({
    from: z.string(),
    to: z.string(),
    kind: z.enum(["value", "type", "dynamic", "reexport", "require"]),
    line: z.int().min(1),
    specifier: z.string(),
  })),
  unresolved: z.array(z.strictObject({
    from: z.string(),
    line: z.int().min(1),
    specifier: z.string().describe("Empty where it is computed at run time."),
    reason: z.string(),
  })),
});
export type GraphReport = z.infer<typeof GraphReport>;
