import assert from "node:assert/strict";
import { test } from "node:test";
import { noUsage } from "../../model/index.ts";
import type { FindingState, Priority, ReportedFinding, ReviewFinding, ReviewRound, ReviewVerdict, Ruling } from "../types.ts";
import { decideReview, shareUsedReason } from "./decision.ts";
import { admitFindings, applyReply, findDisputes, findingIdOf, mergeRound, parseChangedLines } from "./findings.ts";

const reported = (title: string, more: Partial<ReportedFinding> = {}): ReportedFinding => ({
  priority: "P1",
  file: "a.ts",
  line: 10,
  title,
  detail: "",
  evidence: "seen",
  suggestion: "",
  ...more,
});

function finding(id: string, state: FindingState = "open", more: Partial<ReviewFinding> = {}): ReviewFinding {
  return { id, reviewer: "security", priority: "P1", file: "a.ts", title: id, detail: "", evidence: "", suggestion: "", state, firstRound: 1, commit: "c1", ...more };
}

function verdict(more: Partial<ReviewVerdict> = {}): ReviewVerdict {
  return { reviewer: "security", verdict: "approve", findings: [], rulings: [], ignoredCount: 0, usage: noUsage, ...more };
}

const round = (verdicts: readonly ReviewVerdict[], number = 2): ReviewRound => ({ round: number, baseCommit: "b", headCommit: "c2", verdicts: [...verdicts], leftOut: "" });

test("findingIdOf() survives moved lines and wording of numbers, not another file, reviewer or fault", () => {
  const id = findingIdOf({ reviewer: "r", file: "a.ts", title: "Null check missing in line 10." });
  assert.match(id, /^[0-9a-f]{10}$/);
  assert.equal(findingIdOf({ reviewer: "r", file: "a.ts", title: "null check  missing in line 212" }), id);
  for (const other of [
    { reviewer: "s", file: "a.ts", title: "Null check missing in line 10." },
    { reviewer: "r", file: "b.ts", title: "Null check missing in line 10." },
    { reviewer: "r", file: "a.ts", title: "Null check is wrong in line 10." },
  ])
    assert.notEqual(findingIdOf(other), id);
});

test("parseChangedLines() reads the new side of each hunk", () => {
  const diff =
    "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1,3 @@ f\n-x\n+a\n+++ b/evil\n+c\n@@ -20,2 +22,0 @@\n-y\n-z\ndiff --git a/gone b/gone\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-q\n";
  assert.deepEqual([...parseChangedLines(diff)], [["a.ts", [[1, 3], [22, 23]]]]);
});

test("admitFindings() takes everything in round 1, and later only changed lines, known findings and P0", () => {
  const all = [
    reported("on the change"),
    reported("elsewhere", { line: 400 }),
    reported("another file", { file: "b.ts" }),
    reported("a hole", { file: "b.ts", priority: "P0" }),
    reported("known", { line: 400 }),
  ];
  const options = { reviewer: "r", reported: all, headCommit: "c2", known: [finding(findingIdOf({ reviewer: "r", file: "a.ts", title: "known" }), "open", { reviewer: "r" })] };
  const first = admitFindings({ ...options, round: 1, changedSince: undefined });
  assert.deepEqual([first.findings.length, first.ignoredCount], [5, 0]);
  const later = admitFindings({ ...options, round: 2, changedSince: new Map([["a.ts", [[8, 12] as const]]]) });
  assert.deepEqual(
    later.findings.map(({ title, firstRound }) => [title, firstRound]),
    [
      ["a hole", 2],
      ["on the change", 2],
      [findingIdOf({ reviewer: "r", file: "a.ts", title: "known" }), 1],
    ],
  );
  assert.equal(later.ignoredCount, 2);
});

test("admitFindings() knows a finding again by its id, or by nearly the same words at nearly the same place", () => {
  const known = [finding("f1", "accepted-pushback", { reviewer: "r", line: 10, title: "The input of parse is trusted without a check" })];
  const idsOf = (more: Partial<ReportedFinding>) =>
    admitFindings({
      reviewer: "r",
      reported: [reported("x", more)],
      round: 2,
      headCommit: "c2",
      known,
      changedSince: new Map([["a.ts", [[1, 500] as const]]]),
    }).findings.map(({ id }) => id === "f1");
  for (const [more, isKnown] of [
    [{ title: "Input of parse trusted without any check" }, true],
    [{ title: "Input of parse trusted without any check", line: 300 }, false],
    [{ title: "Input of parse trusted without any check", file: "b.ts" }, undefined],
    [{ title: "The loop of parse never ends" }, false], [{ title: "Anything", id: "f1" }, true], [{ title: "Anything", id: "f2" }, false],
  ] as const) assert.deepEqual(idsOf(more), isKnown === undefined ? [] : [isKnown], JSON.stringify(more));
  const merged = mergeRound(
    known,
    round([
      verdict({
        reviewer: "r",
        findings: [
          ...admitFindings({
            reviewer: "r",
            reported: [reported("Input of parse trusted without any check")],
            round: 2,
            headCommit: "c2",
            known,
            changedSince: undefined,
          }).findings,
        ],
      }),
    ]),
  );
  assert.deepEqual(merged.map(({ state }) => state), ["accepted-pushback"], "a ruling binds, in other words too");
});

