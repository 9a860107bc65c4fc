import assert from "node:assert/strict";
import { test } from "node:test";
import { makeTask, pullRequest } from "../../../../test/support/task-state.ts";
import { noUsage } from "../../model/index.ts";
import type { TaskState } from "../types/index.ts";
import { computeStats } from "./stats.ts";

const day = 24 * 3600_000;
const start = Date.parse("2026-01-01T00:00:00Z");
const iso = (minutes: number) => new Date(start + minutes * 60_000).toISOString();
const phase = (name: TaskState["phase"], from: number, to: number) => ({ phase: name, startedAt: iso(from), endedAt: iso(to), activeMs: 1, usage: noUsage });
const usage = (tokens: number, costUsd: number | null) => ({ ...noUsage, inputTokens: tokens, costUsd });
const round = (verdict: "approve" | "request-changes") => ({
  round: 1,
  baseCommit: "b",
  headCommit: "h",
  leftOut: "",
  verdicts: [{ reviewer: "r", verdict, findings: [], rulings: [], ignoredCount: 0, usage: usage(25, 0) }],
});
const spent = (tokens: number, cost: number | null) => ({ turns: 1, attempts: 0, activeMs: 1, usage: usage(tokens, cost) });

test("computeStats() tells what lands, what waits, what it costs, and how often nobody had to look", () => {
  const merged = makeTask({
    startedBy: "ada@example.org",
    status: "done",
    mergeCommit: "m" as never,
    pullRequest: { ...pullRequest, openedAt: iso(10) },
    updatedAt: iso(40),
    timeline: [phase("reviewing", 0, 10), phase("checking", 12, 40)],
    review: { round: 1, findings: [], rounds: [round("approve")] },
    spent: spent(100, 0.5),
  });
  const asked = makeTask({
    startedBy: "bob@example.org",
    status: "done",
    mergeCommit: "n" as never,
    pullRequest: { ...pullRequest, openedAt: iso(0) },
    updatedAt: iso(100),
    timeline: [phase("checking", 0, 10), phase("checking", 70, 100)],
    review: { round: 2, findings: [], rounds: [round("request-changes"), round("approve")] },
    spent: spent(100, 0.25),
  });
  const held = makeTask({ status: "held", pullRequest: { ...pullRequest, openedAt: iso(0) }, updatedAt: iso(5), timeline: [phase("reviewing", 0, 5)], spent: spent(100, 0) });
  const facts = [
    { state: merged, personLines: 0 },
    { state: asked, personLines: 2 },
    { state: held, personLines: 1 },
    { state: makeTask({ status: "cancelled", spent: spent(100, 0) }), personLines: 0 },
  ];
  assert.deepEqual(computeStats(facts, { sinceMs: start, nowMs: start + day, engineers: 1 }), {
    days: 1,
    engineers: 1,
    people: [
      { engineer: "ada@example.org", tasks: 1, opened: 1, merged: 1, mergedPerDay: 1 },
      { engineer: "bob@example.org", tasks: 1, opened: 1, merged: 1, mergedPerDay: 1 },
      { engineer: "unknown", tasks: 2, opened: 1, merged: 0, mergedPerDay: 0 },
    ],
    tasks: { total: 4, done: 2, held: 1, cancelled: 1, failed: 0 },
    pullRequests: { opened: 3, merged: 2, open: 1, mergedPerEngineerAndDay: 2 },
    ageMinutes: { merged: { median: 30, p90: 100, max: 100 }, open: { median: 1440, p90: 1440, max: 1440 } },
    waitingMinutes: { median: 60, p90: 1435, max: 1435 },
    reviewRounds: { median: 1, p90: 2, max: 2 },
    firstPassRate: 0.5, mergedWithoutPersonRate: 0.5, costUsd: { total: 0.75, perMerged: 0.375 }, tokens: { total: 400, reviewShare: 0.188 },
  });
  const found = computeStats(facts, { sinceMs: start, nowMs: start + day, engineers: undefined });
  assert.deepEqual([found.engineers, found.pullRequests.mergedPerEngineerAndDay], [3, 0.67], "whoever started them, found");
  const unknown = computeStats([{ state: makeTask({ spent: spent(1, null) }), personLines: 0 }], { sinceMs: start, nowMs: start, engineers: 0 });
  assert.deepEqual([unknown.costUsd, unknown.firstPassRate, unknown.ageMinutes.merged.median, unknown.days], [{ total: null, perMerged: null }, null, null, 1]);
});
