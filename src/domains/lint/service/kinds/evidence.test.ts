// Rules about what stands beside code: tests, coverage, snapshots, reasons for dependencies.
import assert from "node:assert/strict";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { buildHouse, shortly } from "../../../../../test/support/lint-house.ts";
import { testRules } from "../../../../../test/support/rule-table.ts";
import { readCoverageReport } from "../coverage-reports.ts";

const code = "export function run() {\n  return 1;\n}\n";
const lcov = (file: string, lines: readonly (readonly [number, number])[], branches: readonly string[] = []) =>
  `TN:\nSF:${file}\n${lines.map(([line, hits]) => `DA:${line},${hits}`).join("\n")}\n${branches.map((one) => `BRDA:${one}`).join("\n")}\nend_of_record\n`;
const half = lcov("/build/lib/a/x.ts", [[1, 1], [2, 0]], ["1,0,0,1", "1,0,1,-"]);
const pkg = JSON.stringify({ name: "x", dependencies: { zod: "1", pino: "1" }, devDependencies: { vitest: "1" } }, undefined, 1);

test("readCoverageReport() reads the four forms alike", () => {
  const forms: Readonly<Record<string, string>> = {
    lcov: half + lcov("/build/lib/a/x.ts", [[1, 0], [2, 0]]),
    istanbul: JSON.stringify({
      "/build/lib/a/x.ts": {
        path: "/build/lib/a/x.ts",
        statementMap: { 0: { start: { line: 1 } }, 1: { start: { line: 2 } } },
        s: { 0: 3, 1: 0 },
        b: { 0: [1, 0] },
      },
    }),
    "coverage.py json": JSON.stringify({
      meta: { version: "7.0" },
      files: { "lib/a/x.ts": { executed_lines: [1], missing_lines: [2], summary: { num_branches: 2, covered_branches: 1 } } },
    }),
    "coverage.py xml":
      '<?xml version="1.0" ?>\n<coverage version="7"><packages><package><classes><class name="x" filename="lib/a/x.ts"><methods/><lines><line number="1" hits="1" branch="true" condition-coverage="50% (1/2)"/><line number="2" hits="0"/></lines></class></classes></package></packages></coverage>',
  };
  for (const [form, text] of Object.entries(forms)) {
    assert.deepEqual([...readCoverageReport(text)?.values() ?? []], [{ linesTotal: 2, linesCovered: 1, branchesTotal: 2, branchesCovered: 1, lastLine: 2 }], form);
  }
  for (const text of ["", "{", "{}x", "<html></html>", "hello", "[]"]) assert.equal(readCoverageReport(text), undefined, text);
});

test("coverage-min: a report that is older than its sources is a finding", async (t) => {
  const house = await buildHouse(t, { "lib/a/x.ts": code, "lcov.info": lcov("lib/a/x.ts", [[1, 1]]) });
  const configuration = "version: 1\nrules:\n  - { kind: coverage-min, in: lib/**, reports: [lcov.info], lines: 50 }\n";
  await utimes(join(house.rootPath, "lib/a/x.ts"), new Date(1e12), new Date(1e12));
  assert.deepEqual(shortly(await house.check(configuration)), []);
  await utimes(join(house.rootPath, "lcov.info"), new Date(9e11), new Date(9e11));
  const stale = await house.check(configuration);
  assert.deepEqual(shortly(stale), ["coverage-min lcov.info:1"]);
  assert.match(stale.findings[0]?.found ?? "", /older than what it measures: lib\/a\/x\.ts/);
});

