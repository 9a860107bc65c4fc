// Grades one checkout: its own rules and ours by lint, reports beside the sources, then the service's verdict. Writes nothing.
import { join } from "node:path";
import { parseDocument } from "yaml";
import { fingerprint } from "../../../base/hash.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { compileGlobs, placesOf, readLintConfiguration, renderProposal, testGlobs } from "../../lint/index.ts";
import { listAllFiles, proposeFor, runCheck, sourcesOf } from "../../lint/runtime/index.ts";
import { type Quality, qualitySection } from "../config/index.ts";
import { openMeasures } from "./measures.ts";
import { type Churn, readChurn, readCoverage, readDocumentDays, readTestTimes } from "./signals.ts";
import { buildCells, gradedOut, gradingRules, type SourceFile, testableRule } from "../service/cells.ts";
import { isForeignPath } from "../service/foreign.ts";
import { gradeCell, overallGrade, readThresholds } from "../service/grade.ts";
import type { GradeRecord } from "../types/index.ts";

/** Raised where a change makes old and new grades differ for the same code. */
export const measureVersion = 5;
const boundaryRules = new Set(["layers", "domains", "providers", "cycles", "independence", "reach", "packages", "folder-cycles"]);

export interface AssessOptions {
  readonly context: Pick<OperationContext, "providers" | "parseConfiguration" | "signal">;
  /** Absolute. */
  readonly rootPath: string;
  /** Where lint keeps facts between runs. */
  readonly statePath: string;
  readonly commit: string;
  readonly committedAt: string;
  /** Read once for many commits; read for this one alone where it is absent. */
  readonly churn?: Churn | undefined;
  /** Every file of the commit, sorted, where somebody knows them already; git is asked where it is absent. */
  readonly listing?: readonly string[];
}

export interface Assessment {
  readonly record: GradeRecord;
  /** In order. */ readonly layers: readonly string[];
  /** False where the repository has no inspan.yaml with domains, and a proposal took its place. */ readonly isDeclared: boolean;
}

/** Rejects with CONFIG_INVALID, NO_SOURCES of lint. */
export async function assess({ context, rootPath, statePath, commit, committedAt, churn: given, listing: known }: AssessOptions): Promise<Assessment> {
  const { providers, signal } = context;
  const nowMs = Date.parse(committedAt);
  // Git answers while the rest begins.
  const listing = known === undefined ? listAllFiles(providers, rootPath, signal) : Promise.resolve(known);
  const churn = given === undefined ? readChurn({ providers, rootPath }, [{ commit, committedAt }], signal) : Promise.resolve(given);
  for (const early of [listing, churn]) early.catch(() => undefined); // told where they are awaited
  const declared = await providers.files.readText(join(rootPath, "inspan.yaml"));
  const hasDomains = declared !== undefined && /^domains:/m.test(declared);
  const base = hasDomains ? declared : await proposeBase({ context, rootPath, statePath, declared, listing });
  const configuration = await context.parseConfiguration(withGradingRules(base), "inspan.yaml");
  const quality = configuration.read(qualitySection) as Quality; // the section's own schema made it
  const lint = readLintConfiguration(configuration);
  const report = await runCheck({ providers, rootPath, configuration, statePath, signal, listing });
  const placeOf = placesOf(lint);
  const allFiles = await listing;
  const sources = await sourcesOf(allFiles);
  const isTest = compileGlobs([...testGlobs, ...gradedOut]);
  const measures = openMeasures({ files: providers.files, rootPath: await providers.files.realPath(rootPath) ?? rootPath, statePath, nowMs: Date.parse(providers.clock.nowIso()) });
  const files = sources.flatMap((file): SourceFile[] => {
    const isScript = /\.[cm]?[jt]sx?$/.test(file);
    const place = placeOf(file), domain = place.domain ?? "";
    if (isForeignPath(file, domain)) return [];
    const measured = measures.measure(file, isScript);
    return measured === undefined || measured.isGenerated
      ? []
      : [{ file, domain, layer: place.layer ?? "", isTest: isTest(file), lines: measured.lines, exports: measured.exports, isScript }];
  });
  const input = { providers, rootPath, sources, allFiles };
  const cells = buildCells({
    files, isDeclared: hasDomains,
    findings: report.findings.map(({ rule, file, line, endLine, baselined }) => ({ rule, file, line, endLine, isBaselined: baselined })),
    isBoundary: (rule) =>
      boundaryRules.has(rule) ||
      lint.importRules.some(({ name }) => name === rule) ||
      lint.kindRules.some(({ name, kind }) => name === rule && boundaryRules.has(kind)),
    coverage: readCoverage(input, quality.coverage),
    testSeconds: readTestTimes(input, quality.tests),
    documentDays: readDocumentDays(input, measures, nowMs),
    churn: (await churn)?.(commit, nowMs),
  });
  await measures.save();
  const thresholds = readThresholds(quality.thresholds, hasDomains);
  const graded = cells.map((cell) => gradeCell(cell, thresholds));
  const lines = graded.reduce((sum, cell) => sum + cell.lines, 0);
  const debt = graded.reduce((sum, cell) => sum + cell.debtMinutes, 0);
  const measure = fingerprint(JSON.stringify([measureVersion, thresholds, hasDomains])).slice(0, 8);
  return {
    layers: lint.layers.order, isDeclared: hasDomains,
    record: { version: 1, commit, committedAt, measure, overall: overallGrade(graded), debtRatio: lines === 0 ? 0 : Math.round(debt / (30 * lines) * 1e5) / 1e5, cells: graded },
  };
}

