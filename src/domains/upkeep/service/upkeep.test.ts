// What is a principle, a deviation, a lesson, an open debt; and when a head is what it was started for.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Deviation, Goal } from "../types/index.ts";
import { readDebtRows } from "./debt-rows.ts";
import { findDeviations, orderDeviations } from "./deviations.ts";
import { admitStatements, coveredBy, documentDeviations, holdsQuote, parseReading, readingDeviation } from "./documents.ts";
import { judgeGoalFacts } from "./goal.ts";
import { lessonAgainst, parseLessons, withLessons } from "./lessons.ts";
import { lintPrinciples, matchesLine, parseDetector, parsePrinciples } from "./principles.ts";
import { titleOfRepair } from "./prompts.ts";
import { parseSeen, quoteOf, seenDeviations } from "./reviewing.ts";
import { isThumbDown } from "./thumbs.ts";

const page = (...lines: readonly string[]) => parsePrinciples(["# Principles", "", ...lines].join("\n"), "p.md");

test("parsePrinciples() reads heading, reason, detector and repair, also over two lines", () => {
  assert.deepEqual(page("## typed: No any", "", "- reason: any switches", "  the compiler off", "- **Detector**: rule loose-types, `my-rule`", "- repair: Write the type."), {
    problems: [],
    principles: [
      {
        id: "typed",
        title: "No any",
        reason: "any switches the compiler off",
        detector: { kind: "rule", rules: ["loose-types", "my-rule"] },
        repair: "Write the type.",
        file: "p.md",
        line: 3,
      },
    ],
  });
});

test("parsePrinciples() tells what lacks, what is there twice, and a detector of no known form; what stands in a fence is an example", () => {
  const one = ["- reason: r", "- detector: rule a", "- repair: f"];
  const read = page("## a: A", ...one, "## a: B", ...one, "## c: C", "- reason: r", "- detector: guess it", "```", "## d: D", "```");
  assert.deepEqual([read.principles.map(({ id }) => id), read.problems.map(({ line, found }) => [line, found])], [["a"], [
    [7, 'the principle "a" is there twice'], [11, 'the principle "c" has no repair'], [13, 'the detector of "c" is "guess it"'],
  ]]);
});

test("parsePrinciples() tells a heading that names no principle though one stands below it, and gives its lines to no other; other chapters are none", () => {
  const one = ["- reason: r", "- detector: rule a", "- repair: f"];
  const read = page("## a: A", "### More", ...one, "## Ünique: B", "- reason: other", "## How", "", "- text");
  assert.deepEqual(
    [read.principles.map(({ id, reason }) => [id, reason]), read.problems.map(({ line, found }) => [line, found])],
    [[["a", "r"]], [[8, 'the heading "Ünique: B" names no principle']]],
  );
});

test("the page that init writes has no problem, and neither has our own", () => {
  for (const path of ["../../../../templates/init/docs/golden-principles.md", "../../../../docs/golden-principles.md"]) {
    const { principles, problems } = parsePrinciples(readFileSync(new URL(path, import.meta.url), "utf8"), "docs/golden-principles.md");
    assert.deepEqual(problems, []);
    assert.ok(principles.length >= 6);
  }
});

test("parseDetector() takes a pattern with globs, and refuses one that is only stars", () => {
  assert.deepEqual(parseDetector("pattern `console.log(*)` in `src/**`, `lib/**`"), { kind: "pattern", pattern: "console.log(*)", in: ["src/**", "lib/**"] });
  assert.deepEqual(
    [parseDetector("pattern `**`"), parseDetector("pattern x"), parseDetector("rule"), parseDetector("reviewer two words"), parseDetector("debt")],
    [undefined, undefined, undefined, undefined, { kind: "debt" }],
  );
});

test("matchesLine() finds the parts in their order, in linear time", () => {
  assert.deepEqual([matchesLine("a(*)*c", "x a(1) b c"), matchesLine("a(*)*c", "c a(1)"), matchesLine("a*a*a*a*a*b", "a".repeat(200_000))], [true, false, false]);
});

test("lintPrinciples() tells a rule, a reviewer and a tracker that do not exist", () => {
  const { principles } = page(
    "## a: A",
    "- reason: r",
    "- detector: rule known, lost",
    "- repair: f",
    "## b: B",
    "- reason: r",
    "- detector: reviewer nobody",
    "- repair: f",
    "## c: C",
    "- reason: r",
    "- detector: debt",
    "- repair: f",
  );
  const found = (hasTracker: boolean) =>
    lintPrinciples(principles, { rules: new Set(["known"]), reviewers: new Set(["safety"]), hasTracker }).map(
      ({ principle, found: text }) => `${principle}: ${text}`,
    );
  assert.deepEqual(found(false), ['a: no rule is called "lost"', 'b: no reviewer is called "nobody"', "c: there is no tracker of debt"]);
  assert.deepEqual(found(true).length, 2);
});

