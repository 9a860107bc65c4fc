// What cells are worth, what dropped, what comes first.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CellFacts, CellGrade, GradeRecord } from "../types/index.ts";
import { buildCells, type CellsInput, type SourceFile } from "./cells.ts";
import { isForeignPath, isGeneratedText } from "./foreign.ts";
import { defaultThresholds, gradeCell, overallGrade, readThresholds } from "./grade.ts";
import { countSince, findDrops, rankCells } from "./history.ts";
import { createPathFinder, readDocumentDates, readJunit } from "./reports.ts";
import { renderScorePage } from "./score-page.ts";

const perfect: CellFacts = {
  domain: "cart",
  layer: "service",
  files: 4,
  lines: 1_000,
  parse: 0,
  unread: 0,
  boundaries: 0,
  baseline: 0,
  coverage: 0.95,
  untested: 0,
  duplicatedLines: 0,
  loose: 0,
  oversized: 0,
  deadExports: 0,
  exports: 50,
  documentDays: 10,
  testSeconds: 3,
  churn: 2,
  places: {},
};
const grade = (given: Partial<CellFacts>) => {
  const { grade: letter, reason } = gradeCell({ ...perfect, ...given }, defaultThresholds);
  return [letter, reason.replace(/^[A-F]: /, "")];
};

const cases: readonly (readonly [string, Partial<CellFacts>, string, string])[] = [
  ["nothing is wrong", {}, "A", "nothing was found, and everything was measured"],
  ["a file does not parse", { parse: 1 }, "F", "1 file does not parse"],
  [
    "a new violation",
    {
      boundaries: 2,
      places: {
        boundaries: [
          { file: "a.ts", line: 3 },
          { file: "b.ts", line: 1 },
        ],
      },
    },
    "F",
    "2 new violations of a boundary in a.ts:3 and 1 more place",
  ],
  ["a known violation", { baseline: 0.5 }, "B", "0.5 known violations"],
  ["many known violations", { baseline: 1 }, "D", "1 known violation, 1.00 in 1,000 lines > 0.5"],
  ["coverage just below", { coverage: 0.849 }, "B", "coverage 84.9 % < 85 %"],
  ["coverage at the limit", { coverage: 0.85 }, "A", "nothing was found, and everything was measured"],
  ["coverage below 70 %", { coverage: 0.6 }, "C", "coverage 60 % < 70 %"],
  ["coverage below 50 %", { coverage: 0.499 }, "D", "coverage 49.9 % < 50 %"],
  ["one file without a test", { untested: 1 }, "B", "1 file of 4 without a test"],
  ["no tests", { untested: 4 }, "D", "no tests: none imports a file of it or bears the name of one,"],
  ["no tests of what could have some", { untested: 3, testable: 3 }, "D", "no tests: none imports a file of it or bears the name of one,"],
  ["no tests of the one file of four that shows whether it has any", { untested: 1, testable: 1 }, "B", "1 file of 4 without a test"],
  ["a test of one of those that could have some", { untested: 2, testable: 3 }, "B", "2 files of 4 without a test"],
  ["copies", { duplicatedLines: 120 }, "C", "duplication 12 % > 10 %"],
  ["few copies", { duplicatedLines: 31 }, "B", "duplication 3.1 % > 3 %"],
  ["any", { loose: 3 }, "B", "3 any or unknown outside of the boundary, 3.0 in 1,000 lines > 2"],
  ["many any", { loose: 11 }, "C", "11 any or unknown outside of the boundary, 11.0 in 1,000 lines > 10"],
  ["two any", { loose: 2 }, "A", "nothing was found, and everything was measured"],
  ["a file above the limit", { oversized: 1 }, "B", "1 file or function above the limit"],
  ["more than one in 1,000 lines above the limit", { oversized: 2 }, "C", "2 files or functions above the limit, 2.00 in 1,000 lines > 1"],
  ["a text that our reader of another language does not follow", { unread: 2 }, "B", "parse was not measured"],
  ["dead exports", { deadExports: 2 }, "B", "2 exports of 50 that nobody imports (4 % > 2 %)"],
  ["an old document", { documentDays: 91 }, "B", "a document was verified 91 days ago > 90"],
  ["slow tests", { testSeconds: 301 }, "C", "tests take 301.0 s > 300 s"],
  ["something was not measured", { coverage: undefined, testSeconds: undefined }, "B", "coverage, speed were not measured"],
  ["there is no such thing here", { loose: null, deadExports: null, duplicatedLines: null }, "A", "nothing was found, and everything was measured"],
  [
    "the worst wins, also over what was not measured",
    { coverage: undefined, documentDays: 100, untested: 4 },
    "D",
    "no tests: none imports a file of it or bears the name of one,",
  ],
];
for (const [name, given, letter, reason] of cases) test(`gradeCell() where ${name}: ${letter}`, () => { assert.deepEqual(grade(given), [letter, reason]); });

