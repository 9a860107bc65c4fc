import assert from "node:assert/strict";
import { test } from "node:test";
import { answersForInterruptedCalls, interruptedAnswer, parseHistory, renderHistoryLine } from "./history-format.ts";
import type { HistoryEntry } from "./history-format.ts";

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
