import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReviewAnswer } from "./answer.ts";

const finding = { priority: "P1", file: "a.ts", line: 3, title: "Wrong {brace}", detail: "It \"says\" }", evidence: "", suggestion: "" };
const json = JSON.stringify({ verdict: "request-changes", findings: [finding] });

test("parseReviewAnswer() finds the object in prose, in fences, and after an example", () => {
  for (const text of [json, `\n${json}\n`, `Here it is:\n\`\`\`json\n${json}\n\`\`\`\nDone {not json}.`, `The form is {"findings":[]}. Mine: ${json}`, `{ "thoughts": "x" } ${JSON.stringify(JSON.parse(json), null, 2)}`]) {
    const answer = parseReviewAnswer(text);
    assert.deepEqual(answer, { kind: "answer", verdict: "request-changes", findings: [finding], rulings: [] }, text);
  }
  assert.deepEqual(parseReviewAnswer('{"findings":[]}'), { kind: "answer", verdict: "approve", findings: [], rulings: [] });
  assert.deepEqual(parseReviewAnswer('{"verdict":"approve","findings":[{"priority":"P3","title":"t","line":null}]}'), {
    kind: "answer",
    verdict: "request-changes",
    findings: [{ priority: "P3", file: "", line: undefined, title: "t", detail: "", evidence: "", suggestion: "" }],
    rulings: [],
  });
});

test("parseReviewAnswer() reads a place in each of the ways in which models write one", () => {
  for (const [reported, file, line] of [
    [{ file: "./src/a.ts", line: "12" }, "src/a.ts", 12],
    [{ file: "src/a.ts:12" }, "src/a.ts", 12],
    [{ file: "src/a.ts:12-14" }, "src/a.ts", 12],
    [{ file: "src/a.ts", line: "12-14" }, "src/a.ts", 12],
    [{ file: "src/a.ts", line: "L7" }, "src/a.ts", 7],
    [{ file: "src/a.ts:12", line: 3 }, "src/a.ts", 3],
    [{ file: null, line: 0 }, "", undefined],
    [{ file: "a:b.ts" }, "a:b.ts", undefined],
    [{ file: "\ud800.ts" }, "\ufffd.ts", undefined],
  ] as const) {
    const answer = parseReviewAnswer(JSON.stringify({ findings: [{ priority: "p1", title: "t", detail: null, ...reported }] }));
    assert.deepEqual(answer.kind === "answer" && answer.findings.map((one) => [one.priority, one.file, one.line, one.detail]), [["P1", file, line, ""]], JSON.stringify(reported));
  }
  for (const [line, expected] of [[-3, undefined], [1.5, 1], ["?", undefined]] as const) {
    const answer = parseReviewAnswer(JSON.stringify({ findings: [{ priority: "P1", title: "t", line }] }));
    assert.deepEqual(answer.kind === "answer" && answer.findings.map((one) => one.line), [expected], String(line));
  }
  assert.equal(parseReviewAnswer(JSON.stringify({ findings: [{ priority: "P1", title: "t", line: {} }] })).kind, "failure");
});

test("parseReviewAnswer() loses no finding for the spelling of a word beside it", () => {
  for (const [verdict, priority] of [["REQUEST_CHANGES", "P1"], ["changes requested", "p1"], ["Approved", "P1 (major)"], [null, "P1: high"]] as const) {
    const answer = parseReviewAnswer(JSON.stringify({ verdict, findings: [{ priority, title: "t" }], rulings: null }));
    assert.deepEqual(answer.kind === "answer" && [answer.verdict, answer.findings.map((one) => one.priority)], ["request-changes", ["P1"]], String(verdict));
  }
  assert.equal(parseReviewAnswer('{"verdict":"APPROVE","findings":[]}').kind, "answer");
  for (const text of ['{"verdict":"maybe","findings":[]}', '{"findings":[{"priority":"P12","title":"t"}]}']) assert.equal(parseReviewAnswer(text).kind, "failure", text);
});

test("parseReviewAnswer() takes no half answer for an approval", () => {
  for (const [text, expected] of [
    [`${json} In the form {"findings":[]}`, /several JSON objects/],
    ["", /empty/],
    ["Looks good to me!", /no JSON object/],
    ['{"verdict":"approve"}', /no JSON object with "findings"/],
    ['{"findings":[', /no JSON object/],
    ['{"findings":[{"priority":"high","title":"t"}]}', /priority/],
    ['{"findings":{}}', /findings/],
    ['{"verdict":"request-changes","findings":[]}', /neither a finding nor a ruling/],
    [`{"findings":[${Array.from({ length: 51 }, () => '{"priority":"P1","title":"t"}').join(",")}]}`, /findings/],
  ] as const) {
    const answer = parseReviewAnswer(text);
    assert.equal(answer.kind, "failure", text);
    assert.match(answer.kind === "failure" ? answer.reason : "", expected);
  }
});

test("parseReviewAnswer() ends on hostile text", () => {
  const answer = parseReviewAnswer("{".repeat(300_000));
  assert.equal(answer.kind, "failure");
});
