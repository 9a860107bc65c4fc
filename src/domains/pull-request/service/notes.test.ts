import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { sortUniqueLines } from "../../../base/text.ts";
import type { CheckResult } from "../types.ts";
import { ciLines, readChecks, readThreads } from "./discussion.ts";
import { CommentNote, isoOf, newLines, parseNoteLines, renderCi, renderComment, renderRequest, timestampOf } from "./notes.ts";
import { markerOf, parseMergedLog, pullRequestIdOf, readRequests, toPullRequest } from "./requests.ts";

const hash = (line: string) => createHash("sha1").update(line).digest("hex");

test("lines have the fields, their order and the escapes of git-appraise's encoder", () => {
  assert.equal(
    renderRequest({
      timestamp: "0000000001",
      reviewRef: "refs/heads/x",
      targetRef: "refs/heads/main",
      requester: "a@b",
      reviewers: ["r"],
      description: "<a> & b\u001b[31m",
      baseCommit: "b",
      alias: "c",
    }),
    '{"timestamp":"0000000001","reviewRef":"refs/heads/x","targetRef":"refs/heads/main","requester":"a@b","reviewers":["r"],"description":"\\u003ca\\u003e \\u0026 b","baseCommit":"b","alias":"c"}',
  );
  assert.equal(
    renderComment({ timestamp: "0000000001", author: "a", parent: "p", location: { commit: "c", path: "f", range: { startLine: 3 } }, description: "d", resolved: false }),
    '{"timestamp":"0000000001","author":"a","parent":"p","location":{"commit":"c","path":"f","range":{"startLine":3}},"description":"d","resolved":false}',
  );
  assert.equal(renderCi({ timestamp: "0000000001", status: "success", agent: "inspan" }), '{"timestamp":"0000000001","status":"success","agent":"inspan"}');
  assert.equal(renderRequest({ timestamp: "0000000001", requester: "" }), '{"timestamp":"0000000001","targetRef":""}');
});

test("parseNoteLines() skips what it cannot read and keeps the rest", () => {
  const good = renderComment({ timestamp: "1700000000", author: "a" });
  const text = ["not json", "{", '{"author":"no time"}', '{"timestamp":"1700000000","author":"a","v":1}', good, '{"timestamp":"1","author":"x","resolved":"yes"}', ""].join("\n");
  assert.deepEqual(parseNoteLines(text, CommentNote).map(({ line }) => line), [good]);
});

test("sortUniqueLines() merges in any order to the same note", () => {
  assert.equal(sortUniqueLines("b\na\n", "c\na"), "a\nb\nc\n");
  assert.equal(sortUniqueLines("c\na", "b\na\n"), "a\nb\nc\n");
  assert.equal(sortUniqueLines("", ""), "");
});

test("newLines() does not say the same twice at another time", () => {
  const line = (timestamp: string, status: "success" | "failure") => renderCi({ timestamp, status, agent: "x" });
  assert.deepEqual(newLines(line("0000000001", "success"), [line("0000000009", "success"), line("0000000009", "failure"), line("0000000010", "failure")]), [
    line("0000000009", "failure"),
  ]);
});

test("times convert both ways", () => {
  assert.equal(timestampOf(1_700_000_000_999), "1700000000");
  assert.equal(timestampOf(5_000), "0000000005");
  assert.equal(isoOf("1700000000"), "2023-11-14T22:13:20Z");
});

