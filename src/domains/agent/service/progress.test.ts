import assert from "node:assert/strict";
import { test } from "node:test";
import { noUsage } from "../../model/index.ts";
import type { AgentEvent } from "../types.ts";
import { judgeProgress, startProgress, steered, takeProgress, type Progress } from "./progress.ts";

const quietMsMax = 600_000;
const call = (id: number, title: string): AgentEvent[] => [
  { kind: "tool-started", callId: String(id), tool: "run", title }, { kind: "tool-finished", callId: String(id), tool: "run", isError: false, output: "", durationMs: 1 },
];
const after = (events: readonly AgentEvent[], progress: Progress = startProgress(0), everyMs = 1_000): Progress =>
  events.reduce((state, event, index) => takeProgress(state, event, index * everyMs), progress);
const check = (progress: Progress, nowMs: number, expected: string) => assert.equal(judgeProgress(progress, { nowMs, quietMsMax }).kind, expected);

test("an endless loop of the same calls is steered once, then it is a stall", () => {
  const loop = Array.from({ length: 16 }, (_, index) => call(index, "cat a.txt")).flat();
  const stuck = after(loop);
  check(stuck, 20_000, "steer");
  const told = steered(stuck, 20_000);
  check(told, 21_000, "fine");
  check(after(loop, told), 40_000, "stalled");
});

test("other commands, other files and other findings are progress, the same ones again are not", () => {
  check(after(Array.from({ length: 40 }, (_, index) => call(index, `cat ${index}.txt`)).flat()), 80_000, "fine");
  const editing = Array.from({ length: 40 }, (_, index): AgentEvent[] => [...call(index, "edit"), { kind: "files-changed", paths: [`${index}.ts`] }]).flat();
  check(after(editing), 120_000, "fine");
  const same = Array.from({ length: 16 }, (_, index): AgentEvent[] => [
    ...call(index, "edit"),
    { kind: "files-changed", paths: ["a.ts"] },
    { kind: "findings-shown", paths: ["a.ts"], text: "bad" },
  ]).flat();
  check(after(same), 120_000, "steer");
});

test("words, thoughts and tokens do not count, a running build does", () => {
  const talk = Array.from({ length: 100 }, (): AgentEvent[] => [
    { kind: "message", text: "still at it" },
    { kind: "usage", usage: noUsage },
    { kind: "reasoning", text: "hm" },
  ]).flat();
  check(after(talk, startProgress(0), 10_000), 3_000_000, "steer");
  const [started, finished] = call(1, "npm run build");
  assert.ok(started !== undefined && finished !== undefined);
  const building = takeProgress(startProgress(0), started, 0);
  check(building, 3_000_000, "fine");
  const built = takeProgress(building, finished, 3_000_000);
  check(built, 3_100_000, "fine");
  check(built, 3_700_000, "steer");
});
