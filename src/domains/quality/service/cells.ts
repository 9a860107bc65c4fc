// From findings and reports to the facts of each cell. Pure.
import type { CellFacts, Place, SignalName } from "../types/index.ts";

export interface SourceFile {
  readonly file: string;
  readonly domain: string;
  readonly layer: string;
  readonly isTest: boolean;
  readonly lines: number;
  readonly exports: number;
  /** TypeScript or JavaScript: only there copies, exports and types are looked at. */
  readonly isScript: boolean;
}

export interface SeenFinding { readonly rule: string; readonly file: string; readonly line: number; readonly endLine: number; readonly isBaselined: boolean }

export interface CellsInput {
  readonly files: readonly SourceFile[];
  readonly findings: readonly SeenFinding[];
  /** Rules whose findings are broken boundaries. */
  readonly isBoundary: (rule: string) => boolean;
  /** Whether the repository declares its boundaries; without, what is found is a proposal's and counts as known. */
  readonly isDeclared: boolean;
  /** Covered and all lines by file; undefined where no report was there. */
  readonly coverage: ReadonlyMap<string, { readonly covered: number; readonly total: number }> | undefined;
  /** Seconds by test file; undefined where no report was there. */
  readonly testSeconds: ReadonlyMap<string, number> | undefined;
  /** Days since verified, by file that a document covers; undefined where no document covers anything. */
  readonly documentDays: ReadonlyMap<string, number> | undefined;
  /** Commits of the last 90 days by file; undefined in a shallow clone. */
  readonly churn: ReadonlyMap<string, readonly string[]> | undefined;
}

/** Names of the rules that grading adds, to their signals. */
export const gradingRules: Readonly<Record<string, SignalName>> = {
  "grade-duplicates": "duplication",
  "grade-loose-types": "loose",
  "grade-dead-exports": "dead",
  "grade-tests": "tests",
};
/** One finding for each file that a test could be written for: what counts as "no tests" is measured against them. */
export const testableRule = "grade-testable";
/** Folders whose sources serve tests and show nothing about the product: in six public repositories they held most files that do not parse, and most copies. */
export const gradedOut: readonly string[] = ["**/{test,tests,e2e,spec,fixtures,__fixtures__,mocks,__mocks__,testdata,test-utils}/**"];
const sizeRules = new Set(["file-size", "function-size"]);
/** Those that are named, of all that are counted; the check's own report has each. */
const placesMax = 50;

export function buildCells(input: CellsInput): readonly CellFacts[] {
  const cells = new Map<string, SourceFile[]>();
  for (const file of input.files) {
    const key = JSON.stringify([file.domain, file.layer]);
    const list = cells.get(key);
    if (list === undefined) cells.set(key, [file]); else list.push(file);
  }
  const byFile = new Map<string, SeenFinding[]>();
  for (const finding of input.findings) {
    const list = byFile.get(finding.file);
    if (list === undefined) byFile.set(finding.file, [finding]); else list.push(finding);
  }
  return [...cells.values()]
    .flatMap((files) => (files.some(({ isTest }) => !isTest) ? [buildCell(files, byFile, input)] : []))
    .sort((left, right) => compare(left.domain, right.domain) || compare(left.layer, right.layer));
}

const compare = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0);

function buildCell(files: readonly SourceFile[], byFile: ReadonlyMap<string, readonly SeenFinding[]>, input: CellsInput): CellFacts {
  const own = files.filter(({ isTest }) => !isTest);
  const places: Partial<Record<SignalName, Place[]>> = {};
  const counts: Partial<Record<SignalName, number>> = {}, placeCounts: Partial<Record<SignalName, number>> = {};
  const see = (signal: SignalName, finding: SeenFinding, weight = 1) => {
    counts[signal] = (counts[signal] ?? 0) + weight;
    placeCounts[signal] = (placeCounts[signal] ?? 0) + 1;
    const list = places[signal] ??= [];
    if (list.length < placesMax) list.push({ file: finding.file, line: finding.line });
  };
  const scriptFiles = new Set(own.flatMap(({ file, isScript }) => (isScript ? [file] : [])));
  let unread = 0, testable = 0;
  for (const finding of own.flatMap(({ file }) => byFile.get(file) ?? [])) {
    if (finding.rule === testableRule) { testable++; continue; }
    const signal = signalOf(finding, input);
    // Of JavaScript and TypeScript the parser is the language's own; where one of ours stops, the file may be fine.
    if (signal === "parse" && !scriptFiles.has(finding.file)) { unread++; continue; }
    if (signal !== undefined) see(signal, finding, signal === "duplication" ? finding.endLine - finding.line + 1 : 1);
  }
  const [first] = own;
  const scripts = own.filter(({ isScript }) => isScript);
  const lines = sum(own, (one) => one.lines);
  return {
    domain: first?.domain ?? "", layer: first?.layer ?? "", files: own.length, lines, places, placeCounts,
    parse: counts.parse ?? 0, unread, boundaries: counts.boundaries ?? 0, baseline: counts.baseline ?? 0, oversized: counts.size ?? 0, untested: counts.tests ?? 0, testable,
    duplicatedLines: scripts.length === 0 ? null : Math.min(counts.duplication ?? 0, lines), loose: counts.loose ?? (scripts.length === 0 ? null : 0),
    deadExports: scripts.length === 0 ? null : counts.dead ?? 0, exports: Math.max(sum(scripts, (one) => one.exports), counts.dead ?? 0),
    coverage: coverageOf(own, input.coverage), documentDays: oldestDocument(own, input.documentDays),
    testSeconds: input.testSeconds === undefined ? undefined : sum(files.filter(({ isTest }) => isTest), ({ file }) => input.testSeconds?.get(file) ?? 0),
    churn: input.churn === undefined ? undefined : new Set(own.flatMap(({ file }) => input.churn?.get(file) ?? [])).size,
  };
}

function signalOf({ rule, isBaselined }: SeenFinding, input: CellsInput): SignalName | undefined {
  const own = gradingRules[rule];
  if (own !== undefined) return own;
  if (rule === "parse") return "parse";
  if (sizeRules.has(rule)) return "size";
  if (isBaselined) return "baseline";
  return input.isBoundary(rule) ? (input.isDeclared ? "boundaries" : "baseline") : undefined;
}

const sum = <Item>(items: readonly Item[], of: (item: Item) => number) => items.reduce((total, one) => total + of(one), 0);

/** Undefined where the report knows none of the files: a report of another part says nothing about this one. */
function coverageOf(files: readonly SourceFile[], coverage: CellsInput["coverage"]): number | undefined {
  const known = files.flatMap(({ file }) => coverage?.get(file) ?? []);
  const total = sum(known, (one) => one.total);
  return total === 0 ? undefined : sum(known, (one) => one.covered) / total;
}

function oldestDocument(files: readonly SourceFile[], days: CellsInput["documentDays"]): number | undefined {
  const known = files.flatMap(({ file }) => days?.get(file) ?? []);
  return known.length === 0 ? undefined : Math.max(...known);
}
