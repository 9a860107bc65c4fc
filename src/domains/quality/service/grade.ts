// What a cell is worth: the worst signal wins and is said in one sentence; what nobody measured is "?" and caps at B. Pure.
import type { Quality } from "../config/index.ts";
import { type CellFacts, type CellGrade, type Grade, grades, type Place, type SignalName } from "../types/index.ts";

/** Where each grade begins; a value beyond a limit is not better than the letter's successor. Moving one is a reviewed change with a reason. */
export interface Limits { readonly B: number; readonly C: number; readonly D: number }
export interface Thresholds {
  readonly coverage: Limits;
  readonly duplication: Limits;
  readonly loose: Limits;
  readonly baseline: Limits;
  readonly dead: Limits;
  readonly documentDays: Limits;
  readonly testSeconds: Limits;
  readonly size: Limits;
}

const never = Number.POSITIVE_INFINITY;
/** Calibrated on eight public repositories (docs/generated/grade-calibration.md): what decides for most of them tells none of them apart. */
export const defaultThresholds: Thresholds = {
  coverage: { B: 0.85, C: 0.7, D: 0.5 },
  duplication: { B: 0.03, C: 0.1, D: never },
  loose: { B: 2, C: 10, D: never },
  baseline: { B: 0, C: never, D: 0.5 },
  dead: { B: 0.02, C: never, D: never },
  documentDays: { B: 90, C: never, D: never },
  testSeconds: { B: 60, C: 300, D: never },
  size: { B: 0, C: 1, D: never },
};

/** Where nobody declared boundaries a proposal's are taken: what breaks them is worth a look, not a D. */
const proposedBaseline: Limits = { B: 0, C: 0.5, D: never };

export function readThresholds(own: Quality["thresholds"], isDeclared = true): Thresholds {
  const of = (name: keyof Thresholds): Limits => ({
    ...(name === "baseline" && !isDeclared ? proposedBaseline : defaultThresholds[name]),
    ...Object.fromEntries(Object.entries(own?.[name] ?? {}).filter(([, value]) => value !== undefined)),
  });
  return {
    coverage: of("coverage"),
    duplication: of("duplication"),
    loose: of("loose"),
    baseline: of("baseline"),
    dead: of("dead"),
    documentDays: of("documentDays"),
    testSeconds: of("testSeconds"),
    size: of("size"),
  };
}

/** Minutes to repair one finding, or one line of copied code; SonarQube's issues cost 1 to 30 and more. */
const minutes: Readonly<Record<SignalName, number>> = {
  parse: 30,
  boundaries: 30,
  baseline: 30,
  coverage: 0.5,
  tests: 30,
  duplication: 0.5,
  loose: 5,
  size: 60,
  dead: 2,
  documents: 15,
  speed: 0,
};
/** What writing a line costs, as SonarQube counts. */
const minutesOfLine = 30;

/** One file of so many has to be one that a test can be written for, before a cell is said to have none. */
const testableShare = 3;

interface Verdict { readonly signal: SignalName; readonly grade: Grade; readonly says: string }

export function gradeCell(facts: CellFacts, thresholds: Thresholds): CellGrade {
  const measured = judge(facts, thresholds);
  const unknown = unknownSignals(facts);
  // Of equally bad signals the first of the table's order is told.
  const worst = measured.reduce<Verdict | undefined>((found, one) => (found === undefined || grades.indexOf(one.grade) > grades.indexOf(found.grade) ? one : found), undefined);
  const isCapped = unknown.length > 0 && (worst === undefined || worst.grade === "A");
  const grade = isCapped ? "B" : worst?.grade ?? "A";
  const reason = isCapped
    ? `B: ${unknown.join(", ")} ${unknown.length === 1 ? "was" : "were"} not measured`
    : worst === undefined || worst.grade === "A"
      ? "A: nothing was found, and everything was measured"
      : `${worst.grade}: ${worst.says}${showPlaces(facts.places[worst.signal], facts.placeCounts?.[worst.signal])}`;
  const debtMinutes = debtOf(facts);
  return {
    domain: facts.domain,
    layer: facts.layer,
    grade,
    reason,
    signal: isCapped || worst === undefined || worst.grade === "A" ? "none" : worst.signal,
    values: valuesOf(facts),
    unknown,
    files: facts.files,
    lines: facts.lines,
    debtMinutes, debtRatio: facts.lines === 0 ? 0 : round(debtMinutes / (minutesOfLine * facts.lines)), churn: facts.churn,
  };
}

