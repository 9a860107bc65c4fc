import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { call, startScriptedModel, text, type Conversation, type ModelStep } from "../../../../test/programs/scripted-model/index.ts";
import { createBareRemote } from "../../../../test/support/bare-remote.ts";
import { AgentsConfig, type AgentEvent } from "../../agent/index.ts";
import { createDriver } from "../../agent/runtime/index.ts";
import { decideReview } from "../service/decision.ts";
import { mergeRound } from "../service/findings.ts";
import type { ReviewFinding, ReviewRound } from "../types.ts";
import { createReplyTool, readReviewersAt, reviewHead, type ReviewHeadOptions } from "./index.ts";

const reviewerFile = (paths: string) => `---\ndescription: Reads.\npaths: [${paths}]\n---\n- Be strict.\n`;
const remote = await createBareRemote({
  "src/a.ts": Array.from({ length: 60 }, (_, index) => `line ${index + 1}\n`).join(""),
  "docs/reviewers/security.md": reviewerFile('"src/**"'),
  "docs/reviewers/tests.md": reviewerFile('"src/**"'),
  "docs/reviewers/prose.md": reviewerFile('"*.md"'),
  "docs/reviewers/README.md": "About reviewers.\n",
});
let script: (conversation: Conversation) => ModelStep = () => text("unset");
const model = await startScriptedModel({ script: (conversation) => script(conversation) });
after(async () => { await model.close(); await remote.dispose(); });
const clone = await remote.clone("user");
const { providers } = remote;
const driver = await createDriver("builtin", providers, AgentsConfig.parse({ builtin: { provider: "openai-compatible", baseUrl: model.url, model: "scripted" } }));
const base = clone.git("rev-parse", "origin/main");

const nameOf = (conversation: Conversation): string => /You are the reviewer "([^"]+)"/.exec(conversation.system)?.[1] ?? "";
const answer = (findings: readonly object[], rulings: readonly object[] = []): ModelStep => text(`My review:\n\`\`\`json\n${JSON.stringify({ findings, rulings })}\n\`\`\``);
const hole = { priority: "P1", file: "src/a.ts", line: 3, title: "Trusts the input", detail: "d", evidence: "e", suggestion: "s" };

async function review(head: string, more: Partial<ReviewHeadOptions> = {}): Promise<ReviewRound> {
  clone.git("checkout", "--quiet", "--detach", head);
  const reviewers = await readReviewersAt({ providers, rootPath: clone.path, commit: base, folder: "docs/reviewers" });
  return reviewHead({
    providers, driver, reviewers, worktreePath: clone.path, baseCommit: base, headCommit: head, round: 1, findings: [], task: { id: "t", title: "Change a", prompt: "please" },
    sessionRoot: join(clone.repository.statePath, "sessions"), model: undefined, effort: undefined, limits: { modelCallsMax: 10, timeoutMs: 60_000 }, isUnsandboxedAllowed: true,
    signal: AbortSignal.timeout(60_000), onEvent: () => undefined, ...more,
  });
}

const shown = (round: ReviewRound) => round.verdicts.map(({ reviewer, verdict, findings }) => [reviewer, verdict, findings.map(({ title, priority }) => `${priority} ${title}`)]);

test("a round asks each reviewer that the change concerns, in a read-only session of its own, and asks again for an answer that it cannot read", async () => {
  const head = clone.commitOn("one", { "src/a.ts": "changed\n", "docs/reviewers/tests.md": reviewerFile('"nothing/**"') }, base);
  const seen: string[] = [];
  script = (conversation) => {
    const name = nameOf(conversation);
    seen.push(name);
    if (name === "security") return answer([hole]);
    if (conversation.lastUserText.includes("could not be read")) return answer([]);
    return conversation.toolResults.length === 0 ? call("run", { command: "echo x > evil.txt; echo y >> src/a.ts; ls" }) : text("Looks good to me!");
  };
  const events: [string, AgentEvent["kind"]][] = [];
  const round = await review(head, { onEvent: (reviewer, event) => events.push([reviewer, event.kind]) });
  assert.deepEqual(shown(round), [["security", "request-changes", ["P1 Trusts the input"]], ["tests", "approve", []]]);
  assert.equal(round.headCommit, head);
  assert.deepEqual(seen.sort(), ["security", "tests", "tests", "tests"]);
  assert.equal(new Set(model.requests.map((request) => request.conversation.key)).size, 2);
  assert.ok(model.requests.every((request) => !request.conversation.toolsOffered.includes("apply_patch")));
  assert.ok(round.verdicts.every(({ usage }) => usage.outputTokens > 0));
  assert.ok(events.some(([reviewer, kind]) => reviewer === "tests" && kind === "tool-finished"));
  if ((await providers.sandbox.detect()).kind !== "none") assert.deepEqual([existsSync(join(clone.path, "evil.txt")), clone.git("status", "--porcelain")], [false, ""]);
});

