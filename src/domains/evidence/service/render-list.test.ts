import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvidenceBundle, EvidenceItem, MissingEvidence } from "../types/index.ts";
import { lacking, renderEvidence } from "./render-list.ts";

const item = (more: Partial<EvidenceItem>): EvidenceItem => ({
  file: "after-video-1.mp4",
  kind: "video",
  role: "after",
  mediaType: "video/mp4",
  title: "Pay",
  proves: "it pays",
  sizeBytes: 1500,
  sha256: "a".repeat(64),
  commit: "0123456789abcdef",
  isClean: true,
  journey: "pay",
  recordedAt: "2026-11-21T10:00:00.000Z",
  durationMs: 5000,
  ...more,
});
const lack = (more: Partial<MissingEvidence>): MissingEvidence => ({
  what: "video of the journey pay",
  why: "no browser",
  role: "after",
  recordedAt: "2026-11-21T09:00:00.000Z",
  ...more,
});
const bundle = (items: readonly EvidenceItem[], missing: readonly MissingEvidence[]): EvidenceBundle => ({
  version: 1,
  id: "t",
  worktree: "/w",
  task: "t",
  createdAt: "2026-11-21T08:00:00.000Z",
  items,
  missing,
});

test("renderEvidence() tells films first, of each only the newest, then what is missing", () => {
  assert.deepEqual(renderEvidence(bundle([item({ kind: "log", file: "after-log-1.log" }), item({ file: "after-video-0.mp4" }), item({}), item({ kind: "aria", file: "after-aria-1.txt" })], [lack({ role: "before" })])), [
    `- after: video "Pay", journey pay at 0123456789: it pays (after-video-1.mp4, 2 kB, sha256 ${"a".repeat(16)})`,
    `- after: log "Pay", journey pay at 0123456789: it pays (after-log-1.log, 2 kB, sha256 ${"a".repeat(16)})`,
    "- no video of the journey pay (before), because no browser",
  ]);
});

test("lacking() forgets a lack that a later film of the same journey and role made good, and no other", () => {
  const check = (missing: MissingEvidence, count: number) => assert.equal(lacking(bundle([item({})], [missing])).length, count, JSON.stringify(missing));
  check(lack({}), 0);
  check(lack({ what: "video" }), 0);
  check(lack({ role: "before" }), 1);
  check(lack({ what: "video of the journey search" }), 1);
  check(lack({ recordedAt: "2026-11-21T11:00:00.000Z" }), 1);
});