/** Domains and layers as the files show them; what is read for this is kept for the check that follows. */
async function proposeBase({
  context,
  rootPath,
  statePath,
  declared = "version: 1",
  listing,
}: Pick<AssessOptions, "context" | "rootPath" | "statePath"> & {
  readonly declared: string | undefined;
  readonly listing: Promise<readonly string[]>;
}): Promise<string> {
  const configuration = await context.parseConfiguration(withGradingRules(declared), "inspan.yaml");
  const proposal = await proposeFor({ providers: context.providers, rootPath, statePath, configuration, listing, signal: context.signal });
  return `${declared}\n${renderProposal(proposal)}\n`;
}

/** The repository's rules and ours, as warnings; its own file is not touched. */
function withGradingRules(text: string): string {
  const document = parseDocument(text);
  const rules = [
    { kind: "duplicates", name: "grade-duplicates", severity: "warning" },
    { kind: "loose-types", name: "grade-loose-types", severity: "warning", except: [...testGlobs, ...gradedOut], layers: looseLayers(document.toJS()) },
    { kind: "dead-exports", name: "grade-dead-exports", severity: "warning", except: [...testGlobs, ...gradedOut] },
    { kind: "tests-present", name: "grade-tests", severity: "warning", tests: [...testGlobs, ...gradedOut] },
    // With no file for a test every file is found that could have one.
    { kind: "tests-present", name: "grade-testable", severity: "warning", tests: [".inspan/no-test"] },
  ] satisfies readonly { readonly name: keyof typeof gradingRules | typeof testableRule; readonly [key: string]: unknown }[];
  if (!document.has("rules")) document.set("rules", document.createNode([]));
  for (const rule of rules) document.addIn(["rules"], document.createNode(rule));
  return document.toString();
}

/** Layers at the boundary: what arrives there is unknown by its nature. Only those that the repository has, because others are an error. */
function looseLayers(configuration: unknown): readonly string[] {
  const layers = typeof configuration === "object" && configuration !== null && "layers" in configuration ? JSON.stringify(configuration.layers) : "";
  return ["config", "repo", "ui"].filter((layer) => layers === "" || layers.includes(`"${layer}"`));
}
