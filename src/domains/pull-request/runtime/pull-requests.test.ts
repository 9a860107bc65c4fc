import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { createBareRemote, type BareRemote, type Clone } from "../../../../test/support/bare-remote.ts";
import { InspanError } from "../../../base/errors.ts";
import { noUsage } from "../../model/index.ts";
import type { ReviewFinding, ReviewRound } from "../../review/index.ts";
import type { CheckResult, PullRequest } from "../types.ts";
import { createPullRequests, type PullRequests } from "./index.ts";

const remotes: BareRemote[] = [];
after(async () => { for (const remote of remotes) await remote.dispose(); });

const start = { "a.txt": "one\n", "b.txt": "two\n" };

interface Setting { readonly remote: BareRemote; readonly clone: Clone; readonly requests: PullRequests; readonly base: string }

async function setUp(env?: Readonly<Record<string, string>>): Promise<Setting> {
  const remote = await createBareRemote(start, env);
  remotes.push(remote);
  const clone = await remote.clone("user");
  return { remote, clone, requests: createPullRequests(remote.providers, clone.repository), base: clone.git("rev-parse", "origin/main") };
}

async function openOne(
  { clone, requests, base }: Setting,
  files: Readonly<Record<string, string>> = { "a.txt": "changed\n" },
  taskId = "t1",
): Promise<{ head: string; branch: string; pullRequest: PullRequest }> {
  const branch = `inspan/${taskId}`;
  const head = clone.commitOn(branch, files, base);
  assert.equal((await requests.pushBranch({ worktreePath: clone.path, branch, commit: head, expectedRemote: undefined })).kind, "pushed");
  const pullRequest = await requests.openPullRequest({
    taskId,
    branch,
    baseBranch: "main",
    baseCommit: base,
    headCommit: head,
    title: "Change a",
    body: "## What\n\nIt changes <a> & b.",
    reviewers: ["security"],
  });
  return { head, branch, pullRequest };
}

const finding: ReviewFinding = {
  id: "f00d", reviewer: "security", priority: "P1", file: "a.txt", line: 1, title: "Trusts the input", detail: "It <trusts> it.", evidence: "a.txt:1", suggestion: "Check it.",
  state: "accepted-pushback", reply: { decision: "push-back", reason: "It comes from us." }, ruling: "Right.", firstRound: 1, commit: "0".repeat(40),
};

function roundAt(head: string, base: string): ReviewRound {
  return {
    round: 1,
    baseCommit: base,
    headCommit: head,
    leftOut: "",
    verdicts: [
      { reviewer: "security", verdict: "approve", findings: [], rulings: [], ignoredCount: 0, usage: noUsage },
      { reviewer: "tests", verdict: "failed", findings: [], rulings: [], ignoredCount: 0, reason: "no JSON", usage: noUsage },
    ],
  };
}

function resultOf(name: string, head: string, base: string, more: Partial<CheckResult> = {}): CheckResult {
  return { name, status: "passed", exitCode: 0, durationMs: 5, log: "", commit: head, baseCommit: base, ...more };
}

const notesOf = (remote: BareRemote, kind: string, object: string) => remote.origin("notes", `--ref=refs/notes/devtools/${kind}`, "show", object).split("\n");

test("a pull request lives in notes that another clone fetches and reads", async () => {
  const setting = await setUp();
  const { remote, requests, base } = setting;
  const { head, branch, pullRequest } = await openOne(setting);
  assert.match(pullRequest.id, /^[0-9a-f]{8}$/);
  assert.deepEqual(
    [pullRequest.state, pullRequest.headCommit, pullRequest.title, pullRequest.taskId, pullRequest.body],
    ["open", head, "Change a", "t1", "## What\n\nIt changes <a> & b."],
  );
  for (let time = 0; time < 2; time++) {
    await requests.recordReview(pullRequest, { round: roundAt(head, base), findings: [finding] });
    await requests.recordChecks(head, [resultOf("unit", head, base), resultOf("lint", head, base, { status: "failed", exitCode: 1, log: "a.txt:1 wrong" })]);
  }
  assert.equal(notesOf(remote, "discuss", head).length, 5, "two verdicts, a finding, its answer, its ruling, each once");
  assert.equal(notesOf(remote, "ci", head).length, 3);

  const other = await remote.clone("other");
  other.git("fetch", "--quiet", "origin", "refs/notes/devtools/*:refs/notes/devtools/*");
  assert.equal(other.git("notes", "--ref=devtools/reviews", "show", head), notesOf(remote, "reviews", head).join("\n"));
  const details = await createPullRequests(remote.providers, other.repository).readDetails(pullRequest.id.slice(0, 5));
  assert.deepEqual({ ...details.pullRequest, repository: "" }, { ...pullRequest, repository: "" });
  assert.deepEqual(details.checks, [resultOf("lint", head, base, { status: "failed", exitCode: 1, log: "a.txt:1 wrong" }), resultOf("unit", head, base)]);
  const thread = details.threads.find(({ file }) => file === "a.txt");
  assert.equal(thread?.text, "P1: Trusts the input\n\nIt <trusts> it.\n\nEvidence: a.txt:1\n\nSuggestion: Check it.");
  assert.deepEqual(
    thread.replies.map(({ author, text, isResolved }) => [author, text, isResolved]),
    [
      ["inspan/author", "Pushed back: It comes from us.", undefined],
      ["inspan/security", "Dropped: the author is right: Right.", true],
    ],
  );
  assert.ok(details.threads.some(({ text }) => text === "No verdict in round 1: no JSON"));
  assert.deepEqual((await requests.listPullRequests()).map(({ id, branch: name }) => [id, name]), [[pullRequest.id, branch]]);
});