testRules({
  "tests-present: code without a test; a test of the name, an import by a test (also over a barrel) and files without functions are fine": {
    rule: "{ kind: tests-present, in: lib/** }",
    files: {
      "lib/bare.ts": `\n${code}`, "lib/named.ts": code, "lib/__tests__/named.test.ts": "export {};\n", "lib/used.ts": code, "lib/barrel.ts": 'export { run } from "./used.ts";\n',
      "lib/other.spec.ts": 'import { run } from "./barrel.ts";\nvoid run;\n',
      "lib/types.ts": "export type T = 1;\nexport const limit = 3;\n",
      "lib/decl.d.ts": "export declare function f(): void;\n",
    },
    expected: ["tests-present lib/bare.ts:2"], says: [/lib\/bare\.test\.ts/],
  },
  "tests-present: a test of the name where an import is not enough": {
    rule: "{ kind: tests-present, in: lib/**, isImportEnough: false }",
    files: { "lib/used.ts": code, "lib/named.ts": code, "lib/named.test.ts": 'import "./used.ts";\n' },
    expected: ["tests-present lib/used.ts:1"],
  },
  "coverage-min: a module below its share, with what is missing most; one above it is fine": {
    rule: '{ kind: coverage-min, in: lib/**, reports: [cov/lcov.info], modules: "lib/*", lines: 60, branches: 50 }',
    files: { "lib/a/x.ts": code, "lib/b/y.ts": code, "cov/lcov.info": half + lcov("lib/b/y.ts", [[1, 1]]) },
    expected: ["coverage-min lib/a/x.ts:1"], says: [/50\.0 % of the lines of lib\/a are covered \(1 of 2\)/, /at least 60 %/, /lib\/a\/x\.ts \(1 lines\)/],
  },
  "coverage-min: a missing report is a finding, not a pass": {
    rule: "{ kind: coverage-min, in: lib/**, reports: [cov/lcov.info], lines: 60 }",
    files: { "lib/a/x.ts": code }, expected: ["coverage-min cov/lcov.info:1"], says: [/is missing/],
  },
  "coverage-min: something else is no report": {
    rule: "{ kind: coverage-min, in: lib/**, reports: [lcov.info], lines: 60 }",
    files: { "lib/a/x.ts": code, "lcov.info": "hello\n" }, expected: ["coverage-min lcov.info:1"], says: [/no report of a known form/],
  },
  "coverage-min: a report of lines that are no more, and files that are in no report": {
    rule: "{ kind: coverage-min, in: lib/**, reports: [lcov.info], lines: 10 }",
    files: { "lib/a/x.ts": code, "lib/a/z.ts": code, "lcov.info": lcov("lib/a/x.ts", [[1, 1], [900, 1]]) },
    expected: ["coverage-min lcov.info:1", "coverage-min lib/a/z.ts:1"], says: [/older than what it measures/],
  },
  "snapshots: a component without; a story, a snapshot test by name or by import, and files without a component are fine": {
    rule: "{ kind: snapshots, in: ui/**/*.tsx }",
    files: {
      "ui/Bare.tsx": "\nexport function Bare() { return <b />; }\n", "ui/Plain.tsx": "export const Plain = () => <b />;\n", "ui/Plain.test.tsx": "export {};\n",
      "ui/Story.tsx": "export const Story = () => <b />;\n",
      "ui/Story.stories.tsx": "export {};\n",
      "ui/Snap.tsx": "export const Snap = () => <b />;\n",
      "ui/Snap.test.tsx": "expect(1).toMatchSnapshot();\n",
      "ui/hook.tsx": "export function useRoom() { return 1; }\n",
    },
    expected: ["snapshots ui/Bare.tsx:2", "snapshots ui/Plain.tsx:1"], says: [/ui\/Bare\.stories\.tsx/],
  },
  "dependencies: one without a row, with what is installed; a row that is left over": {
    rule: "{ kind: dependencies, ledger: docs/dependencies.md }",
    files: {
      "package.json": pkg,
      "node_modules/pino/index.js": "x".repeat(3000),
      "docs/dependencies.md":
        "# Dependencies\n\n| name | reason | alternative |\n|---|---|---|\n| `zod` | parses at doors | own code |\n| left-pad | pads | String |\n| vitest | runs tests | node:test |\n",
    },
    expected: ["dependencies docs/dependencies.md:6", "dependencies package.json:5"], says: [/the row of left-pad/],
  },
  "dependencies: the finding says what is installed": {
    rule: "{ kind: dependencies, ledger: docs/dependencies.md }",
    files: {
      "package.json": pkg,
      "node_modules/pino/index.js": "x".repeat(3000),
      "node_modules/pino/node_modules/deep/a.js": "x",
      "docs/dependencies.md": "| zod | parses at doors | own code |\n",
    },
    expected: ["dependencies package.json:5"], says: [/pino \(3 kB in 1 files installed/],
  },
  "dependencies: development ones where that is asked for; YAML ledgers; a row without a reason is none": {
    rule: "{ kind: dependencies, ledger: deps.yaml, dev: true }",
    files: {
      "package.json": pkg,
      "deps.yaml": "zod: parses at doors\npino:\n  reason: logs\n  alternative: own code\nvitest: { reason: }\n".replace("vitest: { reason: }", "vitest:"),
    },
    expected: ["dependencies package.json:8"], says: [/vitest \(not installed/],
  },
  "dependencies: without a ledger the rule says so": {
    rule: "{ kind: dependencies, ledger: deps.md }",
    files: { "package.json": pkg }, expected: ["dependencies inspan.yaml:1"], says: [/the ledger deps\.md is missing/],
  },
});
