// Rules about the shape of the import graph, as data.
import { z } from "zod";
import { Globs } from "../globs.ts";
import { common } from "./common.ts";

export const IndependenceRule = z.strictObject({
  kind: z.literal("independence"), ...common,
  modules: Globs.describe("Folders (or files) that may not import one another; each match is one module."),
  isTransitive: z.boolean().default(false).describe("Also ways through files that belong to no module."),
});
export type IndependenceRule = z.infer<typeof IndependenceRule>;

export const ReachRule = z.strictObject({
  kind: z.literal("reach"), ...common,
  to: Globs.describe("Files and packages that what is bound may not reach, directly or over any number of imports."),
  through: Globs.optional().describe("Files at which the search ends: ways through them are allowed."),
  withTypes: z.boolean().default(true).describe("Whether imports of types count."),
});
export type ReachRule = z.infer<typeof ReachRule>;

export const PackagesRule = z.strictObject({
  kind: z.literal("packages"), ...common,
  allow: z.array(z.string().min(1)).default([]).describe("Packages (globs) that need no declaration."),
  isPrivate: z.boolean().default(true).describe("Whether a path into another package of the workspace is refused: it is imported by its name."),
});
export type PackagesRule = z.infer<typeof PackagesRule>;

export const FolderCyclesRule = z.strictObject({
  kind: z.literal("folder-cycles"), ...common,
  folders: Globs.describe("Folders that are the nodes (`src/domains/*`, `packages/*`, `src/**`); a file belongs to the deepest that matches."),
  withTypes: z.boolean().default(false).describe("Whether imports of types count."),
});
export type FolderCyclesRule = z.infer<typeof FolderCyclesRule>;

export const OrphansRule = z.strictObject({
  kind: z.literal("orphans"), ...common,
  entries: Globs.describe("Files where programs, tests and configurations begin; what none of them reaches is dead."),
});
export type OrphansRule = z.infer<typeof OrphansRule>;

export const DeadExportsRule = z.strictObject({
  kind: z.literal("dead-exports"), ...common,
  entries: Globs.optional().describe("Files whose exports are for others than this repository."),
});
export type DeadExportsRule = z.infer<typeof DeadExportsRule>;

export const architectureKinds = [IndependenceRule, ReachRule, PackagesRule, FolderCyclesRule, OrphansRule, DeadExportsRule] as const;

export const architectureExample = [
  "  - { kind: independence, modules: \"src/features/*\" }",
  "  - { kind: reach, name: no-way-to-the-database, in: \"src/web/**\", to: [\"src/db/**\", pg] }",
  "  - { kind: packages, except: \"**/*.test.ts\" }                 # imports of undeclared packages and into other packages",
  "  - { kind: folder-cycles, folders: \"src/domains/*\" }",
  "  - { kind: orphans, in: \"src/**\", entries: [src/main.ts, \"**/*.test.ts\"] }",
  "  - { kind: dead-exports, in: \"src/**\", entries: src/index.ts, severity: warning }",
];