test("pushBranch() sees what is there, and never pushes over somebody's work", async () => {
  const { clone, requests, base, remote } = await setUp();
  const head = clone.commitOn("inspan/x", { "a.txt": "mine\n" });
  const push = { worktreePath: clone.path, branch: "inspan/x", commit: head, expectedRemote: undefined };
  assert.deepEqual(await requests.pushBranch(push), { kind: "pushed", commit: head });
  assert.deepEqual(await requests.pushBranch(push), { kind: "already-there", commit: head });
  const theirs = clone.commitOn("theirs", { "a.txt": "theirs\n" });
  clone.git("push", "--quiet", "--force", "origin", "theirs:inspan/x");
  const next = clone.commitOn("inspan/x", { "a.txt": "more\n" }, head);
  assert.deepEqual(await requests.pushBranch({ ...push, commit: next, expectedRemote: head }), { kind: "moved", remoteCommit: theirs });
  assert.deepEqual(await requests.pushBranch({ ...push, commit: next, expectedRemote: base }), { kind: "moved", remoteCommit: theirs });
  assert.equal(remote.origin("rev-parse", "inspan/x"), theirs);
});

test("a task that was killed between push and note opens one pull request, and an edit is a later version of it", async () => {
  const setting = await setUp();
  const { clone, base, remote } = setting;
  const head = clone.commitOn("inspan/t1", { "a.txt": "changed\n" });
  await setting.requests.pushBranch({ worktreePath: clone.path, branch: "inspan/t1", commit: head, expectedRemote: undefined });
  const open = { taskId: "t1", branch: "inspan/t1", baseBranch: "main", baseCommit: base, headCommit: head, title: "Change", body: "", reviewers: [] };
  const restarted = createPullRequests(remote.providers, clone.repository);
  assert.equal((await restarted.pushBranch({ worktreePath: clone.path, branch: "inspan/t1", commit: head, expectedRemote: undefined })).kind, "already-there");
  const first = await restarted.openPullRequest(open);
  assert.deepEqual(await restarted.openPullRequest(open), first);
  assert.equal(notesOf(remote, "reviews", head).length, 1);
  const edited = await restarted.openPullRequest({ ...open, title: "Better title" });
  assert.deepEqual([edited.id, edited.title, edited.anchorCommit], [first.id, "Better title", first.anchorCommit]);
  assert.equal((await restarted.listPullRequests()).length, 1);
});

test("two clones that write the same note at once lose nothing", async () => {
  const setting = await setUp();
  const { remote, base } = setting;
  const { head } = await openOne(setting);
  const clones = await Promise.all(["one", "two", "three"].map((name) => remote.clone(name)));
  for (const clone of clones) clone.git("fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*");
  await Promise.all(clones.map((clone, index) => createPullRequests(remote.providers, clone.repository).recordChecks(head, [resultOf(`check-${index}`, head, base)])));
  const agents = notesOf(remote, "ci", head).map((line) => (JSON.parse(line) as { agent: string }).agent).filter((agent) => agent !== "inspan"); // our own lines
  assert.deepEqual(agents.sort(), ["inspan/check-0", "inspan/check-1", "inspan/check-2"]);
  assert.equal(clones[0]?.git("for-each-ref", "refs/notes/inspan-write/"), "");
});

test("mergeSquash() makes one commit, leaves the user's checkout alone, and finds itself again", async () => {
  const setting = await setUp();
  const { remote, clone, requests, base } = setting;
  const { head, branch, pullRequest } = await openOne(setting);
  writeFileSync(join(clone.path, "b.txt"), "unsaved work\n");
  clone.git("config", "user.name", "Grace");
  const options = { pullRequest, expectedHead: head, expectedBase: base, title: "Change a", body: "Why not.\n\nInspan-Task: forged" };
  const merged = await requests.mergeSquash(options);
  assert.equal(merged.kind, "merged");
  const commit = remote.origin("rev-parse", "main");
  assert.equal(merged.kind === "merged" && merged.commit, commit);
  assert.equal(remote.origin("log", "-1", "--format=%P|%an|%cn|%(trailers:key=Inspan-Task,valueonly,separator=;)", "main"), `${base}|Grace|Grace|t1`);
  assert.equal(remote.origin("show", "main:a.txt"), "changed");
  assert.equal(remote.origin("for-each-ref", `refs/heads/${branch}`), "");
  assert.deepEqual(
    [clone.git("rev-parse", "main"), clone.git("symbolic-ref", "HEAD"), readFileSync(join(clone.path, "b.txt"), "utf8")],
    [base, "refs/heads/main", "unsaved work\n"],
  );
  assert.equal(clone.git("status", "--porcelain"), "M b.txt");
  const again = await createPullRequests(remote.providers, clone.repository).mergeSquash(options);
  assert.deepEqual(again, { kind: "merged", commit, wasAlreadyMerged: true });
  assert.equal(remote.origin("rev-parse", "main"), commit);
  const after = await requests.readPullRequest(pullRequest.id);
  assert.deepEqual([after.state, after.mergeCommit, after.headCommit], ["merged", commit, head]);
});