test("a threshold that was moved holds, and the others stay", () => {
  const thresholds = readThresholds({ coverage: { B: 0.99 } });
  assert.deepEqual([gradeCell(perfect, thresholds).grade, thresholds.coverage, thresholds.duplication], ["B", { B: 0.99, C: 0.7, D: 0.5 }, defaultThresholds.duplication]);
});

test("what breaks a proposal's boundaries is a C at worst", () => {
  const known = (isDeclared: boolean) => gradeCell({ ...perfect, baseline: 9 }, readThresholds(undefined, isDeclared)).grade;
  assert.deepEqual([known(true), known(false)], ["D", "C"]);
});

test("debt is minutes over what the lines cost, and orders by churn; cells without debt are not cleaned", () => {
  const one = (given: Partial<CellFacts>) => gradeCell({ ...perfect, coverage: 1, ...given }, defaultThresholds);
  const quiet = one({ layer: "quiet", oversized: 2, churn: 0 }), busy = one({ layer: "busy", oversized: 1, churn: 40 }), clean = one({ layer: "clean" });
  assert.deepEqual([quiet.debtMinutes, quiet.debtRatio, busy.debtMinutes], [120, 0.004, 60]);
  assert.deepEqual(rankCells([quiet, clean, busy]).map(({ layer }) => layer), ["busy", "quiet"]);
});

const cell = (layer: string, letter: CellGrade["grade"], lines = 100): CellGrade => ({
  domain: "cart",
  layer,
  grade: letter,
  reason: `${letter}: because`,
  signal: "none",
  values: {},
  unknown: [],
  files: 1,
  lines,
  debtMinutes: 0,
  debtRatio: 0,
  churn: 0,
});
const record = (commit: string, cells: readonly CellGrade[], measure = "m"): GradeRecord => ({
  version: 1,
  commit,
  committedAt: `2026-01-0${commit}T00:00:00Z`,
  measure,
  overall: "A",
  debtRatio: 0,
  cells,
});

test("findDrops() names the cell, the commit and the reason; a rise, a new cell and another measure are none", () => {
  assert.deepEqual(findDrops([record("1", [cell("a", "B"), cell("b", "C")]), record("2", [cell("a", "D"), cell("b", "B"), cell("new", "F")]), record("3", [cell("a", "F")], "other")]), [
    { domain: "cart", layer: "a", from: "B", to: "D", reason: "D: because", commit: "2", committedAt: "2026-01-02T00:00:00Z" },
  ]);
});

test("countSince() goes by the place in the history: one clock that stood wrong neither hides nor adds a year", () => {
  const year = 100, old = Array.from({ length: 30 }, () => 50);
  assert.deepEqual(
    [
      countSince([120, 110, 105], year),
      countSince([120, 1, 110, ...old], year),
      countSince([120, 110, ...old, 999], year),
      countSince([120, 99], year),
      countSince([], year),
    ],
    [3, 3, 2, 1, 0],
  );
});

test("overallGrade() is what half of the lines are at least", () => {
  assert.equal(overallGrade([cell("a", "A", 10), cell("b", "C", 80), cell("c", "F", 10)]), "C");
  assert.equal(overallGrade([cell("a", "A", 60), cell("b", "F", 40)]), "A");
  assert.equal(overallGrade([]), "?");
});

const source = (file: string, given: Partial<SourceFile> = {}): SourceFile => ({
  file,
  domain: "cart",
  layer: "service",
  isTest: false,
  lines: 100,
  exports: 5,
  isScript: true,
  ...given,
});
const input = (given: Partial<CellsInput>): CellsInput => ({
  files: [source("a.ts"), source("a.test.ts", { isTest: true })],
  findings: [],
  isBoundary: (rule) => rule === "layers",
  isDeclared: true,
  coverage: undefined,
  testSeconds: undefined,
  documentDays: undefined,
  churn: undefined,
  ...given,
});
const finding = (rule: string, isBaselined = false, endLine = 1) => ({ rule, file: "a.ts", line: 1, endLine, isBaselined });

test("buildCells() counts each finding once, under its signal", () => {
  const [found] = buildCells(
    input({
      findings: [
        finding("layers"),
        finding("layers", true),
        finding("naming"),
        finding("naming", true),
        finding("file-size", true),
        finding("grade-duplicates", false, 10),
        finding("grade-tests"),
        finding("parse"),
      ],
    }),
  );
  assert.deepEqual([found?.boundaries, found?.baseline, found?.oversized, found?.duplicatedLines, found?.untested, found?.parse], [1, 2, 1, 10, 1, 1]);
});

test("buildCells() of a repository that declares nothing takes a proposal's findings as known", () => {
  const [found] = buildCells(input({ isDeclared: false, findings: [finding("layers")] }));
  assert.deepEqual([found?.boundaries, found?.baseline], [0, 1]);
});

test("a reason counts every place, also those that are not named", () => {
  const [cell] = buildCells(input({ findings: Array.from({ length: 330 }, () => finding("grade-loose-types")) }));
  const found = cell === undefined ? "" : gradeCell({ ...perfect, ...cell, lines: 1_000 }, defaultThresholds).reason;
  assert.match(found, /^C: 330 any or unknown .* and 329 more places$/);
});

