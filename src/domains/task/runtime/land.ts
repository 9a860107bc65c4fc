// From an approved head to the merge: publish, check, merge. Each looks before it acts, and may be repeated after a crash.
import { assertNever } from "../../../base/assert.ts";
import { fingerprint } from "../../../base/hash.ts";
import { checksSection, mergeSection, renderBody, renderTitle, withFeedback, fitTemplate } from "../../pull-request/index.ts";
import { mergeThroughQueue, openPullRequests, readTemplate, type PullRequests } from "../../pull-request/runtime/index.ts";
import { renderAuthorPrompt, reviewSection } from "../../review/index.ts";
import { copySection, type Commit, type Worktree } from "../../worktree/index.ts";
import { changedBetween, refreshBase, textAt } from "../../worktree/runtime/index.ts";
import { testsSection } from "../config.ts";
import { renderProof } from "../service/features.ts";
import { areScriptsChanged, reasonsForPerson } from "../service/guarding.ts";
import type { TaskState } from "../types/index.ts";
import { describeEvidence, publishEvidence } from "./evidence.ts";
import { headOf, worktreeOf, type BareEvent, type EffectContext } from "./effect-context.ts";
import { waitForForge } from "./patient-forge.ts";
import { createJournalQueue, type TaskRun } from "./run.ts";
import { readTaskRules } from "./rules.ts";

/** The pull requests of the task's repository, as the base commit configures them, for the time of `work`. */
function withPullRequests<T>({ run, signal }: EffectContext, state: TaskState, work: (pullRequests: PullRequests) => Promise<T>): Promise<T> {
  return waitForForge({ clock: run.providers.clock, signal, progress: run.context.progress }, async () => {
    const pullRequests = await openPullRequests({
      providers: run.providers,
      repository: run.repository,
      configuration: await run.configurationAt(worktreeOf(state).baseCommit),
      signal,
    });
    try { return await work(pullRequests); } finally { pullRequests.close(); }
  });
}