test("findings go through rounds: a push-back that the reviewer drops, a repair that it verifies, a new finding beside the change that is not taken", async () => {
  const first = clone.commitOn("two", { "src/a.ts": Array.from({ length: 60 }, (_, index) => (index === 2 ? "bad\n" : `line ${index + 1}\n`)).join("") }, base);
  script = (conversation) => (nameOf(conversation) === "security" ? answer([hole, { ...hole, priority: "P2", title: "Slow loop" }]) : answer([]));
  const roundOne = await review(first);
  let findings: readonly ReviewFinding[] = mergeRound([], roundOne);
  const decision = decideReview({ findings, round: roundOne, roundsMax: 3, blockFrom: "P2", head: first });
  assert.equal(decision.kind === "author" && decision.blocking.length, 2);
  const tool = createReplyTool({ read: () => findings, write: (changed) => { findings = changed; } });
  const signal = AbortSignal.timeout(1000);
  const [holeId, slowId] = findings.map(({ id }) => id);
  assert.equal((await tool.execute({ id: holeId, decision: "defer", reason: "later" }, signal)).isError, true);
  assert.equal((await tool.execute({ id: holeId, decision: "fix", reason: "checked now" }, signal)).isError, false);
  assert.equal((await tool.execute({ id: slowId, decision: "push-back", reason: "runs once" }, signal)).isError, false);
  assert.equal((await tool.execute({ id: slowId, decision: "maybe" }, signal)).isError, true);

  const second = clone.commitOn("two", { "src/a.ts": Array.from({ length: 60 }, (_, index) => (index === 2 ? "good\n" : `line ${index + 1}\n`)).join("") }, first);
  script = (conversation) => {
    if (nameOf(conversation) !== "security") return answer([]);
    assert.match(conversation.lastUserText, /author: push-back, runs once/);
    return answer(
      [{ ...hole, line: 55, title: "Late thought", priority: "P1" }],
      [
        { id: holeId, ruling: "resolved", reason: "seen" },
        { id: slowId, ruling: "accept", reason: "true" },
      ],
    );
  };
  const roundTwo = await review(second, { round: 2, findings, rounds: [roundOne] });
  findings = mergeRound(findings, roundTwo);
  assert.deepEqual(findings.map(({ title, state, ruling }) => [title, state, ruling]), [["Trusts the input", "resolved", "seen"], ["Slow loop", "accepted-pushback", "true"]]);
  assert.equal(roundTwo.verdicts.find(({ reviewer }) => reviewer === "security")?.ignoredCount, 1);
  assert.deepEqual(decideReview({ findings, round: roundTwo, roundsMax: 3, blockFrom: "P2", head: second }), { kind: "approved", headCommit: second, failedReviewers: [] });
});

test("reviewers without a readable answer are failed verdicts, and all of them together hold the change", async () => {
  const head = clone.commitOn("three", { "src/a.ts": "changed again\n" }, base);
  script = (conversation) => (nameOf(conversation) === "tests" ? { kind: "httpError", status: 400, message: "no such model" } : text("I approve of this!"));
  const round = await review(head);
  assert.deepEqual(round.verdicts.map(({ verdict, reason }) => [verdict, reason === undefined || reason === ""]), [["failed", false], ["failed", false]]);
  const decision = decideReview({ findings: mergeRound([], round), round, roundsMax: 3, blockFrom: "P2", head });
  assert.equal(decision.kind, "hold");
});

test("a repository without reviewers is read by the general one, and a change that concerns nobody by none", async () => {
  const head = clone.commitOn("four", { "bench/x.txt": "x\n" }, base);
  script = () => answer([]);
  assert.deepEqual(shown(await review(head, { reviewers: [] })), [["general", "approve", []]]);
  assert.deepEqual(shown(await review(head)), []);
});

test("a cancelled review rejects instead of giving verdicts", async () => {
  const head = clone.commitOn("five", { "src/a.ts": "cancel\n" }, base);
  const controller = new AbortController();
  script = () => { controller.abort(); return { kind: "hang", after: "nothing" }; };
  await assert.rejects(review(head, { signal: controller.signal }), { name: "AbortError" });
});

test("readReviewersAt() reads the commit, not the checkout, and names every invalid file", async () => {
  const names = async (commit: string, folder: string) => (await readReviewersAt({ providers, rootPath: clone.path, commit, folder })).map(({ name }) => name);
  assert.deepEqual(await names(base, "./docs/reviewers/"), ["prose", "security", "tests"]);
  assert.deepEqual(await names(base, "no/such/folder"), []);
  const broken = clone.commitOn("six", { "docs/reviewers/x.md": "no front matter", "docs/reviewers/y.md": "---\nname: tests\ndescription: d\n---\nbody\n" }, base);
  await assert.rejects(names(broken, "docs/reviewers"), (error: Error) => error.message.includes("x.md") && error.message.includes('"tests" is taken'));
});

test("a file of the name self takes the place of the own check's guardrails; names of the harness's own reviewers are refused", async () => {
  const start = clone.commitOn("own-check", { "docs/reviewers/self.md": "---\ndescription: Own.\n---\n- Is the menu right?\n" }, base);
  const head = clone.commitOn("own-change", { "src/a.ts": "mine\n" }, start);
  const asked: string[] = [];
  script = (conversation) => { asked.push(`${nameOf(conversation)}${conversation.system.includes("Is the menu right?") ? " by its file" : ""}`); return answer([]); };
  const reviewers = await readReviewersAt({ providers, rootPath: clone.path, commit: start, folder: "docs/reviewers" });
  const round = await review(head, { baseCommit: start, reviewers, selfReview: { blockFrom: "P2" } });
  assert.deepEqual([asked.sort(), round.verdicts.map(({ reviewer }) => reviewer).sort()], [["security", "self by its file", "tests"], ["security", "self", "tests"]]);
  const taken = clone.commitOn("taken", { "docs/reviewers/attestation.md": reviewerFile('"**"') }, base);
  await assert.rejects(readReviewersAt({ providers, rootPath: clone.path, commit: taken, folder: "docs/reviewers" }), {
    code: "REVIEWER_INVALID",
    message: /"attestation" is the harness's own/,
  });
});
