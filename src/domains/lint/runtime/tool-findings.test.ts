// Findings of ruff and oxlint inside a check: worded as ours, with identity, baseline, exceptions and settings; their texts were printed by ruff 0.16 and oxlint 1.94.
import assert from "node:assert/strict";
import { rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { renderGithub, renderSarif } from "../service/machine-formats.ts";
import { parseToolReport } from "../service/tools/parse.ts";
import { renderReport } from "../service/text.ts";
import { followFix } from "../../../../test/support/follow-fix.ts";
import { buildTree, configurationOf, type House, shortly } from "../../../../test/support/lint-house.ts";
import { readToolReports, runCheck, updateBaseline } from "./index.ts";

const python = "import os\nimport sys\nx = 1\nif sys.path == None:\n    print(unknown)\n";
const edit = (content: string, from: readonly [number, number], to: readonly [number, number]) => ({
  content,
  location: { row: from[0], column: from[1] },
  end_location: { row: to[0], column: to[1] },
});
const ruff = (root: string) => [
  {
    cell: null,
    code: "F401",
    filename: `${root}/a.py`,
    location: { row: 1, column: 8 },
    end_location: { row: 1, column: 10 },
    fix: { applicability: "safe", message: "Remove unused import: `os`", edits: [edit("", [1, 1], [2, 1])] },
    message: "`os` imported but unused",
    name: "unused-import",
    noqa_row: 1,
    severity: "error",
    url: "https://docs.astral.sh/ruff/rules/unused-import",
  },
  {
    cell: null,
    code: "E711",
    filename: `${root}/a.py`,
    location: { row: 4, column: 16 },
    end_location: { row: 4, column: 20 },
    fix: { applicability: "unsafe", message: "Replace with `cond is None`", edits: [edit("sys.path is None", [4, 4], [4, 20])] },
    message: "Comparison to `None` should be `cond is None`",
    name: "none-comparison",
    noqa_row: 4,
    severity: "error",
    url: "https://docs.astral.sh/ruff/rules/none-comparison",
  },
  {
    cell: null,
    code: "F821",
    filename: `${root}/a.py`,
    location: { row: 5, column: 11 },
    end_location: { row: 5, column: 18 },
    fix: null,
    message: "Undefined name `unknown`",
    name: "undefined-name",
    noqa_row: 5,
    severity: "error",
    url: null,
  },
  {
    cell: null,
    code: null,
    filename: `${root}/gone.py`,
    location: { row: 1, column: 12 },
    end_location: { row: 1, column: 13 },
    fix: null,
    message: "Expected a parameter",
    noqa_row: null,
    url: null,
  },
];
const script = "var q = 1;\ndebugger;\n";
const span = (line: number, column: number) => [{ span: { offset: 0, length: 1, line, column } }];
const oxlint = { diagnostics: [
  {
    message: "Unexpected var, use let or const instead.",
    code: "eslint(no-var)",
    severity: "warning",
    url: "https://oxc.rs/docs/guide/usage/linter/rules/eslint/no-var.html",
    help: "Replace var with let or const",
    filename: "b.js",
    labels: span(1, 1),
  },
  {
    message: "`debugger` statement is not allowed",
    code: "eslint(no-debugger)",
    severity: "error",
    url: "https://oxc.rs/docs/guide/usage/linter/rules/eslint/no-debugger.html",
    help: "Remove the debugger statement",
    filename: "b.js",
    labels: span(2, 1),
  },
  { message: "Odd thing", code: "unicorn(odd)", severity: "warning", help: "Make it even.", filename: "b.js", labels: span(2, 1) },
], number_of_files: 1 };

async function buildHouse(t: TestContext): Promise<House> {
  const house = await buildTree(t, { "a.py": python, "b.js": script });
  await house.write({ "out/ruff.json": JSON.stringify(ruff(house.rootPath)), "out/oxlint.json": JSON.stringify(oxlint) });
  return house;
}
const both = ["ruff=out/ruff.json", "oxlint=out/oxlint.json"];
const open = (house: House, named: readonly string[] = both) => readToolReports({ providers: house.providers, named, cwd: house.rootPath, readStdin: async () => undefined });
const check = async (house: House, named: readonly string[] = both, yaml = "version: 1") =>
  runCheck({ providers: house.providers, rootPath: house.rootPath, configuration: configurationOf(yaml), reports: await open(house, named) });

test("findings of both are there at their places, in our words; those about other files are counted", async (t) => {
  const house = await buildHouse(t);
  const report = await check(house);
  assert.deepEqual(shortly(report), [
    "ruff-f401 a.py:1",
    "ruff-e711 a.py:4",
    "ruff-f821 a.py:5",
    "oxlint-eslint-no-var b.js:1",
    "oxlint-eslint-no-debugger b.js:2",
    "oxlint-unicorn-odd b.js:2",
  ]);
  assert.deepEqual(report.imported, [{ tool: "ruff", file: "out/ruff.json", findings: 3, skipped: 1 }, { tool: "oxlint", file: "out/oxlint.json", findings: 3, skipped: 0 }]);
  assert.deepEqual(report.findings.map((one) => one.severity), ["error", "error", "error", "warning", "error", "warning"]);
  const said = report.findings.map(({ found, expected, fix, reference }) => [found, expected, fix, reference].join(" | "));
  assert.equal(
    said[0],
    "`os` imported but unused (ruff F401) | every import is used | In a.py, line 1, delete the line `import os`. | https://docs.astral.sh/ruff/rules/unused-import",
  );
  assert.equal(
    said[2],
    "Undefined name `unknown` (ruff F821) | every name is defined or imported | At a.py:5: Import or define `unknown` before it is used, or correct its spelling. | inspan explain ruff-f821",
  );
  assert.equal(
    said[5],
    "Odd thing (oxlint unicorn(odd)) | code that oxlint unicorn(odd) accepts | At b.js:2: Make it even. Repair the code; do not switch the rule off with a comment. | inspan explain oxlint-unicorn-odd",
  );
  assert.match(
    renderReport(report),
    /^ERROR ruff-f401\nFile: a\.py\nLine: 1, column 8\nFound: [^]*ruff: 3 findings taken in from out\/ruff\.json, 1 about files that are not of this repository$/m,
  );
  assert.match(renderSarif(report), /"ruleId": "ruff-f401"/);
  assert.match(renderGithub(report), /^::error file=a\.py,line=1,/m);
});

test("the exact repair of ruff is followed from the text, for a line and for a part of one", async (t) => {
  const house = await buildTree(t, { "a.py": "import os, sys\nimport re\nprint(sys)\n" });
  const complaint = (edits: readonly object[], line: number, message: string) => ({
    code: "F401",
    filename: "a.py",
    location: { row: line, column: 8 },
    end_location: { row: line, column: 10 },
    fix: { applicability: "safe", message: "x", edits },
    message,
    url: null,
  });
  await house.write({
    "ruff.json": JSON.stringify([
      complaint([edit("", [1, 8], [1, 12])], 1, "`os`"),
      complaint([edit("", [2, 1], [3, 1])], 2, "`re`"),
      complaint([edit("a\nb", [2, 1], [3, 1])], 2, "`rx`"),
    ]),
  });
  const { findings } = await check(house, ["ruff=ruff.json"]);
  assert.equal(findings[2]?.fix, "Run `ruff check --fix --select F401 a.py`: its repair is safe.");
  for (const one of findings.slice(0, 2)) await followFix(house, one.fix);
  assert.equal(await house.providers.files.readText(join(house.rootPath, "a.py")), "import sys\nprint(sys)\n");
});

test("identity does not move with lines; settings, exceptions, paths and the baseline hold for them", async (t) => {
  const house = await buildHouse(t);
  const ids = (await check(house)).findings.map((one) => one.id);
  await house.write({ "out/moved.json": JSON.stringify(ruff(house.rootPath).map((one) => ({ ...one, location: { row: one.location.row + 3, column: 1 } }))) });
  assert.deepEqual((await check(house, ["ruff=out/moved.json"])).findings.map((one) => one.id), ids.slice(0, 3));
  const yaml =
    'version: 1\nrules:\n  - { name: ruff-f821, severity: "off" }\n  - { name: oxlint-eslint-no-debugger, severity: warning }\nexceptions:\n  - { rule: ruff-f401, file: a.py, reason: r, until: 2099-01-01 }\n';
  assert.deepEqual(
    (await check(house, both, yaml)).findings.map((one) => `${one.severity} ${one.rule}`),
    ["error ruff-e711", "warning oxlint-eslint-no-var", "warning oxlint-eslint-no-debugger", "warning oxlint-unicorn-odd"],
  );
  const part = await runCheck({ providers: house.providers, rootPath: house.rootPath, configuration: configurationOf("version: 1"), reports: await open(house), paths: ["b.js"] });
  assert.equal(part.findings.length, 3);

  const options = {
    providers: house.providers,
    rootPath: house.rootPath,
    configuration: configurationOf("version: 1"),
    contributed: { checks: [], context: undefined as never },
  }; // no rule of another domain runs
  assert.equal((await updateBaseline({ ...options, reports: await open(house), acceptReason: "old" })).after, 6);
  assert.ok((await check(house)).findings.every((one) => one.baselined));
  assert.deepEqual((await runCheck({ ...options })).findings, [], "no report, so nothing is said to be gone");
  const kept = await updateBaseline({ ...options });
  assert.deepEqual([kept.isWritten, kept.after], [false, 6]);
  await house.write({ "out/ruff.json": "[]" });
  assert.deepEqual((await check(house)).findings.filter((one) => !one.baselined).map((one) => one.rule), ["baseline", "baseline", "baseline"]);
  assert.equal((await updateBaseline({ ...options, reports: await open(house) })).after, 3);
});

test("a report that is older than its files is told, and one that is none is refused", async (t) => {
  const house = await buildHouse(t);
  await utimes(join(house.rootPath, "out/ruff.json"), 1, 1);
  assert.deepEqual(shortly(await check(house, ["ruff=out/ruff.json"])).filter((line) => line.startsWith("ruff-report")), ["ruff-report a.py:1"]);
  await house.write({ "out/bad.json": "{}", "out/text.json": "All checks passed!\n" });
  for (const [named, code] of [
    [["ruff=out/bad.json"], "REPORT_INVALID"],
    [["ruff=out/text.json"], "REPORT_INVALID"],
    [["oxlint=out/ruff.json"], "REPORT_INVALID"],
    [["ruff=out"], "REPORT_MISSING"],
    [["ruff=none.json"], "REPORT_MISSING"],
    [["eslint=a"], "USAGE"],
    [["ruff="], "USAGE"],
    [[...both, "ruff=out/ruff.json"], "USAGE"],
    [["ruff=-"], "REPORT_INVALID"],
  ] as const) {
    await assert.rejects(open(house, named), { code }, named.join());
  }
  await rm(join(house.rootPath, "a.py"));
  assert.equal((await check(house, ["ruff=out/ruff.json"])).imported?.[0]?.skipped, 4);
});

test("parseToolReport() finds the JSON behind warnings on the same stream", () => {
  assert.deepEqual(parseToolReport("ruff", "warning: x [y]\n[]\n"), []);
  assert.equal(parseToolReport("ruff", ""), undefined);
  assert.equal(parseToolReport("ruff", `${"[".repeat(100_000)}`), undefined);
});
