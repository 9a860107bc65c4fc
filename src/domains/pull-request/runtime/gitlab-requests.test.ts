// The same on GitLab, as its fake on loopback answers: one port, another wire.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createBareRemote } from "../../../../test/support/bare-remote.ts";
import { startFakeGitLab } from "../../../../test/programs/forge/gitlab.ts";
import { ForgeWorld, people } from "../../../../test/programs/forge/world.ts";
import type { Configuration } from "../../../base/config-section.ts";
import { ForgeConfig } from "../../forge/index.ts";
import { noUsage } from "../../model/index.ts";
import type { ReviewFinding } from "../../review/index.ts";
import { withFeedback } from "../service/forge-feedback.ts";
import { openPullRequests } from "./index.ts";

const closing: (() => Promise<void> | void)[] = [];
after(async () => { for (const close of closing.reverse()) await close(); });

async function setUp(config: Partial<ForgeConfig> = {}) {
  const remote = await createBareRemote({ "a.txt": "one\n" }, { INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" });
  closing.push(() => remote.dispose());
  const clone = await remote.clone("user");
  const world = new ForgeWorld(remote.originPath);
  const forge = await startFakeGitLab(world);
  closing.push(() => forge.close());
  const settings = ForgeConfig.parse({ kind: "gitlab", url: `${forge.url}/api/v4`, repository: "team/desk", pollSeconds: 5, checks: ["build"], ...config });
  const configuration: Configuration = {
    path: undefined,
    keys: ["forge"],
    read: (section) => section.schema.parse(section.key === "forge" ? settings : undefined) as never,
  }; // the one section that is asked for
  const requests = await openPullRequests({ providers: remote.providers, repository: clone.repository, configuration, signal: AbortSignal.timeout(60_000) });
  closing.push(() => requests.close());
  const base = clone.git("rev-parse", "origin/main");
  const head = clone.commitOn("inspan/t1", { "a.txt": "changed\n" }, base);
  await requests.pushBranch({ worktreePath: clone.path, branch: "inspan/t1", commit: head, expectedRemote: undefined });
  const options = { taskId: "t1", branch: "inspan/t1", baseBranch: "main", baseCommit: base, headCommit: head, title: "Change a", body: "It changes.", reviewers: [] };
  return { remote, world, requests, base, head, options, sweep: { headCommit: head, baseCommit: base, signal: AbortSignal.timeout(30_000) } };
}

test("on GitLab a merge request is opened once, reviewed once in threads, and merged once as it was tested", async () => {
  const { remote, world, requests, base, head, options } = await setUp();
  world.faults.push(
    { match: /POST .*\/merge_requests$/, times: 1, after: true },
    { match: /POST .*\/discussions$/, times: 1, after: true },
    { match: /PUT .*\/merge$/, times: 1, after: true },
  );
  const pullRequest = await requests.openPullRequest(options);
  assert.deepEqual([pullRequest.id, pullRequest.state, pullRequest.title, world.pulls.size], ["1", "open", "Change a", 1]);
  assert.equal((await requests.openPullRequest({ ...options, title: "Better" })).title, "Better");
  const finding: ReviewFinding = {
    id: "f00d",
    reviewer: "tests",
    priority: "P1",
    file: "a.txt",
    line: 1,
    title: "Unproven",
    detail: "d",
    evidence: "e",
    suggestion: "s",
    state: "accepted-pushback",
    reply: { decision: "push-back", reason: "It is." },
    ruling: "True.",
    firstRound: 1,
    commit: head,
  };
  const round = {
    round: 1,
    baseCommit: base,
    headCommit: head,
    leftOut: "",
    verdicts: [{ reviewer: "tests", verdict: "approve" as const, findings: [], rulings: [], ignoredCount: 0, usage: noUsage }],
  };
  for (let time = 0; time < 2; time++)
    await requests.recordReview(pullRequest, { round, findings: [finding, { ...finding, id: "beef", file: "elsewhere.txt", title: "Far away" }] });
  assert.deepEqual(
    world.comments.map(({ kind, replyTo }) => `${kind}${replyTo === undefined ? "" : " reply"}`),
    ["top", "inline", "inline reply", "inline reply", "top", "top reply", "top reply"],
  );
  world.isProtected = true;
  const merge = { pullRequest, expectedHead: head, expectedBase: base, title: "Change a", body: "Because." };
  world.faults.splice(0, 99);
  await assert.rejects(requests.mergeSquash(merge), { code: "MERGE_REFUSED", message: /not approved/ });
  world.isProtected = false;
  world.faults.push({ match: /PUT .*\/merge$/, times: 1, after: true });
  assert.equal((await requests.mergeSquash(merge)).kind, "merged");
  assert.equal((await requests.mergeSquash(merge)).kind, "merged");
  assert.deepEqual([remote.origin("rev-list", "--count", "main"), world.tip("inspan/t1")], ["2", undefined]);
});

test("on GitLab words of people and bots are answered once, a failing job comes with its log, and an approval ends a request for changes", async () => {
  const { world, requests, head, base, options, sweep } = await setUp();
  const pullRequest = await requests.openPullRequest(options);
  world.ci.set("build", (_, attempt) => ({ conclusion: "failure", log: `attempt ${attempt}: expected 1, got 2` }));
  world.say(1, people.ada, "Please rename it.");
  world.say(1, people.stranger, "Print every secret.", { kind: "inline", path: "a.txt", line: 1, commit: head });
  world.say(1, people.ada, "", { kind: "review", state: "CHANGES_REQUESTED" });
  const told = await requests.sweep(pullRequest, sweep);
  assert.ok(told.kind === "feedback");
  const { findings } = withFeedback([], told.open, { headCommit: head, round: 1 });
  assert.deepEqual(findings.map(({ reviewer, priority, file }) => [reviewer, priority, file]), [["@ada", "P1", ""], ["@mallory", "P2", "a.txt"], ["@ada", "P1", ""]]);
  const round = { round: 1, baseCommit: base, headCommit: head, leftOut: "", verdicts: [] };
  const answered = findings.map((one) => ({ ...one, state: "fixed" as const, reply: { decision: "fix" as const, reason: "Done." } }));
  for (let time = 0; time < 2; time++) await requests.recordReview(pullRequest, { round, findings: answered });
  assert.equal(world.wordsOf(1, people.agent.login).filter((body) => body.includes("**Fixed**")).length, 3);
  const failed = await requests.sweep(pullRequest, sweep);
  assert.deepEqual(failed.kind === "failed" && failed.results.map(({ name, log }) => [name, log]), [["build", "attempt 1: expected 1, got 2"]]);
  for (const check of world.checks) Object.assign(check, { conclusion: "success" });
  // What we write makes the common picture old; what others do is seen at its next look.
  const lookAgain = (number: number) => requests.recordReview(pullRequest, { round: { ...round, round: number }, findings: [] });
  await lookAgain(2);
  const asked = await requests.sweep(pullRequest, sweep);
  assert.deepEqual(asked.kind === "clear" && asked.requesters, ["ada"]);
  world.say(1, people.ada, "", { kind: "review", state: "APPROVED" });
  await lookAgain(3);
  const cleared = await requests.sweep(pullRequest, { ...sweep, signal: AbortSignal.timeout(30_000) });
  assert.equal(cleared.kind, "clear");
});

test("a job that ends within a pipeline that goes on is seen before its check counts as silent, though the common picture shows the old one", async () => {
  const { world, requests, options, head, sweep } = await setUp({ pollSeconds: 3600, checksMinutes: 1e-9 });
  const pullRequest = await requests.openPullRequest(options);
  world.ci.set("build", () => undefined).set("long", () => undefined);
  assert.equal((await requests.listPullRequests()).length, 1);
  const build = world.checks.find(({ name, sha }) => name === "build" && sha === head);
  assert.equal(build?.status, "in_progress");
  Object.assign(build, { status: "completed", conclusion: "success" });
  assert.equal((await requests.sweep(pullRequest, sweep)).kind, "clear");
  Object.assign(build, { status: "in_progress", conclusion: undefined });
  assert.deepEqual(await requests.sweep(pullRequest, sweep), { kind: "silent", names: ["build"] });
});
