import assert from "node:assert/strict";
import { test } from "node:test";
import { answersForInterruptedCalls, interruptedAnswer, parseHistory, renderHistoryLine } from "./history.ts";
import type { HistoryEntry } from "./history.ts";
import { attemptsMax, decideRepeat, decideRetry, titleOfCall } from "./loop.ts";
import { containPath } from "./paths.ts";

test("containPath() takes paths inside and refuses those that lead out or into .git", () => {
  const root = "/w/tree";
  for (const [raw, path] of [["a/b", "a/b"], ["./a//b/", "a/b"], ["/w/tree/a", "a"], ["/w/tree", ""], ["", ""], ["a\\b", "a/b"], [".github/x", ".github/x"], ["a..b", "a..b"], [".gitignore", ".gitignore"]] as const) {
    assert.deepEqual(containPath(raw, root), { kind: "inside", path }, raw);
  }
  for (const raw of ["..", "a/../../b", "/etc/passwd", "/w/tree2/a", "/w/tree/../x", ".git", ".git/config", "sub/.GIT/hooks", "~/x", "C:/x", "a\0b", "a\nb", "x".repeat(2_000)]) {
    assert.equal(containPath(raw, root).kind, "outside", JSON.stringify(raw));
  }
});

test("decideRetry() waits longer each time, honours the server up to a cap, and gives up on what will not pass", () => {
  const failure = (status: number | undefined, retryAfterSeconds?: number, isConnection = true) => ({ status, retryAfterSeconds, message: "", isConnection });
  assert.deepEqual([1, 2, 3, 4].map((attempt) => decideRetry(failure(500), attempt, 0.5)), [500, 1_000, 2_000, 4_000]);
  assert.equal(decideRetry(failure(500), attemptsMax, 0.5), undefined);
  assert.equal(decideRetry(failure(429, 3), 1, 0), 3_000);
  assert.equal(decideRetry(failure(429, 900), 1, 0), 20_000);
  assert.equal(decideRetry(failure(undefined), 1, 0), 375);
  assert.equal(decideRetry(failure(200), 1, 0), 375); // an answer that began well and broke
  for (const status of [400, 401, 403, 404, 422]) assert.equal(decideRetry(failure(status), 1, 0), undefined);
  assert.equal(decideRetry(failure(undefined, undefined, false), 1, 0), undefined);
});

test("decideRepeat() warns at the third equal exchange and ends at the sixth", () => {
  assert.deepEqual([1, 2, 3, 5, 6].map(decideRepeat), ["go-on", "go-on", "warn", "warn", "end"]);
});

test("titleOfCall() names what the call works on, in one short line", () => {
  assert.equal(titleOfCall("run", { command: "npm test\nrm x" }), "run npm test");
  assert.equal(titleOfCall("apply_patch", { patch: "*** Begin Patch\n*** Add File: a\n*** Delete File: b\n" }), "apply_patch a, b");
  assert.equal(titleOfCall("anything", {}), "anything");
  assert.equal(titleOfCall("run", { command: "x".repeat(500) }).length, 120);
});

const user: HistoryEntry = { kind: "user", text: "go" };
const assistant: HistoryEntry = { kind: "assistant", parts: [{ kind: "call", callId: "1", tool: "run", input: {} }, { kind: "call", callId: "2", tool: "run", input: {} }] };
const result: HistoryEntry = { kind: "result", callId: "1", tool: "run", text: "ok", isError: false };

test("parseHistory() drops what a crash tore at every possible place, and nothing else", () => {
  const text = [user, assistant, result].map(renderHistoryLine).join("");
  for (let end = 0; end <= text.length; end++) {
    const parsed = parseHistory(text.slice(0, end));
    const whole = text.slice(0, end).split("\n").length - 1;
    assert.deepEqual(parsed, { entries: [user, assistant, result].slice(0, whole), isTorn: end > 0 && text[end - 1] !== "\n" }, `cut at ${end}`);
  }
  assert.equal(parseHistory(`{"broken\n${renderHistoryLine(user)}`), undefined);
  assert.deepEqual(parseHistory(`${renderHistoryLine(user)}{"broken\n`), { entries: [user], isTorn: true });
});

test("answersForInterruptedCalls() answers exactly the open calls", () => {
  assert.deepEqual(answersForInterruptedCalls([user, assistant, result]), [{ kind: "result", callId: "2", tool: "run", text: interruptedAnswer, isError: true }]);
  assert.deepEqual(answersForInterruptedCalls([user, assistant, result, { ...result, callId: "2" }]), []);
  assert.deepEqual(answersForInterruptedCalls([user]), []);
});