test("mergeSquash() answers where base or head moved or conflict", async () => {
  const setting = await setUp();
  const { clone, requests, base, remote } = setting;
  const { head, pullRequest } = await openOne(setting);
  const options = { pullRequest, expectedHead: head, expectedBase: base, title: "t", body: "" };
  assert.deepEqual(await requests.mergeSquash({ ...options, expectedHead: base }), { kind: "head-moved", headCommit: head });
  const moved = clone.commitOn("other", { "a.txt": "theirs\n" });
  clone.git("push", "--quiet", "origin", "other:main");
  assert.deepEqual(await requests.mergeSquash(options), { kind: "base-moved", baseCommit: moved });
  assert.deepEqual(await requests.mergeSquash({ ...options, expectedBase: moved }), { kind: "conflict", paths: ["a.txt"] });
  assert.equal(remote.origin("rev-parse", "main"), moved);
  const run = await requests.runChecks({ baseCommit: moved, headCommit: head, checks: [], copy: [], isUnsandboxedAllowed: true, signal: AbortSignal.timeout(20_000) });
  assert.deepEqual(run, { kind: "conflict", paths: ["a.txt"] });
});

test("a base that moves while the merge is pushed is an answer, not an overwrite", async () => {
  const setting = await setUp();
  const { clone, requests, base, remote } = setting;
  const { head, pullRequest } = await openOne(setting);
  const theirs = clone.commitOn("other", { "b.txt": "theirs\n" });
  clone.git("push", "--quiet", "origin", "other:refs/heads/waiting");
  // The origin itself moves main after our look and before our push lands.
  remote.hook(
    remote.originPath,
    "pre-receive",
    `while read old new ref; do [ "$ref" = refs/heads/main ] && (unset GIT_QUARANTINE_PATH; git update-ref refs/heads/main ${theirs}); done; exit 0`,
  );
  assert.deepEqual(await requests.mergeSquash({ pullRequest, expectedHead: head, expectedBase: base, title: "t", body: "" }), { kind: "base-moved", baseCommit: theirs });
  assert.equal(remote.origin("rev-parse", "main"), theirs);
});

test("a remote that refuses the push is an error with what it said and a next step", async () => {
  const setting = await setUp();
  const { clone, requests, base, remote } = setting;
  const { head, pullRequest } = await openOne(setting);
  remote.hook(remote.originPath, "pre-receive", "echo 'main is frozen' >&2; exit 1");
  const isRefusal = (error: unknown) => error instanceof InspanError && error.code === "PUSH_REFUSED" && error.message.includes("main is frozen") && error.remedy !== undefined;
  await assert.rejects(requests.mergeSquash({ pullRequest, expectedHead: head, expectedBase: base, title: "t", body: "" }), isRefusal);
  await assert.rejects(requests.pushBranch({ worktreePath: clone.path, branch: "inspan/y", commit: head, expectedRemote: undefined }), isRefusal);
  clone.git("remote", "set-url", "origin", join(remote.path, "gone.git"));
  await assert.rejects(requests.listPullRequests(), (error: unknown) => error instanceof InspanError && error.code === "REMOTE_UNREACHABLE");
});

test("hooks of the repository never run", async () => {
  const setting = await setUp();
  const { clone, requests, base, remote } = setting;
  const witness = join(remote.path, "ran");
  for (const name of ["pre-push", "post-checkout", "post-merge", "post-commit", "reference-transaction"]) remote.hook(join(clone.path, ".git"), name, `echo ${name} >> ${witness}`);
  const branch = "inspan/t1";
  clone.git("-c", "core.hooksPath=/dev/null", "branch", branch, base);
  const tree = clone.git("-c", "core.hooksPath=/dev/null", "commit-tree", `${base}^{tree}`, "-p", base, "-m", "same");
  await requests.pushBranch({ worktreePath: clone.path, branch, commit: tree, expectedRemote: undefined });
  await requests.openPullRequest({ taskId: "t1", branch, baseBranch: "main", baseCommit: base, headCommit: tree, title: "t", body: "", reviewers: [] });
  await requests.runChecks({
    baseCommit: base,
    headCommit: tree,
    checks: [{ name: "true", run: "true", timeoutSeconds: 20 }],
    copy: [],
    isUnsandboxedAllowed: true,
    signal: AbortSignal.timeout(30_000),
  });
  assert.equal(existsSync(witness), false, existsSync(witness) ? readFileSync(witness, "utf8") : "");
});
