// The ledger counts what came back, what was stopped and what it cost, and says what should go.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredSignal } from "../../feedback/index.ts";
import type { Guardrail, Rung } from "../types.ts";
import { removalsOf, writeLedger, type LedgerWorld } from "./ledger.ts";

const since = "2026-01-10T00:00:00Z";
const guardrail = (id: string, rung: Rung): Guardrail => ({
  version: 1,
  id,
  title: id,
  rung,
  file: "f",
  lesson: "Give every fetch a timeout.",
  why: "w",
  causes: ["check:build"],
  terms: ["fetch", "timeout", "hang"],
  signals: [{ kind: "comment", at: "2026-01-01T00:00:00Z", link: "" }],
  lastSignalAt: "2026-01-01T00:00:00Z",
  proposedAt: since,
});
let next = 0;
const signal = (day: string, title: string, more: Partial<StoredSignal> = {}): StoredSignal => ({
  id: ++next,
  at: `2026-${day}T00:00:00Z`,
  kind: "comment",
  title,
  text: "",
  link: "",
  cause: `text:${next}`,
  ...more,
});
const world = (more: Partial<LedgerWorld> = {}): LedgerWorld => ({
  nowIso: "2026-06-01T00:00:00Z",
  signals: [],
  tasks: Array.from({ length: 40 }, (_one, index) => ({
    at: `2026-02-${String((index % 28) + 1).padStart(2, "0")}T00:00:00Z`,
    tokens: 10_000,
    rounds: 2,
    repairs: 1,
  })),
  findings: [],
  exceptions: [],
  msPerCheck: new Map(),
  ...more,
});
const entry = (rung: Rung, more: Partial<LedgerWorld> = {}) => {
  const [only] = writeLedger([{ guardrail: guardrail("g00000001", rung), since }], world(more));
  assert.ok(only);
  return only;
};

test("what was said before a guardrail is no recurrence; what is said after it is, by cause or by words", () => {
  const { recurrences, lastRecurrenceAt, verdict } = entry("document", {
    signals: [
      signal("01-02", "fetch without timeout hangs"),
      signal("02-01", "fetch hangs, no timeout"),
      signal("03-01", "red", { cause: "check:build" }),
      signal("03-02", "something else"),
    ],
  });
  assert.deepEqual([recurrences, lastRecurrenceAt, verdict], [2, "2026-03-01T00:00:00Z", "comes-back"]);
});

test("a rule's own findings are catches, not recurrences; exceptions are false findings", () => {
  const found = (day: string) => signal(day, "lesson-g00000001: fetch has no timeout, hangs", { kind: "hook-finding", cause: "rule:lesson-g00000001:f1" });
  const works = entry("lint", { signals: [found("02-01"), found("02-02")], msPerCheck: new Map([["lesson-g00000001", 12]]) });
  assert.deepEqual([works.caught, works.recurrences, works.verdict, works.cost.msPerCheck, works.savedTokens], [2, 0, "works", 12, 4_000]);
  const noisy = entry("lint", { signals: [found("02-01")], exceptions: ["lesson-g00000001", "lesson-g00000001", "lesson-g00000001", "other"] });
  assert.deepEqual([noisy.falseFindings, noisy.verdict], [3, "costs-more"]);
});

test("a reviewer's bullet: what it found, what was dropped, what it reads", () => {
  const finding = (isDropped: boolean) => ({ at: "2026-03-01T00:00:00Z", reviewer: "safety", text: "fetch has no timeout and hangs", isDropped });
  const { caught, falseFindings, cost, recurrences } = entry("reviewer", {
    findings: [finding(false), finding(true), { ...finding(false), reviewer: "@ada" }],
    signals: [signal("03-01", "P1 fetch has no timeout, hangs", { kind: "review-comment", cause: "review:safety:fetch" })],
  });
  assert.deepEqual([caught, falseFindings, cost.tokensPerTask, cost.tasks, recurrences], [1, 1, 14, 40, 0]);
});

test("what never fires goes after a while, what leaves no sign gets twice as long, what is young stays", () => {
  assert.deepEqual(
    [
      entry("lint").verdict,
      entry("prompt").verdict,
      entry("prompt", { nowIso: "2027-06-01T00:00:00Z", tasks: [...world().tasks, ...world().tasks] }).verdict,
      entry("lint", { nowIso: "2026-01-20T00:00:00Z" }).verdict,
      entry("lint", { tasks: [] }).verdict,
    ],
    ["never-fires", "works", "never-fires", "young", "young"],
  );
  const entries = writeLedger([{ guardrail: guardrail("g00000001", "lint"), since }, { guardrail: guardrail("g00000002", "prompt"), since }], world());
  assert.deepEqual(removalsOf(entries).map(({ id }) => id), ["g00000001"]);
});