const finding = (rule: string, file: string, line = 1, id = `${rule}${file}`) => ({ id, rule, file, line, endLine: line, found: "f", fix: "x" });
const { principles: two } = page(
  "## copies: C",
  "- reason: r",
  "- detector: rule duplicates",
  "- repair: f",
  "## loud: L",
  "- reason: r",
  "- detector: pattern `log(*)`",
  "- repair: f",
);
const deviations = (given: Partial<Parameters<typeof findDeviations>[0]>): readonly Deviation[] =>
  findDeviations({
    principles: two,
    findings: [],
    lines: [],
    debts: [],
    kindOf: () => undefined,
    placeOf: (file) => ({ domain: file.split("/")[0] ?? "", layer: "" }),
    ...given,
  });

test("findDeviations() knows a rule by its name and its kind, takes one thing that two rules see once, and places of one identity together", () => {
  const found = deviations({
    findings: [
      finding("my-copies", "a/x.ts", 4),
      finding("upkeep-duplicates", "a/x.ts", 4),
      finding("other", "a/y.ts"),
      finding("my-copies", "b/z.ts", 1, "same"),
      finding("my-copies", "b/z.ts", 9, "same"),
    ],
    kindOf: (rule) => (rule === "my-copies" ? "duplicates" : undefined),
  });
  assert.deepEqual(
    found.map(({ kind, file, places }) => [kind, file, places.map(({ line }) => line)]),
    [
      ["copies/duplicates", "a/x.ts", [4]],
      ["copies/duplicates", "b/z.ts", [1, 9]],
    ],
  );
});

test("a deviation by pattern keeps its id when its line moves", () => {
  const id = (line: number) => deviations({ lines: [{ principle: "loud", file: "a.ts", line, text: "  log(1)" }] })[0]?.id;
  assert.ok(id(1) !== undefined && id(1) === id(20));
});

test("orderDeviations() puts the costliest cell first and keeps the order within it", () => {
  const found = deviations({ findings: [finding("duplicates", "a/1.ts"), finding("duplicates", "b/1.ts"), finding("duplicates", "a/2.ts")] });
  assert.deepEqual(orderDeviations(found, ({ domain }) => (domain === "b" ? 0 : 1)).map(({ file }) => file), ["b/1.ts", "a/1.ts", "a/2.ts"]);
});

const goal: Goal = { version: 1, kind: "deviation", deviation: "d", principle: "p", file: "a/x.ts", linesMax: 10, filesMax: 2, gone: [] };
const judge = (changed: readonly (readonly [string, number])[], given: Partial<Parameters<typeof judgeGoalFacts>[0]> = {}) =>
  judgeGoalFacts({
    goal,
    changed: changed.map(([path, linesChanged]) => ({ path, linesChanged })),
    left: undefined,
    domainOf: (file) => (file.includes("/") ? (file.split("/")[0] ?? "") : ""),
    ...given,
  });

test("judgeGoalFacts() accepts a small change of one domain, and tells one that is large, wide, of two domains, or leaves the deviation", () => {
  assert.deepEqual(judge([["a/x.ts", 8], ["README.md", 2]]), []);
  assert.deepEqual(judge([["a/x.ts", 8], ["a/y.ts", 2], ["package-lock.json", 900]]), []);
  assert.match(judge([["a/x.ts", 11]])[0] ?? "", /^The change has 11 changed lines, expected at most 10/);
  assert.match(judge([["a/x.ts", 1], ["a/y.ts", 1], ["a/z.ts", 1]])[0] ?? "", /^The change touches 3 files, expected at most 2/);
  assert.match(judge([["a/x.ts", 1], ["b/y.ts", 1]])[0] ?? "", /^The change touches the domains a, b, expected one/);
  assert.match(judge([["a/x.ts", 1]], { left: deviations({ findings: [finding("duplicates", "a/x.ts")] })[0] })[0] ?? "", /^The deviation is still there: a\/x\.ts:1/);
  assert.match(judge([["docs/a.md", 1], ["a/x.ts", 1]], { goal: { ...goal, kind: "document" }, domainOf: () => "" })[0] ?? "", /code is left as it is: undo a\/x\.ts/);
});

test("withLessons() makes the page, adds a row once, and parseLessons() reads it back", () => {
  const lesson = { kind: "copies/duplicates", where: "**", since: "2026-11-21", because: "they | differ\non purpose", from: "abc" };
  const text = withLessons(undefined, [lesson]);
  assert.deepEqual([parseLessons(text), withLessons(text, [lesson]) === text], [[{ ...lesson, because: "they | differ on purpose" }], true]);
  assert.equal(parseLessons(withLessons(text, [{ ...lesson, where: "src/**" }])).length, 2);
});

test("lessonAgainst() stands for the kind, the principle or the deviation, and only where it says", () => {
  const one = { id: "7", kind: "copies/duplicates", principle: "copies", file: "a/x.ts" };
  const against = (kind: string, where = "**") => lessonAgainst(one, [{ kind, where, since: "", because: "b", from: "" }], (globs, file) => file.startsWith(globs)) !== undefined;
  assert.deepEqual(
    [against("copies/duplicates"), against("copies"), against("7"), against("copies/other"), against("copies", "a/"), against("copies", "b/")],
    [true, true, true, false, true, false],
  );
});