const round = (value: number) => Math.round(value * 1e5) / 1e5;
const percent = (value: number) => `${Math.round(value * 1000) / 10} %`;
const perThousand = (count: number, lines: number) => (lines === 0 ? 0 : count / lines * 1000);
const many = (count: number, one: string, several = `${one}s`) => `${count} ${count === 1 ? one : several}`;

function unknownSignals(facts: CellFacts): readonly SignalName[] {
  const asked: readonly (readonly [SignalName, unknown])[] = [
    ["parse", facts.unread > 0 ? undefined : facts.parse],
    ["coverage", facts.coverage],
    ["tests", facts.untested],
    ["duplication", facts.duplicatedLines],
    ["loose", facts.loose],
    ["dead", facts.deadExports],
    ["documents", facts.documentDays],
    ["speed", facts.testSeconds],
  ];
  return asked.flatMap(([name, value]) => (value === undefined ? [name] : []));
}

function valuesOf(facts: CellFacts): CellGrade["values"] {
  const part = (value: number | null | undefined, of: number) => (typeof value === "number" && of > 0 ? round(value / of) : undefined);
  const given: Readonly<Record<SignalName, number | null | undefined>> = {
    parse: facts.parse,
    boundaries: facts.boundaries,
    baseline: round(perThousand(facts.baseline, facts.lines)),
    coverage: facts.coverage,
    tests: part(facts.untested, facts.files),
    duplication: part(facts.duplicatedLines, facts.lines),
    loose: typeof facts.loose === "number" ? round(perThousand(facts.loose, facts.lines)) : undefined,
    size: round(perThousand(facts.oversized, facts.lines)),
    dead: part(facts.deadExports, facts.exports),
    documents: facts.documentDays,
    speed: facts.testSeconds,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => typeof value === "number"));
}