test("admitFindings() lets nothing of P1 or P2 stop a merge without evidence, and looks at P0 all the same", () => {
  const priorities = (["P0", "P1", "P2", "P3"] as const).map((priority) => reported(priority, { priority, evidence: " " }));
  const { findings } = admitFindings({ reviewer: "r", reported: priorities, round: 1, headCommit: "c", known: [], changedSince: undefined });
  assert.deepEqual(findings.map(({ title, priority }) => `${title} ${priority}`), ["P0 P0", "P1 P3", "P2 P3", "P3 P3"].filter((_, index) => index < findings.length));
});

test("findDisputes() pairs findings of two reviewers on the same lines", () => {
  const [a, b, far, own] = [
    finding("a", "open", { line: 10 }),
    finding("b", "insisted", { reviewer: "tests", line: 12 }),
    finding("c", "open", { reviewer: "tests", line: 40 }),
    finding("d", "open", { line: 11 }),
  ];
  assert.deepEqual(findDisputes([a, b, far, own]).map((pair) => pair.map(({ id }) => id)), [["a", "b"], ["b", "d"]]);
  assert.deepEqual(findDisputes([a, { ...b, state: "resolved" }]), []);
});

test("mergeRound() rules on earlier findings", () => {
  const ruling = (kind: Ruling["ruling"]): Ruling => ({ id: "f", ruling: kind, reason: "because" });
  for (const [state, said, isReportedAgain, expected] of [
    ["fixed", undefined, false, "resolved"], ["fixed", "resolved", false, "resolved"], ["fixed", "still-open", false, "open"], ["fixed", undefined, true, "open"],
    ["pushed-back", "accept", false, "accepted-pushback"],
    ["pushed-back", undefined, false, "accepted-pushback"],
    ["pushed-back", "insist", false, "insisted"],
    ["pushed-back", undefined, true, "insisted"],
    ["open", undefined, false, "open"],
    ["open", "resolved", false, "resolved"],
    ["open", "resolved", true, "open"],
    ["insisted", undefined, false, "insisted"],
    ["insisted", "accept", false, "resolved"],
    ["deferred", undefined, true, "deferred"],
    ["accepted-pushback", "insist", true, "accepted-pushback"],
    ["resolved", undefined, true, "open"],
    ["resolved", undefined, false, "resolved"],
  ] as const) {
    const merged = mergeRound(
      [finding("f", state)],
      round([verdict({ rulings: said ? [ruling(said)] : [], findings: isReportedAgain ? [finding("f", "open", { commit: "c2" })] : [] })]),
    );
    assert.deepEqual(merged.map((one) => one.state), [expected], `${state} ${said ?? "silence"} ${isReportedAgain ? "again" : ""}`);
  }
});

test("mergeRound() opens what was deferred once it is told as P0; a reviewer's own ruling binds even then", () => {
  const again = (state: FindingState, priority: Priority) =>
    mergeRound([finding("f", state, { priority: "P2" })], round([verdict({ findings: [finding("f", "open", { priority })] })])).map((one) => [
      one.state,
      one.priority,
    ]);
  assert.deepEqual([again("deferred", "P1"), again("deferred", "P0"), again("accepted-pushback", "P0")], [[["deferred", "P2"]], [["open", "P0"]], [["accepted-pushback", "P2"]]]);
});

test("admitFindings() tells one fault at two places as one with both, and raises no remark where nothing changed", () => {
  const told = (line: number, priority: Priority) => ({ priority, file: "a.ts", line, title: "Missing check", detail: "Of null.", evidence: "e", suggestion: "" });
  const admit = (reported: readonly ReturnType<typeof told>[], more: Partial<Parameters<typeof admitFindings>[0]> = {}) =>
    admitFindings({ reviewer: "r", reported, round: 1, headCommit: "c", known: [], changedSince: undefined, ...more }).findings;
  const [first, ...rest] = admit([told(10, "P3"), told(200, "P3"), told(200, "P3")]);
  assert.deepEqual([first?.line, first?.detail.includes("Also at line 200. Of null."), rest.length], [10, true, 0]);
  const later = (priority: Priority, changed: number) =>
    admit([told(10, priority)], { round: 2, known: first ? [first] : [], changedSince: new Map([["a.ts", [[changed, changed]]]]) }).map((one) => one.priority);
  assert.deepEqual([later("P1", 100), later("P1", 12), later("P0", 100)], [["P3"], ["P1"], ["P0"]]);
});

test("mergeRound() keeps findings of a reviewer that failed, and takes nothing from it", () => {
  const merged = mergeRound([finding("f", "fixed")], round([verdict({ verdict: "failed", findings: [finding("g")], rulings: [{ id: "f", ruling: "resolved", reason: "" }] })]));
  assert.deepEqual(merged, [finding("f", "fixed")]);
});