test("readDebtRows() reads the tracker as a queue", () => {
  const rows = readDebtRows(
    "# Debt\n\n| id | area | debt | cost | status |\n|---|---|---|---|---|\n| D1 | a | slow | small | open (issue 2) |\n| D2 | b | old | small | paid: `x` |\n| D3 | c | huge | large | open |\n\n| id | where | what |\n|---|---|---|\n| T1 | a | b \\| c |\n",
  );
  assert.deepEqual(
    rows.map(({ id, line, isOpen, isLarge }) => [id, line, isOpen, isLarge]),
    [
      ["D1", 5, true, false],
      ["D2", 6, false, false],
      ["D3", 7, true, true],
      ["T1", 11, true, false],
    ],
  );
});

test("a thumb down stands at the beginning of a comment", () => {
  assert.deepEqual(["👎", " :-1: no", "/reject we want these", "I would not say 👎", "-1 line"].map(isThumbDown), [true, true, true, false, false]);
});

test("a title has no end of a sentence and fits", () => {
  const title = titleOfRepair({ principle: "one-copy", file: `src/${"long/".repeat(20)}x.ts`, places: [] });
  assert.ok(title.length <= 72 && !/[.!?:]\s/.test(title), title);
});

test("documentDeviations() is one a page, without what commands write", () => {
  const found = documentDeviations(
    [
      finding("docs-links", "docs/b.md", 3),
      finding("docs-age", "docs/b.md", 1),
      finding("docs-generated", "docs/c.md"),
      finding("layers", "a/x.ts"),
      finding("docs-stale", "docs/a.md"),
    ],
    () => ({ domain: "", layer: "" }),
  );
  assert.deepEqual(found.map(({ kind, file, places }) => [kind, file, places.length]), [["documents/rules", "docs/a.md", 1], ["documents/rules", "docs/b.md", 2]]);
});

test("a reader's answer counts where its words stand in the page and its evidence is a file", () => {
  const page = "# Cart\n\nThe limit is 10 items\nper cart.\n";
  const said =
    parseReading(
      'Here: {"untrue": [{"quote": "The limit is 10 items per cart.", "truth": "the limit is 20", "evidence": "src/cart.ts:3"}, {"quote": "never said", "truth": "so it is", "evidence": "src/cart.ts:1"}, {"quote": "per cart.", "truth": "it is per user", "evidence": "src/lost.ts:1"}]}',
    ) ?? [];
  const admitted = admitStatements(said, page, (file) => file === "src/cart.ts");
  assert.deepEqual(admitted.map(({ truth }) => truth), ["the limit is 20"]);
  const deviation = readingDeviation("docs/cart.md", page, admitted, { domain: "", layer: "" });
  assert.deepEqual([deviation?.kind, deviation?.line, deviation?.found], ["documents/untrue", 1, 'It says "The limit is 10 items per cart.", but the limit is 20 (src/cart.ts:3)']);
  assert.deepEqual(
    [
      holdsQuote(page, "limit is 10 items per"),
      holdsQuote(page, "limit is 20"),
      parseReading("all is well"),
      parseReading('{"untrue": []}'),
      readingDeviation("f", page, [], { domain: "", layer: "" }),
    ],
    [true, false, undefined, [], undefined],
  );
});

test("coveredBy() takes the front matter's globs, else the sources that the page names", () => {
  const isFile = (path: string) => ["src/a.ts", "docs/x.md", "package.json"].includes(path);
  assert.deepEqual(coveredBy("`src/a.ts` and `src/lost.ts`, `docs/x.md`, `package.json`", [], isFile), { globs: [], files: ["src/a.ts"] });
  assert.deepEqual(coveredBy("`src/a.ts`", ["src/**"], isFile), { globs: ["src/**"], files: [] });
});

test("what a reader sees counts where its quote is a line of a file that is there", () => {
  const [principle] = two;
  const seen =
    parseSeen(
      '{"deviations": [{"file": "a.ts", "quote": "  while (true) {", "why": "no bound"}, {"file": "a.ts", "quote": "while", "why": "part of a line"}, {"file": "../b.ts", "quote": "while (true) {", "why": "outside"}]}',
    ) ?? [];
  assert.ok(principle);
  const found = seenDeviations(principle, seen, { linesOf: (file) => (file === "a.ts" ? ["x", "while (true) {"] : undefined), placeOf: () => ({ domain: "", layer: "" }) });
  assert.deepEqual(found.map(({ kind, line, found: text }) => [kind, line, text]), [["copies/reviewer", 2, "no bound The line is: while (true) {"]]);
  assert.deepEqual([quoteOf({ found: found[0]?.found ?? "" }), parseSeen("none"), parseSeen('{"deviations": []}')], ["while (true) {", undefined, []]);
});
