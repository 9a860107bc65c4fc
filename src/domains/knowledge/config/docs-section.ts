// The key `docs` of inspan.yaml: what documents of this repository owe. Without it only what is true everywhere is asked. Knows no rule's code.
import { z } from "zod";
import type { ConfigSection } from "../../../base/config-section.ts";
import { Globs } from "../../lint/index.ts";

const Days = z.int().min(1);

const MapObject = z.strictObject({
  path: z.string().min(1).default("AGENTS.md").describe("The file that a reader opens first."),
  linesMax: z.int().min(1).default(100).describe("A longer file is no map."),
  loop: z.boolean().default(true).describe("Whether it has to hold a numbered loop of work."),
  reviewers: z.string().min(1).optional().describe("Folder of the reviewers that it has to name; docs/reviewers where that exists."),
});

const GeneratedFile = z.strictObject({
  path: Globs.describe("Files that a program writes."),
  command: z.string().min(1).describe("What writes them, for example `npm run generate`."),
  sources: Globs.optional().describe("What they are written from; a source that changed in a later commit is drift."),
});

export const Docs = z.strictObject({
  map: z.union([z.string().min(1), MapObject]).optional().describe("The map: its name, or its name with limits."),
  exclude: Globs.optional().describe("Documents that no rule looks at."),
  historical: Globs.optional().describe("Documents that tell of their time, besides decisions, finished plans, changelogs and audits: what they name may be gone."),
  architecture: z
    .strictObject({ path: z.string().min(1).default("ARCHITECTURE.md"), linesMax: z.int().min(1).default(200) })
    .optional()
    .describe("The short document about the whole; demanded where this key stands."),
  reachable: z.strictObject({ in: Globs, hopsMax: z.int().min(1).default(3) }).optional().describe("Documents that the map has to lead to, and in how many hops."),
  indexes: z.array(z.string().min(1)).optional().describe("Index files; each has to list every document below its folder with status and date."),
  frontMatter: z
    .strictObject({ in: Globs, required: z.array(z.string().min(1)).default(["owner", "status"]) })
    .optional()
    .describe("Keys that documents carry in their front matter."),
  statuses: z
    .array(z.string().min(1))
    .default(["draft", "proposed", "accepted", "verified", "built", "replaced", "deprecated", "active", "done", "in force"])
    .describe("Words that `status` may be."),
  tiers: z.record(z.string(), Days).default({ foundational: 365, operational: 90, tactical: 14 }).describe("Days after which a document of a tier has to be verified anew."),
  references: z.string().min(1).optional().describe("Folder of texts from elsewhere (`*-llms.txt`): each has a source and a date."),
  referenceDaysMax: Days.default(180).describe("Age in days from which a reference is old."),
  plans: z
    .strictObject({
      path: z.string().min(1).default("docs/exec-plans"),
      index: z.string().min(1).optional(),
      neededAbove: z
        .int()
        .min(1)
        .optional()
        .describe(
          "A change of more files than this (documents apart) needs a plan among them; told by `inspan check --since <base>` and when a task is validated.",
        ),
    })
    .optional()
    .describe("Folder with active/ and completed/, and the index of plans."),
  modules: z
    .strictObject({ path: Globs, files: z.array(z.string().min(1)).default(["README.md", "CONVENTIONS.md"]) })
    .optional()
    .describe("Folders that have to hold these files."),
  bothWays: Globs.optional().describe("Documents whose links to each other go both ways."),
  generated: z.array(GeneratedFile).optional().describe("Files that programs write, and the program."),
});
export type Docs = z.infer<typeof Docs>;

export const docsSection: ConfigSection<z.ZodOptional<typeof Docs>> = {
  key: "docs", schema: Docs.optional(),
  summary: "What the documents of this repository owe: a map, indexes, owners, age, plans. Links, anchors and paths are checked without it.",
  example: [
    "docs:",
    "  map: { path: AGENTS.md, linesMax: 100 }",
    "  reachable: { in: [\"docs/**\", \"!docs/generated/**\"], hopsMax: 3 }",
    "  indexes: [docs/design-docs/index.md]",
    "  frontMatter: { in: \"docs/*.md\", required: [owner, status] }",
    "  tiers: { foundational: 365, operational: 90, tactical: 14 }",
    "  plans: { path: docs/exec-plans, neededAbove: 30 }",
    "  generated: [{ path: docs/generated/api.md, command: \"npm run generate\", sources: \"src/api/**\" }]",
    "",
  ].join("\n"),
};
