import assert from "node:assert/strict";
import { test } from "node:test";
import { attest, parseClaims, type AttestationFacts, type HarnessRecord, type RequiredEvidence } from "./attestation.ts";
import { mergeRound } from "./findings.ts";

const run = (name: string, order: number, isPassed = true): HarnessRecord => ({ kind: "command", name, isPassed, order });
const said = (text: string, order = 10) => [{ text, order }];

function judge(facts: Partial<AttestationFacts>, more: { readonly required?: readonly RequiredEvidence[]; readonly changedPaths?: readonly string[] } = {}): readonly string[] {
  return attest({ words: [], records: [], edits: [], required: [], changedPaths: [], round: 1, headCommit: "c", findings: [], ...facts, ...more }).findings.map(
    ({ priority, title }) => `${priority} ${title}`,
  );
}

test("parseClaims() takes what is said to have happened, and nothing that is denied, hoped or asked", () => {
  const kinds = (text: string) => parseClaims(said(text)).map(({ kind, name, isWhole }) => `${kind}${name === "" ? "" : ` ${name}`}${isWhole ? " whole" : ""}`);
  for (const [text, expected] of [
    ["The rule compares intervals now, and its tests pass.", ["test"]],
    ["All tests pass.", ["test whole"]],
    ["I ran the unit tests.", ["test"]],
    ["`npm test` passes.", ["test npm test"]],
    ["I played the journey \"checkout\" and it works.", ["journey checkout"]], ["Start-up stays within the budget.", ["budget"]], ["The full suite is green.", ["test whole"]],
    ["I could not run the tests.", []],
    ["The tests should pass now.", []],
    ["Do the tests pass?", []],
    ["The tests fail before the change.", []],
    ["If the tests pass, merge it.", []],
    ["Mended.", []],
    ["42 tests passed, 0 failed.", ["test"]],
    ["npm test: 12 passed, no failures", ["test"]],
    ["`npm test` passes without errors.", ["test npm test"]],
    ["pytest passes.", ["test"]],
    ["The tests don't pass yet.", []], ["The tests don’t pass.", []], ["3 passed, 1 failed", []], ["0 tests failed", []], ["The 2 passed arguments are numbers.", []],
    ["I added a test for both sides.", []], ["This passes the booking to the service.", []],
  ] as const) assert.deepEqual(kinds(text), expected, text);
  assert.ok(parseClaims(said("All tests pass. ".repeat(100_000))).length <= 50);
});

test("attest() makes a P1 of a claim without a record, and of one whose record is older than the last edit", () => {
  const claimed = said("All tests pass.");
  const bare = ["P1 Claimed without a record: test"];
  assert.deepEqual(judge({ words: claimed }), bare);
  assert.deepEqual(judge({ words: claimed, records: [run("npm test", 5)], edits: [3] }), []);
  assert.deepEqual(judge({ words: claimed, records: [run("npm test", 5)], edits: [7] }), bare, "files changed after the run");
  assert.deepEqual(judge({ words: claimed, records: [run("npm test", 5)], edits: [12] }), [], "what changed after the words does not make them false");
  assert.deepEqual(judge({ words: claimed, records: [run("npm test", 5, false)], edits: [3] }), bare);
  assert.deepEqual(judge({ words: claimed, records: [run("ls src", 5)], edits: [3] }), bare);
  assert.deepEqual(judge({ words: claimed, records: [{ kind: "test", name: "node a.test.mjs", isPassed: true, order: 11 }], edits: [3] }), bare, "one test does not speak for all");
  assert.deepEqual(judge({ words: said("Its test passes."), records: [{ kind: "test", name: "node a.test.mjs", isPassed: true, order: 11 }], edits: [3] }), []);
  assert.deepEqual(judge({ words: said("`npm run e2e` passes."), records: [run("npm test", 5)] }), ["P1 Claimed without a record: test npm run e2e"]);
  assert.deepEqual(judge({ words: said('The journey "checkout" was played.'), records: [{ kind: "journey", name: "refund", isPassed: true, order: 5 }] }), [
    "P1 Claimed without a record: journey checkout",
  ]);
});

test("attest() asks for the evidence that a path needs", () => {
  const required = [{ paths: ["src/ui/**"], needs: ["journey" as const] }];
  assert.deepEqual(judge({}, { required, changedPaths: ["src/ui/a.tsx"] }), ["P1 Evidence is missing: journey"]);
  assert.deepEqual(judge({}, { required, changedPaths: ["src/a.ts"] }), []);
  assert.deepEqual(judge({ records: [{ kind: "journey", name: "x", isPassed: true, order: 5 }], edits: [4] }, { required, changedPaths: ["src/ui/a.tsx"] }), []);
  assert.deepEqual(judge({ records: [{ kind: "journey", name: "x", isPassed: true, order: 5 }], edits: [6] }, { required, changedPaths: ["src/ui/a.tsx"] }), [
    "P1 Evidence is missing: journey",
  ]);
  const filmed = [{ paths: ["src/ui/**"], needs: ["video" as const] }];
  assert.deepEqual(
    judge({ records: [{ kind: "journey", name: "x", isPassed: true, order: 5 }], edits: [4] }, { required: filmed, changedPaths: ["src/ui/a.tsx"] }),
    ["P1 Evidence is missing: video"],
    "walked is not filmed",
  );
  assert.deepEqual(judge({ records: [{ kind: "video", name: "x", isPassed: true, order: 5 }], edits: [4] }, { required: filmed, changedPaths: ["src/ui/a.tsx"] }), []);
});

test("a claim is settled by a later record, or by taking it back", () => {
  const facts = { words: said("All tests pass."), edits: [3], required: [], changedPaths: [], headCommit: "c" };
  const first = { round: 1, baseCommit: "b", headCommit: "c", leftOut: "", verdicts: [attest({ ...facts, records: [], round: 1, findings: [] })] };
  const findings = mergeRound([], first);
  const settle = (state: "fixed" | "pushed-back", records: readonly HarnessRecord[]) => {
    const answered = findings.map((finding) => ({ ...finding, state }));
    const verdict = attest({ ...facts, records, round: 2, findings: answered });
    return mergeRound(answered, { ...first, round: 2, verdicts: [verdict] }).map((finding) => finding.state);
  };
  assert.deepEqual(settle("fixed", [run("npm test", 20)]), ["resolved"]);
  assert.deepEqual(settle("fixed", []), ["open"]);
  assert.deepEqual(settle("pushed-back", []), ["accepted-pushback"]);
});
