import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckResult } from "../types.ts";
import { renderComment } from "./notes.ts";
import { decideRelease, lastWordOf, readApprovals, releaseMarker } from "./release.ts";

const said = (author: string, timestamp: string, resolved: boolean | undefined, text = "fine") =>
  renderComment({ timestamp, author, description: `${text}\n\n${releaseMarker}`, ...(resolved === undefined ? {} : { resolved }) });
const smoke = (name: string, status: CheckResult["status"]): CheckResult => ({ name, status, exitCode: 0, durationMs: 1, log: "", commit: "c", baseCommit: "c" });

test("readApprovals() counts the last word of each person, and only words that are approvals", () => {
  const text = [
    said("ada", "0000000010", true),
    said("bob", "0000000011", true),
    said("bob", "0000000012", false),
    said("ada", "0000000013", true, "again"),
    said("eve", "0000000014", undefined),
    renderComment({ timestamp: "0000000015", author: "eve", description: "approved", resolved: true }),
  ].join("\n");
  assert.deepEqual(readApprovals(text, "c0"), [{ by: "ada", at: "1970-01-01T00:00:13Z", note: "again" }]);
  assert.deepEqual(readApprovals("", "c0"), []);
});

test("readApprovals() counts no word of a program, none that names another commit, and of two of one second the withdrawal", () => {
  const at = (author: string, commit: string) => renderComment({ timestamp: "0000000010", author, description: `fine\n\n${releaseMarker}`, resolved: true, location: { commit } });
  assert.deepEqual(
    readApprovals(
      [
        at("ada", "c0"),
        at("bob", "c1"),
        at("inspan/task", "c0"),
        at("inspan@localhost", "c0"),
        at("41898282+github-actions[bot]@users.noreply.github.com", "c0"),
      ].join("\n"),
      "c0",
    ).map(({ by }) => by),
    ["ada"],
  );
  for (const lines of [
    [said("ada", "0000000010", true), said("ada", "0000000010", false, "no")],
    [said("ada", "0000000010", false, "no"), said("ada", "0000000010", true)],
  ])
    assert.deepEqual(readApprovals(lines.join("\n"), "c0"), []);
  assert.deepEqual([lastWordOf([said("ada", "0000000010", true), said("bob", "0000000012", true)].join("\n"), "ada"), lastWordOf("", "ada")], [10, 0]);
});

test("decideRelease() is ready only with every smoke result green and enough people; nothing asked for is no pass", () => {
  const ada = { by: "ada", at: "", note: "" };
  const base = { wanted: ["starts"], smoke: [smoke("release.starts", "passed")], approvals: [ada], approvalsNeeded: 1 };
  assert.deepEqual(decideRelease(base), { isReady: true, failed: [], missing: [] });
  assert.deepEqual(decideRelease({ ...base, smoke: [smoke("release.starts", "failed")] }), { isReady: false, failed: ["starts"], missing: [] });
  assert.deepEqual(decideRelease({ ...base, smoke: [smoke("starts", "passed")] }), { isReady: false, failed: [], missing: ["no result of starts"] });
  assert.deepEqual(decideRelease({ ...base, approvalsNeeded: 2 }), { isReady: false, failed: [], missing: ["1 of 2 approvals"] });
  assert.deepEqual(decideRelease({ ...base, wanted: [] }), { isReady: false, failed: [], missing: ["release.smoke names no check"] });
});
