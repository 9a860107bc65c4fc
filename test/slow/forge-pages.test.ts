// More on one pull request of GitHub than one look shows: what was said first and what was checked last count all the same, and nothing is said twice.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createBareRemote, type BareRemote, type Clone } from "../support/bare-remote.ts";
import { startFakeGitHub, type FakeForge } from "../programs/forge/github.ts";
import { ForgeWorld, people } from "../programs/forge/world.ts";
import type { Configuration } from "../../src/base/config-section.ts";
import { ForgeConfig } from "../../src/domains/forge/index.ts";
import { noUsage } from "../../src/domains/model/index.ts";
import { openPullRequests, type PullRequests } from "../../src/domains/pull-request/runtime/index.ts";

let remote: BareRemote;
let clone: Clone;
let world: ForgeWorld;
let forge: FakeForge;
let requests: PullRequests;
let head: string;
let aheadMs = 0;
before(async () => {
  remote = await createBareRemote({ "a.txt": "one\n" }, { INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" });
  clone = await remote.clone("user");
  world = new ForgeWorld(remote.originPath);
  forge = await startFakeGitHub(world);
  const settings = ForgeConfig.parse({ kind: "github", url: forge.url, repository: "team/desk", pollSeconds: 5 });
  const configuration: Configuration = {
    path: undefined,
    keys: ["forge"],
    read: (section) => section.schema.parse(section.key === "forge" ? settings : undefined) as never,
  }; // the one section that is asked for
  const providers = { ...remote.providers, clock: { ...remote.providers.clock, nowMs: () => remote.providers.clock.nowMs() + aheadMs } };
  requests = await openPullRequests({ providers, repository: clone.repository, configuration, signal: AbortSignal.timeout(80_000) });
  head = clone.commitOn("inspan/t1", { "a.txt": "two\n" });
  await requests.pushBranch({ worktreePath: clone.path, branch: "inspan/t1", commit: head, expectedRemote: undefined });
});
after(async () => { requests.close(); await forge.close(); await remote.dispose(); });

const open = async () =>
  requests.openPullRequest({
    taskId: "t1",
    branch: "inspan/t1",
    baseBranch: "main",
    baseCommit: clone.git("rev-parse", "origin/main"),
    headCommit: head,
    title: "Two",
    body: "b",
    reviewers: [],
  });
const passes = (index: number, more: object = {}) => ({
  id: world.id(),
  name: `job ${index}`,
  sha: head,
  status: "completed" as const,
  conclusion: "success",
  log: "",
  attempts: 1,
  startedAt: world.now(),
  completedAt: world.now(),
  ...more,
});

test("words of all three channels and replies are heard beyond the first page; a comment of ours far back is not said again", async () => {
  const pullRequest = await open();
  const round = {
    round: 1,
    baseCommit: head,
    headCommit: head,
    leftOut: "",
    verdicts: [{ reviewer: "tests", verdict: "approve" as const, findings: [], rulings: [], ignoredCount: 0, usage: noUsage }],
  };
  await requests.recordReview(pullRequest, { round, findings: [] });
  const said = world.comments.length;
  world.say(1, people.ada, "First of all, rename it.");
  world.say(1, people.ada, "Not like this.", { kind: "review", state: "CHANGES_REQUESTED", commit: head });
  const long = world.say(1, people.linter, "<!-- inspan:t1:x -->", { kind: "inline", path: "a.txt", line: 1, commit: head });
  const own = "<!-- inspan:t1:noise -->"; // our own words wait for no answer
  for (let index = 0; index < 260; index++) world.say(1, people.agent, own);
  for (let index = 0; index < 140; index++) world.say(1, people.linter, "", { kind: "review", state: "COMMENTED" });
  for (let index = 0; index < 110; index++) world.say(1, people.agent, own, { kind: "inline", path: "a.txt", line: 1 });
  for (let index = 0; index < 150; index++) world.say(1, people.agent, own, { kind: "inline", path: "a.txt", line: 1, replyTo: long.id });
  world.say(1, people.ada, "And the last reply.", { kind: "inline", path: "a.txt", line: 1, replyTo: long.id });
  const heard = await requests.openFeedback(pullRequest);
  assert.deepEqual(heard.map(({ text, channel }) => [text, channel]).sort(), [
    ["And the last reply.", "inline"],
    ["First of all, rename it.", "top-level"],
    ["Not like this.", "review"],
  ]);
  const before = world.comments.length;
  await requests.recordReview(pullRequest, { round, findings: [] });
  assert.equal(world.comments.length, before, `said again: ${world.comments.at(-1)?.body.slice(0, 80)}`);
  assert.equal(said, 1);
  const first = heard.find(({ text }) => text.startsWith("First of all"))?.latestId ?? "";
  const finding = {
    id: "f00d",
    reviewer: "tests",
    priority: "P1" as const,
    file: "",
    title: "Told",
    detail: `<!-- inspan:t1:answer:${first} -->`,
    evidence: "e",
    suggestion: "",
    state: "open" as const,
    firstRound: 1,
    commit: head,
  };
  await requests.recordReview(pullRequest, { round, findings: [finding] });
  assert.equal((await requests.openFeedback(pullRequest)).length, 3, "no hidden line in a reviewer's words answers anybody");
});

test("the common look reads long talks once, and again only where something was said", async () => {
  const pulls = [{ id: "1", anchorCommit: "" }];
  const look = async () => {
    aheadMs += 60_000;
    const from = world.requests.length;
    const words = await requests.readWords(pulls);
    return { count: world.requests.length - from, words: JSON.stringify(words.get("1")) };
  };
  const first = await look();
  assert.ok(first.words.includes("First of all"), first.words.slice(0, 300));
  const second = await look();
  assert.deepEqual([second.count, second.words === first.words], [1, true]);
  world.say(1, people.ada, "A new word.");
  const third = await look();
  assert.ok(third.count > 1 && third.words.includes("A new word.") && third.words.includes("First of all"), `${third.count} requests`);
});

test("of a hundred and thirty checks the last one fails the head; of two jobs of one name neither speaks for the other", async () => {
  world.comments.splice(0); // taken back, all of them: nothing waits for an answer
  world.checks.push(...Array.from({ length: 129 }, (_, index) => passes(index)), passes(129, { conclusion: "failure" }));
  const pullRequest = await open();
  const sweep = async () => { aheadMs += 60_000; return requests.sweep(pullRequest, { headCommit: head, baseCommit: head, signal: AbortSignal.timeout(30_000) }); };
  const failed = await sweep();
  assert.deepEqual(failed.kind === "failed" && failed.results.map(({ name }) => name), ["job 129"], failed.kind);
  assert.equal((await requests.readBaseChecks([head]))?.get(head)?.kind, "red");
  world.checks.splice(0, Infinity, passes(1, { name: "test", workflow: "unit", conclusion: "failure" }), passes(2, { name: "test", workflow: "docs" }));
  const two = await sweep();
  assert.deepEqual(two.kind === "failed" && two.results.map(({ name }) => name), ["test"], two.kind);
  world.checks.push(passes(3, { name: "test", workflow: "unit" }));
  const mended = await sweep();
  assert.equal(mended.kind, "clear", "the later run of the same job counts");
});
