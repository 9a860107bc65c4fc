// Does what the state machine asks for, and says what came of it. Each can be repeated after a crash: it looks first.
import { dirname, join } from "node:path";
import { assertNever } from "../../../base/assert.ts";
import { InspanError } from "../../../base/errors.ts";
import { checksSection, mergeSection, renderBody, renderTitle } from "../../pull-request/index.ts";
import { createPullRequests } from "../../pull-request/runtime/index.ts";
import { reviewSection, withDebt } from "../../review/index.ts";
import { changedBetween, commitWorktree, createWorktree, deleteBranch, findForbiddenContent, headCommitOf, refreshBase, releaseWorktree, textAt } from "../../worktree/runtime/index.ts";
import { copySection, setupSection, type Commit, type Worktree } from "../../worktree/index.ts";
import type { AgentDriver } from "../../agent/index.ts";
import { testsSection } from "../config.ts";
import { areScriptsChanged, reasonsForPerson } from "../service/guarding.ts";
import { renderProof } from "../service/features.ts";
import type { Effect, TaskEvent, TaskRules, TaskState } from "../types/index.ts";
import type { Author } from "./author.ts";
import { readFeatureList, writeFeatureFile } from "./feature-file.ts";
import { proveFeature } from "./prove.ts";
import { reviewTask } from "./review.ts";
import { createJournalQueue, type TaskRun } from "./run.ts";
import { validateHead } from "./validate.ts";

export interface EffectContext { readonly run: TaskRun; readonly author: Author; readonly driver: AgentDriver; readonly signal: AbortSignal }

/** An event before the loop adds when it happened and how long it took. */
export type BareEvent = TaskEvent extends infer Event ? (Event extends TaskEvent ? Omit<Event, "at" | "activeMs"> : never) : never;

function worktreeOf(state: TaskState): Worktree {
  if (!state.worktree) throw new Error(`BUG: expected a worktree in phase ${state.phase}`);
  return state.worktree;
}

function headOf(state: TaskState): Commit {
  if (!state.head) throw new Error(`BUG: expected a head commit in phase ${state.phase}`);
  return state.head;
}

async function prepare({ run, signal }: EffectContext, state: TaskState): Promise<BareEvent> {
  const base = await refreshBase(run.providers.git, run.repository, signal);
  const configuration = await run.configurationAt(base.commit);
  const worktree = await createWorktree({
    providers: run.providers, repository: run.repository, owner: state.id, title: state.title, base,
    copy: configuration.read(copySection), setup: configuration.read(setupSection), isUnsandboxedAllowed: state.isUnsandboxedAllowed, progress: run.context.progress, signal,
  });
  const features = state.features && (await readFeatureList(run, base.commit, state.features.path));
  return { kind: "prepared", worktree, ...(features ? { features } : {}) };
}

/** What the author left for later gets its line in the tracker, in the same commit as the answer. */
async function writeDebt(run: TaskRun, state: TaskState): Promise<void> {
  if (!state.review.findings.some((finding) => finding.state === "deferred")) return;
  const { path, baseCommit } = worktreeOf(state);
  const file = join(path, (await run.configurationAt(baseCommit)).read(reviewSection).debt);
  const { files } = run.providers;
  const text = withDebt(await files.readText(file), state.review.findings);
  if (text === undefined) return;
  await files.makeFolder(dirname(file));
  // A folder that the agent made a link would lead our write out of the worktree.
  const [root, folder] = [files.now.realPath(path), files.now.realPath(dirname(file))];
  if (root === undefined || folder === undefined || !`${folder}/`.startsWith(`${root}/`)) throw new InspanError("DEBT_OUTSIDE", `Cannot write "${file}": it lies outside of the worktree, expected inside.`, { remedy: "mend review.debt in inspan.yaml, or remove the link" });
  await files.writeText(file, text);
}

async function commit({ run }: EffectContext, state: TaskState, message: string): Promise<BareEvent> {
  const { path, baseCommit } = worktreeOf(state);
  const forbidden = await findForbiddenContent(run.providers.git, run.providers.files, path, baseCommit);
  if (forbidden.length > 0) return { kind: "commit-refused", failures: [{ channel: "harness", title: "the worktree holds what must not be committed", text: `Remove it or replace it by ordinary files:\n${forbidden.map((item) => `${JSON.stringify(item.path)}: ${item.reason}`).join("\n")}` }] };
  await writeDebt(run, state);
  await writeFeatureFile(run, state);
  const before = await headCommitOf(run.providers.git, path);
  // A crash between commit and journal leaves the head moved already: it is told apart by what the state last knew.
  const made = await commitWorktree(run.providers.git, path, run.providers.secrets.redact(message));
  const head = made ?? before;
  return { kind: "committed", head, isChanged: head !== state.head };
}

