// Segments on a real disk: what comes back, and what a torn tail costs.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openSegmentLog } from "./segment-log.ts";

function withFolder(run: (folder: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), "inspan-segments-"));
    try { await run(folder); } finally { rmSync(folder, { recursive: true, force: true }); }
  };
}

function replayAll(folder: string): { records: string[]; log: ReturnType<typeof openSegmentLog> } {
  const records: string[] = [];
  return { records, log: openSegmentLog(folder, (kind, payload) => records.push(`${kind}:${Buffer.from(payload).toString()}`)) };
}

test("openSegmentLog() replays records in order over several starts", withFolder(async (folder) => {
  const first = replayAll(folder);
  first.log.append(1, Buffer.from("a"));
  first.log.append(2, Buffer.from(""));
  await first.log.close();
  const second = replayAll(folder);
  assert.deepEqual(second.records, ["1:a", "2:"]);
  second.log.append(3, Buffer.from("c"));
  await second.log.close();
  const third = replayAll(folder);
  assert.deepEqual(third.records, ["1:a", "2:", "3:c"]);
  third.log.clear();
  await third.log.close();
  assert.deepEqual(replayAll(folder).records, []);
}));

test("openSegmentLog() cuts a torn or damaged tail and keeps what stands before it", withFolder(async (folder) => {
  const first = replayAll(folder);
  for (const text of ["one", "two", "three"]) first.log.append(7, Buffer.from(text));
  await first.log.close();
  const path = join(folder, readdirSync(folder)[0] ?? "");
  const whole = readFileSync(path);
  for (let length = whole.length - 1; length > whole.length - 14; length--) {
    writeFileSync(path, whole.subarray(0, length));
    assert.deepEqual(replayAll(folder).records, ["7:one", "7:two"], `cut at ${length}`);
  }
  const damaged = Buffer.from(whole);
  damaged[whole.length - 1] = (damaged[whole.length - 1] ?? 0) ^ 1;
  writeFileSync(path, damaged);
  const next = replayAll(folder);
  assert.deepEqual(next.records, ["7:one", "7:two"]);
  next.log.append(7, Buffer.from("four"));
  await next.log.close();
  assert.deepEqual(replayAll(folder).records, ["7:one", "7:two", "7:four"]);
}));
