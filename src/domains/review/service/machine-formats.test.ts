import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReviewFinding } from "../types.ts";
import { renderReviewComments, renderReviewGithub, renderReviewSarif, type ReviewReport } from "./machine-formats.ts";

const finding = (more: Partial<ReviewFinding>): ReviewFinding => ({
  id: "0a1b2c3d4e",
  reviewer: "code",
  priority: "P1",
  file: "src/a.ts",
  line: 4,
  title: "Wrong",
  detail: "",
  evidence: "seen",
  suggestion: "",
  state: "open",
  firstRound: 1,
  commit: "c0ffee",
  ...more,
});
const report = (findings: readonly ReviewFinding[], more: Partial<ReviewReport> = {}): ReviewReport => ({
  findings,
  blockFrom: "P2",
  headCommit: "c0ffee",
  summary: "What came of it.",
  failed: [],
  isJudged: true,
  shownLines: new Map([
    ["src/a.ts", [[2, 8]]],
    ["b.md", [[1, 1]]],
  ]),
  ...more,
});

test("renderReviewComments() puts a comment where the diff shows its line, everything else into the body", () => {
  const told = JSON.parse(
    renderReviewComments(
      report([
        finding({}),
        finding({ line: 9 }),
        finding({ line: undefined }),
        finding({ file: "no/such.ts" }),
        finding({ file: "", line: undefined, title: "All of it" }),
      ]),
    ),
  ) as { body: string; comments: object[] }; // our own form
  assert.deepEqual(told.comments, [{ path: "src/a.ts", line: 4, side: "RIGHT", body: "**code** P1 Wrong\n\nEvidence: seen" }]);
  for (const part of [
    "What came of it.",
    "1 finding at its line.",
    "**code** src/a.ts:9 P1 Wrong",
    "**code** src/a.ts P1 Wrong",
    "**code** no/such.ts:4 P1 Wrong",
    "**code** P1 All of it",
  ])
    assert.ok(told.body.includes(part), `${part} in ${told.body}`);
  const empty = JSON.parse(renderReviewComments(report([]))) as { body: string }; // our own form
  assert.equal(empty.body, "What came of it.", "a forge refuses an empty body");
  const many = JSON.parse(renderReviewComments(report(Array.from({ length: 100 }, () => finding({ line: 99, detail: "x".repeat(4000) }))))) as { body: string }; // our own form
  assert.ok(many.body.length < 65_536, String(many.body.length));
});

test("a reviewer that was left out is told in each format, and where nobody judged the run has failed", () => {
  const failed = [{ reviewer: "docs", reason: "no JSON" }];
  const runOf = (isJudged: boolean) =>
    (
      JSON.parse(renderReviewSarif(report([], { failed, isJudged }))) as {
        runs: { invocations: { executionSuccessful: boolean; toolExecutionNotifications: { level: string }[] }[] }[];
      }
    ).runs[0]?.invocations[0]; // our own form
  assert.deepEqual([runOf(true)?.executionSuccessful, runOf(true)?.toolExecutionNotifications.map(({ level }) => level)], [true, ["warning"]]);
  assert.deepEqual([runOf(false)?.executionSuccessful, runOf(false)?.toolExecutionNotifications.map(({ level }) => level)], [false, ["error"]]);
  assert.match(renderReviewGithub(report([], { failed })), /^::warning title=docs%2C left out::no JSON\nWhat came of it\.$/);
  assert.match(renderReviewGithub(report([], { failed, isJudged: false })), /^::error title=docs/);
  assert.match(renderReviewComments(report([], { failed })), /\*\*docs\*\* was left out: no JSON/);
});

test("renderReviewSarif() gives each result a place, and is not stopped by a name that is no Unicode", () => {
  const { runs } = JSON.parse(renderReviewSarif(report([finding({ file: "", line: undefined }), finding({ file: "a b/\ud800.ts" })]))) as {
    runs: { results: { locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[] }[] }[];
  }; // our own form
  assert.deepEqual(
    runs[0]?.results.map(({ locations }) => [locations[0]?.physicalLocation.artifactLocation.uri, locations[0]?.physicalLocation.region.startLine]),
    [
      ["src/a.ts", 1],
      ["a%20b/%EF%BF%BD.ts", 4],
    ],
  );
});

test("a finding outside of the repository has no place in a report, and no word becomes a command of the workflow", () => {
  for (const file of ["/etc/passwd", "../../x.ts"]) {
    const { runs } = JSON.parse(renderReviewSarif(report([finding({ file })]))) as {
      runs: { results: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }[] }[];
    }; // our own form
    assert.equal(runs[0]?.results[0]?.locations[0]?.physicalLocation.artifactLocation.uri, "src/a.ts");
    assert.match(renderReviewGithub(report([finding({ file })])), /^::error title=/);
  }
  assert.equal(renderReviewGithub(report([], { summary: "No verdict (code: x\n::stop-commands::t\n ##[group]y)" })), "No verdict (code: x\n· ::stop-commands::t\n·  ##[group]y)");
});