function describe(state: TaskState, hasChecks: boolean): { readonly title: string; readonly body: string } {
  const { reproduction } = state;
  const body = renderBody({
    title: state.title, what: state.plan?.summary ?? state.title, why: state.prompt,
    reproduction: reproduction?.kind === "proved" ? { kind: "evidence", text: renderProof(state) } : reproduction?.kind === "shown" ? { kind: "evidence", text: `\`${reproduction.command}\` failed before the change and passes now:\n\n\`\`\`\n${reproduction.failure.replaceAll("```", "'''")}\n\`\`\`` } : { kind: "none", reason: reproduction?.reason ?? "no reason given" },
    checks: state.checks.head === state.head ? state.checks.results : hasChecks ? "pending" : [], roundCount: state.review.rounds.length, findings: state.review.findings,
  });
  return { title: renderTitle(state.title), body };
}

async function publish({ run, signal }: EffectContext, state: TaskState): Promise<BareEvent> {
  const worktree = worktreeOf(state);
  const head = headOf(state);
  const pullRequests = createPullRequests(run.providers, run.repository, signal);
  const pushed = await pullRequests.pushBranch({ worktreePath: worktree.path, branch: worktree.branch, commit: head, expectedRemote: state.pushedCommit });
  if (pushed.kind === "moved") return { kind: "effect-failed", code: "BRANCH_MOVED", message: `Cannot push "${worktree.branch}": somebody else moved it to ${pushed.remoteCommit ?? "nothing (deleted)"}.`, remedy: `git fetch, then: inspan task takeover ${state.id}` };
  const pullRequest = await pullRequests.openPullRequest({
    taskId: state.id, branch: worktree.branch, baseBranch: run.repository.baseBranch, baseCommit: worktree.baseCommit, headCommit: head, ...describe(state, (await readTaskRules(run, state)).hasChecks),
    reviewers: [...new Set(state.review.rounds.flatMap((round) => round.verdicts.map((verdict) => verdict.reviewer)))],
  });
  for (const round of state.review.rounds) await pullRequests.recordReview(pullRequest, { round, findings: state.review.findings });
  return { kind: "published", pullRequest, pushedCommit: head };
}

async function check({ run, signal }: EffectContext, state: TaskState): Promise<BareEvent> {
  const worktree = worktreeOf(state);
  const head = headOf(state);
  const pullRequests = createPullRequests(run.providers, run.repository, signal);
  const base = await refreshBase(run.providers.git, run.repository, signal);
  const configuration = await run.configurationAt(base.commit);
  const journal = createJournalQueue(run, state);
  const ran = await pullRequests.runChecks({
    baseCommit: base.commit, headCommit: head, checks: configuration.read(checksSection), copy: configuration.read(copySection), isUnsandboxedAllowed: state.isUnsandboxedAllowed, signal,
    progress: run.context.progress, onResult: (result) => journal.push({ type: "check", data: { name: result.name, status: result.status, durationMs: Math.round(result.durationMs) } }),
  });
  await journal.settled();
  signal.throwIfAborted();
  if (ran.kind === "conflict") return { kind: "checked", outcome: "conflict", base: base.commit, results: [], detail: ran.paths.join("\n"), reasonsForPerson: [] };
  await pullRequests.recordChecks(head, ran.results);
  return {
    kind: "checked", outcome: ran.results.every((result) => result.status === "passed") ? "passed" : "failed", base: base.commit, results: ran.results, detail: "",
    reasonsForPerson: await readReasonsForPerson(run, state, worktree, head),
  };
}

/** Read from what is committed and from the base's configuration; the worktree says nothing. */
async function readReasonsForPerson(run: TaskRun, state: TaskState, worktree: Worktree, head: Commit): Promise<readonly string[]> {
  const { git } = run.providers;
  const configuration = await run.configurationAt(worktree.baseCommit);
  const paths = (await changedBetween(git, worktree.path, { from: worktree.baseCommit, to: head })).map((entry) => entry.path);
  const manifests = paths.filter((path) => path === "package.json" || path.endsWith("/package.json"));
  const texts = await Promise.all(manifests.map(async (file) => ({ file, before: await textAt(git, worktree.path, { commit: worktree.baseCommit, file }), after: await textAt(git, worktree.path, { commit: head, file }) })));
  return reasonsForPerson({
    paths, reviewersFolder: configuration.read(reviewSection).reviewers, checkCommands: configuration.read(checksSection).map((check) => check.run), guard: configuration.read(mergeSection).guard,
    changedScripts: texts.filter(({ before, after }) => areScriptsChanged(before, after)).map(({ file }) => file),
    noReproductionReason: state.reproduction?.kind === "none" ? state.reproduction.reason : undefined, testPaths: configuration.read(testsSection).paths,
  });
}

async function merge({ run, signal }: EffectContext, state: TaskState): Promise<BareEvent> {
  const head = headOf(state);
  if (!state.pullRequest) throw new Error("BUG: expected a pull request to merge");
  const pullRequests = createPullRequests(run.providers, run.repository, signal);
  const expectedBase = state.checks.base ?? (await refreshBase(run.providers.git, run.repository, signal)).commit;
  const result = await pullRequests.mergeSquash({ pullRequest: state.pullRequest, expectedHead: head, expectedBase, ...describe(state, false) });
  switch (result.kind) {
    case "merged": return { kind: "merge-ended", outcome: "merged", commit: result.commit as Commit }; // git printed a commit
    case "base-moved": return { kind: "merge-ended", outcome: "base-moved" };
    case "conflict": return { kind: "merge-ended", outcome: "conflict" };
    case "head-moved": return { kind: "effect-failed", code: "BRANCH_MOVED", message: `Cannot merge "${state.pullRequest.branch}": its head at the remote is ${result.headCommit ?? "gone"}, expected ${head}.`, remedy: `inspan pr show ${state.pullRequest.id}` };
    case "nothing-to-merge": return { kind: "effect-failed", code: "NOTHING_TO_MERGE", message: `Cannot merge "${state.pullRequest.branch}": the base already holds all of it.`, remedy: `inspan task cancel ${state.id}` };
    default: return assertNever(result);
  }
}

async function cleanUp({ run, author }: EffectContext, state: TaskState): Promise<BareEvent> {
  await author.dispose();
  const { rescueRef, deleted } = await releaseWorktree(run.providers, run.repository, state.id);
  if (rescueRef) await run.record(state, [{ type: "rescue", data: { ref: rescueRef } }]);
  await deleted;
  if (state.mergeCommit && state.worktree && state.head) await deleteBranch(run.providers.git, run.repository, { branch: state.worktree.branch, head: state.head });
  return { kind: "cleaned-up" };
}

/** A worktree that somebody removed by hand is made again from its branch; what was not committed in it is gone with it. */
async function restoreWorktree({ run, signal }: EffectContext, state: TaskState, worktree: Worktree): Promise<void> {
  if (await run.providers.files.facts(join(worktree.path, ".git"))) return;
  const configuration = await run.configurationAt(worktree.baseCommit);
  run.context.progress(`the worktree is gone; it is made again from ${worktree.branch}`);
  await createWorktree({
    providers: run.providers, repository: run.repository, owner: state.id, title: state.title, base: { ref: worktree.baseRef, commit: worktree.baseCommit },
    copy: configuration.read(copySection), setup: configuration.read(setupSection), isUnsandboxedAllowed: state.isUnsandboxedAllowed, progress: run.context.progress, signal,
  });
}

/** Executes one effect. Rejects with an AbortError when the signal aborts, with an InspanError where the world is broken. */
export async function executeEffect(context: EffectContext, state: TaskState, effect: Effect): Promise<BareEvent> {
  if (state.worktree && effect.kind !== "prepare" && effect.kind !== "clean-up") await restoreWorktree(context, state, state.worktree);
  switch (effect.kind) {
    case "prepare": return prepare(context, state);
    case "turn": return context.author.runTurn(state, effect, context.signal);
    case "commit": return commit(context, state, effect.message);
    case "prove": return { kind: "proved", failures: await proveFeature(context.run, state, context.signal) };
    case "validate": return { kind: "validated", ...(await validateHead(context.run, state, context.signal)) };
    case "review": return reviewTask(context.run, context.driver, state, context.signal);
    case "publish": return publish(context, state);
    case "check": return check(context, state);
    case "merge": return merge(context, state);
    case "clean-up": return cleanUp(context, state);
    default: return assertNever(effect);
  }
}

/** What the state machine needs of the configuration: read from the base commit, defaults before there is one. */
export async function readTaskRules(run: TaskRun, state: TaskState): Promise<TaskRules> {
  if (!state.worktree) return { mergePolicy: "none", hasChecks: false };
  const configuration = await run.configurationAt(state.worktree.baseCommit);
  return { mergePolicy: configuration.read(mergeSection).policy, hasChecks: configuration.read(checksSection).length > 0 };
}