test("readRequests() takes the last version of each request, ours by branch and task, others by their commit", () => {
  const ours = (timestamp: string, title: string, targetRef = "refs/heads/main") =>
    renderRequest({ timestamp, requester: "a", reviewRef: "refs/heads/x", targetRef, description: `${title}\n\nbody\n\n${markerOf("t1", "pull-request")}` });
  const foreign = renderRequest({ timestamp: "1600000000", requester: "b", reviewRef: "refs/heads/y", targetRef: "refs/heads/main", description: "By hand" });
  const found = readRequests(new Map([["a".repeat(40), sortUniqueLines([ours("1700000002", "New"), ours("1700000001", "Old")].join("\n"))], ["b".repeat(40), foreign]]));
  assert.deepEqual(
    found.map(({ id, taskId, branch, openedAt }) => [id, taskId, branch, openedAt]),
    [
      [pullRequestIdOf("x", "t1"), "t1", "x", "2023-11-14T22:13:21Z"],
      ["bbbbbbbb", undefined, "y", "2020-09-13T12:26:40Z"],
    ],
  );
  const [first] = found;
  assert.ok(first);
  const options = { repository: "r", remoteUrl: "https://user:secret@example.org/r.git", remoteHead: "h", merged: undefined, defaultBase: "main" };
  const shown = toPullRequest({ ...options, stored: first });
  assert.deepEqual([shown.title, shown.body, shown.state, shown.headCommit, shown.url], ["New", "body", "open", "h", "https://example.org/r.git#x"]);
  const [closed] = readRequests(new Map([["a".repeat(40), ours("1700000003", "New", "")]]));
  assert.ok(closed);
  assert.deepEqual([toPullRequest({ ...options, stored: closed }).state, toPullRequest({ ...options, stored: closed }).baseBranch], ["closed", "main"]);
  const merged = toPullRequest({ ...options, stored: first, remoteHead: undefined, merged: { commit: "m", task: "t1", headCommit: "h2" } });
  assert.deepEqual([merged.state, merged.mergeCommit, merged.headCommit], ["merged", "m", "h2"]);
});

test("parseMergedLog() reads commits with our trailers only", () => {
  assert.deepEqual(parseMergedLog("c1\x1ft1\x1fh1\n\0c2\x1f\x1f\n\0c3\x1ft3\x1f\n\0"), [
    { commit: "c1", task: "t1", headCommit: "h1" },
    { commit: "c3", task: "t3", headCommit: undefined },
  ]);
});

test("readThreads() hangs answers below their comment, keeps orphans, and shows the later version of an edited comment", () => {
  const root = renderComment({ timestamp: "1700000001", author: "r", description: `Wrong\n\n${markerOf("t", "finding:f")}` });
  const answer = renderComment({ timestamp: "1700000003", author: "a", parent: hash(root), description: "Fixed" });
  const edit = renderComment({ timestamp: "1700000002", author: "r", original: hash(root), description: "Very wrong" });
  const orphan = renderComment({ timestamp: "1700000000", author: "o", parent: "0".repeat(40), description: "lost \u001b[2J" });
  const threads = readThreads([answer, edit, orphan, root].sort().join("\n"), hash);
  assert.deepEqual(threads.map(({ author, text, replies }) => [author, text, replies.map((reply) => reply.text)]), [["o", "lost", []], ["r", "Very wrong", ["Fixed"]]]);
});

test("ciLines() ends with one status for all that is the latest, and readChecks() gives the latest of each check", () => {
  const result = (name: string, status: CheckResult["status"], durationMs = 5): CheckResult => ({
    name,
    status,
    exitCode: status === "passed" ? 0 : 1,
    durationMs,
    log: "l",
    commit: "h",
    baseCommit: "b",
  });
  const first = ciLines({ existing: "", results: [result("unit", "failed"), result("lint", "passed")], timestamp: "1700000000" });
  assert.deepEqual(
    first.map((line) => JSON.parse(line)).map((note: { timestamp: string; status: string; agent: string }) => [note.timestamp, note.status, note.agent]),
    [
      ["1700000000", "failure", "inspan/unit"],
      ["1700000000", "success", "inspan/lint"],
      ["1700000001", "failure", "inspan"],
    ],
  );
  const note = sortUniqueLines(first.join("\n"));
  assert.deepEqual(ciLines({ existing: note, results: [result("unit", "failed"), result("lint", "passed")], timestamp: "1700000050" }), []);
  const second = ciLines({ existing: note, results: [result("unit", "passed", 9)], timestamp: "1700000060" });
  assert.deepEqual(
    readChecks(sortUniqueLines(note, second.join("\n")), "h").map(({ name, status, durationMs, log }) => [name, status, durationMs, log]),
    [
      ["lint", "passed", 5, ""],
      ["unit", "passed", 9, ""],
    ],
  );
  assert.deepEqual(ciLines({ existing: "", results: [], timestamp: "1700000000" }), []);
});
