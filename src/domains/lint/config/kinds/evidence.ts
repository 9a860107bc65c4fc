// Rules about what has to stand beside code: tests, coverage, snapshots, reasons for dependencies, a contract.
import { z } from "zod";
import { buildTimesFile } from "../../types/build-times.ts";
import { Globs } from "../globs.ts";
import { common } from "./common.ts";

/** Where tests of the usual frameworks lie. */
export const testGlobs: readonly string[] = ["**/*.{test,spec}.*", "**/__tests__/**", "**/test_*.py", "**/*_test.{py,go}", "**/*{Test,Tests,IT}.java"];
const Tests = Globs.default([...testGlobs]).describe("Test files; those of the usual frameworks unless told.");
const Percent = z.number().min(0).max(100);

export const TestsPresentRule = z.strictObject({
  kind: z.literal("tests-present"), ...common,
  tests: Tests,
  isImportEnough: z.boolean().default(true).describe("Whether being imported by any test counts; otherwise a test of the same name is needed."),
});
export type TestsPresentRule = z.infer<typeof TestsPresentRule>;

export const CoverageMinRule = z.strictObject({
  kind: z.literal("coverage-min"), ...common,
  reports: z.array(z.string().min(1)).min(1).describe("Reports below the root: lcov.info, istanbul's coverage-final.json, coverage.py's json or xml."),
  modules: Globs.optional().describe("Folders that are measured one by one; everything that is bound together unless told."),
  lines: Percent.optional().describe("Least share of covered lines, in percent."),
  branches: Percent.optional().describe("Least share of covered branches, in percent."),
}).refine((rule) => rule.lines !== undefined || rule.branches !== undefined, "needs `lines` or `branches`");
export type CoverageMinRule = z.infer<typeof CoverageMinRule>;

export const SnapshotsRule = z.strictObject({
  kind: z.literal("snapshots"), ...common,
  in: Globs.describe("Files of components."),
  tests: Globs.default(["**/*.{test,spec}.*", "**/__tests__/**", "**/*.stories.*"]).describe("Tests and stories."),
});
export type SnapshotsRule = z.infer<typeof SnapshotsRule>;

export const DependenciesRule = z.strictObject({
  kind: z.literal("dependencies"), ...common,
  in: Globs.default("package.json").describe("Manifests (package.json) that the rule binds."),
  ledger: z.string().min(1).describe("The file with a row for each dependency: a Markdown table (name, reason, alternative) or YAML (`name: { reason, alternative }`)."),
  dev: z.boolean().default(false).describe("Whether development dependencies need a row too."),
});
export type DependenciesRule = z.infer<typeof DependenciesRule>;

export const BuildTimeRule = z.strictObject({
  kind: z.literal("build-time"), ...common,
  build: z.string().min(1).default("build").describe("Name under which `inspan build --name` records it."),
  secondsMax: z.number().positive().default(60).describe("The budget; the middle of the last three good runs counts."),
  times: z.string().min(1).default(buildTimesFile).describe("File of JSON lines with the recorded runs."),
});
export type BuildTimeRule = z.infer<typeof BuildTimeRule>;

export const evidenceKinds = [TestsPresentRule, CoverageMinRule, SnapshotsRule, DependenciesRule, BuildTimeRule] as const;

export const evidenceExample = [
  "  - { kind: tests-present, in: \"src/domains/*/service/**\" }",
  "  - { kind: coverage-min, in: \"src/**\", reports: [coverage/lcov.info], modules: \"src/domains/*\", lines: 80, branches: 70 }",
  "  - { kind: snapshots, in: \"src/components/**/*.tsx\" }",
  "  - { kind: dependencies, ledger: docs/dependencies.md }       # | name | reason | alternative |",
  "  - { kind: build-time, build: build, secondsMax: 60, severity: warning }   # recorded by `inspan build -- npm run build`",
];