test("buildCells() leaves tests out of lines, and knows what was not measured from what is not there", () => {
  const [script] = buildCells(
    input({
      coverage: new Map([["other.ts", { covered: 1, total: 2 }]]),
      testSeconds: new Map([["a.test.ts", 2]]),
      churn: new Map([["a.ts", ["1", "2", "1"]]]),
    }),
  );
  assert.deepEqual([script?.lines, script?.coverage, script?.testSeconds, script?.churn, script?.documentDays], [100, undefined, 2, 2, undefined]);
  const [python] = buildCells(input({ files: [source("a.py", { isScript: false })] }));
  assert.deepEqual([python?.deadExports, python?.duplicatedLines, python?.loose], [null, null, null]);
  assert.deepEqual(buildCells(input({ files: [source("a.test.ts", { isTest: true })] })), []);
});

test("readJunit() sums by file, else by class; other XML is none", () => {
  assert.deepEqual(
    readJunit(
      '<?xml version="1.0"?><testsuites><testsuite><testcase name="a" classname="x" file="a.test.ts" time="0.5"/><testcase name="b" file="a.test.ts" time="1"></testcase><testcase classname="com.acme.CartTest" time="2"/></testsuite></testsuites>',
    ),
    new Map([
      ["a.test.ts", 1.5],
      ["com.acme.CartTest", 2],
    ]),
  );
  assert.equal(readJunit("<coverage></coverage>"), undefined);
});

test("isForeignPath() and isGeneratedText() tell what nobody wrote there by hand, and nothing that is only similar", () => {
  const foreign = (file: string) => isForeignPath(file, "vendor");
  assert.deepEqual(
    ["vendor/x/a.go", "lib/third_party/a.ts", "web/dist/app.js", "web/app.min.js", "api/a.pb.go", "api/a_pb2_grpc.py", "src/a.generated.ts"].map((file) =>
      isForeignPath(file, ""),
    ),
    Array(7).fill(true),
  );
  assert.deepEqual(
    ["src/domains/vendor/service.ts", "src/domains/vendor/node_modules/x.js", "src/vendoring.ts", "src/admin.js", "src/distance/a.ts"].map(foreign),
    [false, true, false, false, false],
  );
  const generated = (head: string, bytes = 100, lines = 10, isScript = true) => isGeneratedText({ head, bytes, lines, isScript });
  assert.deepEqual(
    [
      "// Code generated by protoc-gen-go. DO NOT EDIT.\npackage a",
      "/* eslint-disable */\r\n/**\r\n * @generated\r\n */",
      "# This file is automatically generated.",
      "/* AUTO-GENERATED: do not modify */",
    ].map((head) => generated(head)),
    Array(4).fill(true),
  );
  assert.deepEqual(
    [
      'const head = "// Code generated. DO NOT EDIT.";',
      "// Prices are generated from the table.",
      "// Do not edit while the sun shines.",
      `${"\n".repeat(60)}// @generated`,
    ].map((head) => generated(head)),
    Array(4).fill(false),
  );
  assert.deepEqual([generated("!function(){}", 60_000, 3), generated("x", 60_000, 3, false)], [true, false]);
});

test("readDocumentDates() wants a date and what it covers", () => {
  assert.equal(readDocumentDates("d.md", { verified: "2026-13-45", covers: "src/**" }), undefined);
  assert.deepEqual(readDocumentDates("d.md", { verified: "2026-01-02", covers: "src/**" }), { file: "d.md", verified: "2026-01-02", covers: ["src/**"] });
  assert.deepEqual(readDocumentDates("d.md", { verified: "6a816b04e6b7 2026-01-02", covers: [{ path: "a" }, "b"] })?.covers, ["a", "b"]);
  assert.equal(readDocumentDates("d.md", { covers: "src/**" }), undefined);
  assert.equal(readDocumentDates("d.md", "text"), undefined);
});

test("createPathFinder() finds what a report names in its own way, and nothing that is only similar", () => {
  const find = createPathFinder(["src/a.ts", "packages/p/src/a.ts", "b.ts"]);
  assert.deepEqual(["/build/src/a.ts", "packages\\p\\src\\a.ts", "src/a.ts", "p/src/a.ts", "xsrc/a.ts", "c.ts"].map(find), [
    "src/a.ts",
    "packages/p/src/a.ts",
    "src/a.ts",
    "packages/p/src/a.ts",
    undefined,
    undefined,
  ]);
});

test("the page is the same for the same records, and keeps the document's head", () => {
  const page = renderScorePage({ record: record("1", [cell("service", "C"), cell("", "A")]), drops: [], layers: ["types", "service"], head: "---\nowner: us\n---\n\n" });
  assert.match(page, /^---\nowner: us\n---\n\n# Quality score\n/);
  assert.match(page, /\| domain \| service \| \(no layer\) \|\n\|---\|---\|---\|\n\| cart \| C \| A \|/);
  assert.match(page, /- cart\/service: C: because/);
});