/** One verdict for each signal that was measured, in the order in which ties are told. */
function judge(facts: CellFacts, limits: Thresholds): readonly Verdict[] {
  const found: Verdict[] = [];
  const say = (signal: SignalName, grade: Grade, says: string) => { found.push({ signal, grade, says }); };
  /** `value` above a limit. */
  const above = (signal: SignalName, value: number, of: Limits, says: (limit: number) => string) => {
    if (value > of.D) say(signal, "D", says(of.D));
    else if (value > of.C) say(signal, "C", says(of.C));
    else if (value > of.B) say(signal, "B", says(of.B));
  };
  if (facts.parse > 0) say("parse", "F", `${many(facts.parse, "file does", "files do")} not parse`);
  if (facts.boundaries > 0) say("boundaries", "F", `${many(facts.boundaries, "new violation")} of a boundary`);
  const known = perThousand(facts.baseline, facts.lines);
  above("baseline", known, limits.baseline, (limit) =>
    limit === 0 ? `${many(facts.baseline, "known violation")}` : `${many(facts.baseline, "known violation")}, ${known.toFixed(2)} in 1,000 lines > ${limit}`,
  );
  if (typeof facts.coverage === "number") {
    const { coverage } = facts;
    const limit = coverage < limits.coverage.D ? "D" : coverage < limits.coverage.C ? "C" : coverage < limits.coverage.B ? "B" : undefined;
    if (limit !== undefined) say("coverage", limit, `coverage ${percent(coverage)} < ${percent(limits.coverage[limit])}`);
  }
  const testable = facts.testable ?? facts.files;
  // Where hardly a file could have a test of its own (Rust's stand in the file itself) nobody knows whether there are none.
  const isTestless = (facts.untested ?? 0) >= testable && testable * testableShare >= facts.files;
  if (typeof facts.untested === "number" && facts.untested > 0)
    say(
      "tests",
      isTestless ? "D" : "B",
      isTestless ? "no tests: none imports a file of it or bears the name of one," : `${many(facts.untested, "file")} of ${facts.files} without a test`,
    );
  if (typeof facts.duplicatedLines === "number") {
    const part = facts.lines === 0 ? 0 : facts.duplicatedLines / facts.lines;
    above("duplication", part, limits.duplication, (limit) => `duplication ${percent(part)} > ${percent(limit)}`);
  }
  if (typeof facts.loose === "number") {
    const density = perThousand(facts.loose, facts.lines);
    above(
      "loose",
      density,
      limits.loose,
      (limit) => `${many(facts.loose ?? 0, "any or unknown", "any or unknown")} outside of the boundary, ${density.toFixed(1)} in 1,000 lines > ${limit}`,
    );
  }
  const long = perThousand(facts.oversized, facts.lines);
  above(
    "size",
    long,
    limits.size,
    (limit) =>
      `${many(facts.oversized, "file or function", "files or functions")} above the limit${limit === 0 ? "" : `, ${long.toFixed(2)} in 1,000 lines > ${limit}`}`,
  );
  if (typeof facts.deadExports === "number") {
    const part = facts.exports === 0 ? 0 : facts.deadExports / facts.exports;
    above("dead", part, limits.dead, (limit) => `${many(facts.deadExports ?? 0, "export")} of ${facts.exports} that nobody imports (${percent(part)} > ${percent(limit)})`);
  }
  if (typeof facts.documentDays === "number")
    above("documents", facts.documentDays, limits.documentDays, (limit) => `a document was verified ${facts.documentDays ?? 0} days ago > ${limit}`);
  if (typeof facts.testSeconds === "number") above("speed", facts.testSeconds, limits.testSeconds, (limit) => `tests take ${(facts.testSeconds ?? 0).toFixed(1)} s > ${limit} s`);
  return found;
}

function showPlaces(places: readonly Place[] | undefined, count = places?.length ?? 0): string {
  const [first] = places ?? [];
  return first === undefined ? "" : ` in ${first.file}:${first.line}${count > 1 ? ` and ${many(count - 1, "more place")}` : ""}`;
}

function debtOf(facts: CellFacts): number {
  const uncovered = typeof facts.coverage === "number" ? (1 - facts.coverage) * facts.lines : 0;
  const sum =
    facts.parse * minutes.parse +
    facts.boundaries * minutes.boundaries +
    facts.baseline * minutes.baseline +
    uncovered * minutes.coverage +
    (facts.untested ?? 0) * minutes.tests
    +(facts.duplicatedLines ?? 0) * minutes.duplication +
      (facts.loose ?? 0) * minutes.loose +
      facts.oversized * minutes.size +
      (facts.deadExports ?? 0) * minutes.dead +
      ((facts.documentDays ?? 0) > 90 ? minutes.documents : 0);
  return Math.round(sum);
}

/** The grade of all: the median of cells by lines, so that one small cell neither saves nor damns; "?" where there is none. */
export function overallGrade(cells: readonly CellGrade[]): Grade | "?" {
  const sorted = [...cells].filter(({ lines }) => lines > 0).sort((left, right) => grades.indexOf(left.grade) - grades.indexOf(right.grade));
  const total = sorted.reduce((sum, { lines }) => sum + lines, 0);
  let seen = 0;
  for (const cell of sorted) {
    seen += cell.lines;
    if (seen * 2 >= total) return cell.grade;
  }
  return "?";
}