async function describe(run: TaskRun, state: TaskState, hasChecks: boolean): Promise<{ readonly title: string; readonly body: string }> {
  const { reproduction } = state;
  const body = renderBody({
    evidence: await describeEvidence(run, state),
    title: state.title,
    what: state.plan?.summary ?? state.title,
    why: state.rework ? `${state.prompt}\n\nBegun afresh after ${state.rework.pullRequest ?? `task ${state.rework.of}`}: ${state.rework.why}` : state.prompt,
    reproduction:
      reproduction?.kind === "proved"
        ? { kind: "evidence", text: renderProof(state) }
        : reproduction?.kind === "shown"
          ? {
              kind: "evidence",
              text: `\`${reproduction.command}\` failed before the change and passes now:\n\n\`\`\`\n${reproduction.failure.replaceAll("```", "'''")}\n\`\`\``,
            }
          : { kind: "none", reason: reproduction?.reason ?? "no reason given" },
    checks: state.checks.head === state.head ? state.checks.results : hasChecks ? "pending" : [], roundCount: state.review.rounds.length, findings: state.review.findings,
  });
  return { title: renderTitle(state.title), body };
}

/** In the form of the repository's own template, where the base has one. */
async function inTemplate(
  run: TaskRun,
  worktree: Worktree,
  description: { readonly title: string; readonly body: string },
): Promise<{ readonly title: string; readonly body: string }> {
  const template = await readTemplate({ git: run.providers.git, cwd: run.repository.rootPath, commit: worktree.baseCommit });
  return template ? { ...description, body: fitTemplate(description.body, template.text) } : description;
}

export function publish(context: EffectContext, state: TaskState): Promise<BareEvent> {
  return withPullRequests(context, state, (pullRequests) => publishOn(pullRequests, context, state));
}

async function publishOn(pullRequests: PullRequests, { run }: EffectContext, state: TaskState): Promise<BareEvent> {
  const worktree = worktreeOf(state);
  const head = headOf(state);
  const pushed = await pullRequests.pushBranch({ worktreePath: worktree.path, branch: worktree.branch, commit: head, expectedRemote: state.pushedCommit });
  if (pushed.kind === "moved")
    return {
      kind: "effect-failed",
      code: "BRANCH_MOVED",
      message: `Cannot push "${worktree.branch}": somebody else moved it to ${pushed.remoteCommit ?? "nothing (deleted)"}.`,
      remedy: `git fetch, then: inspan task takeover ${state.id}`,
    };
  await publishEvidence(pullRequests, run, state);
  const pullRequest = await pullRequests.openPullRequest({
    taskId: state.id,
    branch: worktree.branch,
    baseBranch: run.repository.baseBranch,
    baseCommit: worktree.baseCommit,
    headCommit: head,
    ...(await inTemplate(run, worktree, await describe(run, state, (await readTaskRules(run, state)).hasChecks))),
    reviewers: [...new Set(state.review.rounds.flatMap((round) => round.verdicts.map((verdict) => verdict.reviewer)))],
  });
  for (const round of state.review.rounds) await pullRequests.recordReview(pullRequest, { round, findings: state.review.findings });
  return { kind: "published", pullRequest, pushedCommit: head };
}

export function check(context: EffectContext, state: TaskState): Promise<BareEvent> {
  return withPullRequests(context, state, (pullRequests) => checkOn(pullRequests, context, state));
}

async function checkOn(pullRequests: PullRequests, context: EffectContext, state: TaskState): Promise<BareEvent> {
  const { run, signal } = context;
  const worktree = worktreeOf(state);
  const head = headOf(state);
  const base = await refreshBase(run.providers.git, run.repository, signal);
  const configuration = await run.configurationAt(base.commit);
  const journal = createJournalQueue(run, state);
  const ran = await pullRequests.runChecks({
    baseCommit: base.commit,
    headCommit: head,
    checks: configuration.read(checksSection),
    copy: configuration.read(copySection),
    isUnsandboxedAllowed: state.isUnsandboxedAllowed,
    signal,
    progress: run.context.progress,
    onResult: (result) => journal.push({ type: "check", data: { name: result.name, status: result.status, durationMs: Math.round(result.durationMs) } }),
  });
  await journal.settled();
  signal.throwIfAborted();
  if (ran.kind === "conflict") return { kind: "checked", outcome: "conflict", base: base.commit, results: [], detail: ran.paths.join("\n"), reasonsForPerson: [] };
  await pullRequests.recordChecks(head, ran.results);
  const checked = { kind: "checked" as const, base: base.commit, results: ran.results, detail: "", reasonsForPerson: await readReasonsForPerson(run, state, worktree, head) };
  if (!ran.results.every((result) => result.status === "passed")) return { ...checked, outcome: "failed" };
  return hearForge(pullRequests, context, state, checked);
}

/** What the forge says once our own checks are green: words to answer, checks that fail, or silence. */
async function hearForge(
  pullRequests: PullRequests,
  { run, signal }: EffectContext,
  state: TaskState,
  checked: Omit<Extract<BareEvent, { kind: "checked" }>, "outcome">,
): Promise<BareEvent> {
  const head = headOf(state);
  if (!state.pullRequest) throw new Error("BUG: expected a pull request to sweep");
  const swept = await pullRequests.sweep(state.pullRequest, { headCommit: head, baseCommit: checked.base, signal, progress: run.context.progress });
  switch (swept.kind) {
    case "clear": {
      if (swept.flakes.length > 0) await run.record(state, [{ type: "flake", data: { checks: swept.flakes, head } }]);
      return {
        ...checked,
        outcome: "passed",
        reasonsForPerson: [...checked.reasonsForPerson, ...swept.requesters.map((login) => `@${login} asked for changes and has not approved since`)],
      };
    }
    case "feedback": {
      const { findings, fresh } = withFeedback(state.review.findings, swept.open, { headCommit: head, round: state.review.rounds.length });
      return { kind: "feedback", findings, prompt: renderAuthorPrompt(fresh) };
    }
    case "failed": return { ...checked, outcome: "failed", results: [...checked.results, ...swept.results] };
    case "silent": return { ...checked, outcome: "silent", detail: swept.names.join(", ") };
    case "conflict": return { ...checked, outcome: "conflict" };
    case "moved":
      return {
        kind: "effect-failed",
        code: "BRANCH_MOVED",
        message: `Cannot go on with "${state.pullRequest.branch}": somebody else moved it to ${swept.headCommit}.`,
        remedy: `git fetch, then: inspan task takeover ${state.id}`,
      };
    // Whoever merged it by hand has decided; the merge effect finds it.
    case "merged": return { ...checked, outcome: "passed", reasonsForPerson: [] };
    case "closed":
      return {
        kind: "effect-failed",
        code: "PULL_REQUEST_CLOSED",
        message: `Cannot go on with pull request ${state.pullRequest.id}: a person closed it.`,
        remedy: "open it again and resume, or cancel the task",
      };
    default: return assertNever(swept);
  }
}

/** Read from what is committed and from the base's configuration; the worktree says nothing. */
async function readReasonsForPerson(run: TaskRun, state: TaskState, worktree: Worktree, head: Commit): Promise<readonly string[]> {
  const { git } = run.providers;
  const configuration = await run.configurationAt(worktree.baseCommit);
  const paths = (await changedBetween(git, worktree.path, { from: worktree.baseCommit, to: head })).map((entry) => entry.path);
  const manifests = paths.filter((path) => path === "package.json" || path.endsWith("/package.json"));
  const texts = await Promise.all(
    manifests.map(async (file) => ({
      file,
      before: await textAt(git, worktree.path, { commit: worktree.baseCommit, file }),
      after: await textAt(git, worktree.path, { commit: head, file }),
    })),
  );
  return reasonsForPerson({
    paths,
    reviewersFolder: configuration.read(reviewSection).reviewers,
    checkCommands: configuration.read(checksSection).map((check) => check.run),
    guard: configuration.read(mergeSection).guard,
    policies: configuration.read(mergeSection).paths,
    draw: Number.parseInt(fingerprint(state.id).slice(0, 6), 16) % 100,
    changedScripts: texts.filter(({ before, after }) => areScriptsChanged(before, after)).map(({ file }) => file),
    noReproductionReason: state.reproduction?.kind === "none" && state.goal === undefined ? state.reproduction.reason : undefined,
    testPaths: configuration.read(testsSection).paths,
  });
}

export function merge(context: EffectContext, state: TaskState): Promise<BareEvent> {
  return withPullRequests(context, state, (pullRequests) => mergeOn(pullRequests, context, state));
}

/** The one way where the policy has a queue: landed as tested with the others, or rejected with the reason. */
export function mergeQueued(context: EffectContext, state: TaskState): Promise<BareEvent> {
  return withPullRequests(context, state, async (pullRequests) => {
    const { run, signal } = context;
    const head = headOf(state);
    if (!state.pullRequest) throw new Error("BUG: expected a pull request to merge");
    // Without checks of our own a forge has seen its checks pass.
    const isTested =
      state.checks.head === head &&
      (state.checks.results.length > 0 || state.pullRequest.anchorCommit === "") &&
      state.checks.results.every(({ status }) => status === "passed");
    const merged = await mergeThroughQueue(
      { ...run.context, providers: run.providers, signal },
      {
        repository: run.repository,
        pullRequests,
        pullRequest: state.pullRequest,
        head,
        testedBase: isTested ? state.checks.base : undefined,
        isUnsandboxedAllowed: state.isUnsandboxedAllowed,
      },
    );
    switch (merged.kind) {
      case "merged": return { kind: "merge-ended", outcome: "merged", commit: merged.commit as Commit }; // git or the forge named it
      case "conflict": return { kind: "merge-ended", outcome: "conflict", detail: merged.reason };
      case "rejected": return { kind: "merge-ended", outcome: "rejected", detail: merged.reason };
      default: return assertNever(merged);
    }
  });
}

async function mergeOn(pullRequests: PullRequests, { run, signal }: EffectContext, state: TaskState): Promise<BareEvent> {
  const head = headOf(state);
  if (!state.pullRequest) throw new Error("BUG: expected a pull request to merge");
  const expectedBase = state.checks.base ?? (await refreshBase(run.providers.git, run.repository, signal)).commit;
  const result = await pullRequests.mergeSquash({ pullRequest: state.pullRequest, expectedHead: head, expectedBase, ...await describe(run, state, false) });
  switch (result.kind) {
    case "merged": return { kind: "merge-ended", outcome: "merged", commit: result.commit as Commit }; // git printed a commit
    case "base-moved": return { kind: "merge-ended", outcome: "base-moved" };
    case "conflict": return { kind: "merge-ended", outcome: "conflict" };
    case "head-moved":
      return {
        kind: "effect-failed",
        code: "BRANCH_MOVED",
        message: `Cannot merge "${state.pullRequest.branch}": its head at the remote is ${result.headCommit ?? "gone"}, expected ${head}.`,
        remedy: `inspan pr show ${state.pullRequest.id}`,
      };
    case "nothing-to-merge":
      return {
        kind: "effect-failed",
        code: "NOTHING_TO_MERGE",
        message: `Cannot merge "${state.pullRequest.branch}": the base already holds all of it.`,
        remedy: `inspan task cancel ${state.id}`,
      };
    default: return assertNever(result);
  }
}