test("applyReply() takes one push-back, no deferral of P0 and P1, and no answer to what is closed", () => {
  const apply = (one: ReviewFinding, decision: "fix" | "defer" | "push-back") => {
    const applied = applyReply([finding("other"), one], { id: "f", decision, reason: "why" });
    return applied.kind === "applied" ? applied.findings[1]?.state : applied.reason;
  };
  assert.equal(apply(finding("f"), "fix"), "fixed");
  assert.equal(apply(finding("f"), "push-back"), "pushed-back");
  assert.equal(apply(finding("f", "open", { priority: "P2" }), "defer"), "deferred");
  assert.match(apply(finding("f"), "defer") ?? "", /P1 finding cannot be deferred/);
  assert.match(apply(finding("f", "open", { priority: "P2", reviewer: "security-scan" }), "defer") ?? "", /its program has to exit with 0/);
  assert.match(apply(finding("f", "resolved"), "fix") ?? "", /closed/);
  const insisted = mergeRound([finding("f", "pushed-back")], round([verdict({ rulings: [{ id: "f", ruling: "insist", reason: "no" }] })]))[0];
  assert.ok(insisted);
  assert.match(apply(insisted, "push-back") ?? "", /insists/);
  const fixedAndReopened = mergeRound([{ ...insisted, state: "fixed" }], round([verdict({ rulings: [{ id: "f", ruling: "still-open", reason: "no" }] })], 3))[0];
  assert.ok(fixedAndReopened);
  assert.match(apply(fixedAndReopened, "push-back") ?? "", /insists/, "a repair in between does not bring the push-back back");
  assert.deepEqual(applyReply([finding("a")], { id: "zz", decision: "fix", reason: "x" }).kind, "refused");
});

test("decideReview() approves, asks the author, or holds", () => {
  const decide = (findings: readonly ReviewFinding[], verdicts: readonly ReviewVerdict[], options: { round?: number; head?: string; blockFrom?: Priority; tokensLeft?: number } = {}) =>
    decideReview({
      findings,
      round: round(verdicts, options.round ?? 1),
      roundsMax: 3,
      blockFrom: options.blockFrom ?? "P2",
      head: options.head ?? "c2",
      ...(options.tokensLeft === undefined ? {} : { tokensLeft: options.tokensLeft }),
    });
  const failed = verdict({ verdict: "failed", reason: "no JSON" });
  assert.deepEqual(decide([], [verdict()]), { kind: "approved", headCommit: "c2", failedReviewers: [] });
  assert.deepEqual(decide([], []), { kind: "approved", headCommit: "c2", failedReviewers: [] });
  assert.equal(decide([], [verdict()], { head: "c3" }).kind, "stale");
  assert.equal(decide([finding("f")], [verdict()]).kind, "author");
  assert.equal(decide([finding("f")], [verdict()], { round: 3 }).kind, "hold");
  assert.equal(decide([finding("f", "open", { priority: "P3" })], [verdict()]).kind, "approved");
  assert.equal(decide([finding("f")], [verdict()], { blockFrom: "P0" }).kind, "approved");
  assert.equal(decide([finding("f", "open", { priority: "P0" })], [verdict()], { blockFrom: "P0" }).kind, "author");
  assert.equal(decide([finding("f")], [verdict()], { tokensLeft: 0 }).kind, "hold");
  assert.equal(decide([], [verdict()], { tokensLeft: 0 }).kind, "approved");
  const unpaid = verdict({ reviewer: "tests", verdict: "failed", reason: shareUsedReason });
  const unasked = decide([], [verdict(), unpaid]);
  assert.ok(unasked.kind === "hold" && /before tests could judge/.test(unasked.question), "a reviewer that nobody could pay for is not left out");
  assert.equal(decide([finding("f")], [verdict(), unpaid]).kind, "hold");
  const dispute = decide([finding("f", "insisted", { line: 3 }), finding("g", "open", { reviewer: "tests", line: 4 })], [verdict()], { round: 3 });
  assert.match(dispute.kind === "hold" ? dispute.question : "", /security and tests both judge a\.ts:3: "f" against "g"/);
  for (const state of ["resolved", "deferred", "accepted-pushback"] as const) assert.equal(decide([finding("f", state)], [verdict()]).kind, "approved", state);
  const none = decide([], [failed, { ...failed, reviewer: "tests" }]);
  assert.ok(none.kind === "hold" && none.question.includes("security: no JSON"));
  assert.equal(decide([], [verdict({ reviewer: "self" }), failed]).kind, "hold", "the author's own check is no second pair of eyes");
  assert.deepEqual(decide([], [failed, verdict({ reviewer: "tests" })]), { kind: "approved", headCommit: "c2", failedReviewers: ["security"] });
  assert.equal(decide([finding("f", "fixed")], [failed, verdict({ reviewer: "tests" })]).kind, "hold", "a repair that its reviewer could not look at");
});
