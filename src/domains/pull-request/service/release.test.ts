import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckResult } from "../types.ts";
import { renderComment } from "./notes.ts";
import { decideRelease, readApprovals, releaseMarker } from "./release.ts";

const said = (author: string, timestamp: string, resolved: boolean | undefined, text = "fine") => renderComment({ timestamp, author, description: `${text}\n\n${releaseMarker}`, ...(resolved === undefined ? {} : { resolved }) });
const smoke = (name: string, status: CheckResult["status"]): CheckResult => ({ name, status, exitCode: 0, durationMs: 1, log: "", commit: "c", baseCommit: "c" });

test("readApprovals() counts the last word of each person, and only words that are approvals", () => {
  const text = [said("ada", "0000000010", true), said("bob", "0000000011", true), said("bob", "0000000012", false), said("ada", "0000000013", true, "again"), said("eve", "0000000014", undefined), renderComment({ timestamp: "0000000015", author: "eve", description: "approved", resolved: true })].join("\n");
  assert.deepEqual(readApprovals(text), [{ by: "ada", at: "1970-01-01T00:00:13Z", note: "again" }]);
  assert.deepEqual(readApprovals(""), []);
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
