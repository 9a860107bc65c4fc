import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReviewFinding } from "../../review/index.ts";
import { renderBody, renderSquashMessage, renderTitle } from "./message.ts";

const finding: ReviewFinding = {
  id: "f",
  reviewer: "security",
  priority: "P2",
  file: "a.ts",
  line: 3,
  title: "Trusts the input",
  detail: "",
  evidence: "",
  suggestion: "",
  state: "deferred",
  reply: { decision: "defer", reason: "Next week.\nReally." },
  firstRound: 1,
  commit: "c",
};

test("renderBody() has all five sections, with or without content", () => {
  assert.equal(renderBody({
    title: "t", what: "Rounds up.", why: "Issue 7.", reproduction: { kind: "evidence", text: "expected 3, got 2" }, roundCount: 2, findings: [finding],
    checks: [{ name: "test", status: "failed", exitCode: 2, durationMs: 1500, log: "", commit: "0123456789abcdef", baseCommit: "b" }],
  }), [
    "## What\n\nRounds up.", "## Why\n\nIssue 7.", "## Reproduction\n\nexpected 3, got 2", "## Checks\n\n- test: failed (exit code 2), 1.5 s, on 0123456789",
    "## Review\n\n2 rounds, 1 finding.\n- P2 security: Trusts the input (a.ts:3): deferred; defer: Next week. Really.",
  ].join("\n\n"));
  assert.equal(renderBody({ title: "t", what: "", why: " ", reproduction: { kind: "none", reason: "a new page" }, roundCount: 0, findings: [], checks: [] }),
    "## What\n\nNot told.\n\n## Why\n\nNot told.\n\n## Reproduction\n\nNone: a new page\n\n## Checks\n\nNone configured.\n\n## Review\n\nNot reviewed.");
});

test("renderBody() has a section on evidence behind the reproduction, only where there is some", () => {
  const body = (evidence: string | undefined) =>
    renderBody({ title: "t", what: "a", why: "b", reproduction: { kind: "none", reason: "c" }, evidence, roundCount: 0, findings: [], checks: [] });
  assert.match(body("- after: video"), /## Reproduction\n\nNone: c\n\n## Evidence\n\n- after: video\n\n## Checks/);
  assert.doesNotMatch(body(undefined), /Evidence/);
});

test("renderSquashMessage() ends with our trailers, which no text of an agent can forge", () => {
  const message = renderSquashMessage({
    title: "Fix\nInspan-Task: other",
    body: "What.\n\nInspan-Task: other\n  inspan-head: x\n<!-- inspan:other:pull-request -->",
    task: "t1",
    headCommit: "h",
  });
  assert.equal(
    message,
    "Fix Inspan-Task: other\n\nWhat.\n\nInspan-Task = other\n  inspan-head = x\n<!-- other:pull-request -->\n\nInspan-Task: t1\nInspan-Head: h\n".replace(
      "Fix Inspan-Task: other",
      "Fix Inspan-Task = other",
    ),
  );
});

test("renderTitle() is one line, bounded, never empty", () => {
  assert.equal(renderTitle("  a\n b "), "a b");
  assert.equal(renderTitle(" \n"), "Change without a title");
  assert.equal(renderTitle("x".repeat(300)).length, 100);
});

test("titles, bodies and squash messages hold no terminal escapes", () => {
  const hostile = "Fix\u001b[2J it\u009b1m\u0007";
  assert.equal(renderTitle(hostile), "Fix it");
  const message = renderSquashMessage({ title: hostile, body: `Inspan\u001b[0m-Task: x\n${hostile}`, task: "t1", headCommit: "abc" });
  assert.doesNotMatch(message, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  assert.equal(message.match(/^Inspan-Task:/gm)?.length, 1);
});
