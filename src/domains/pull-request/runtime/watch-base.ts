// After a merge: reads what checks say of the base, finds whose change made it red, and offers a revert tied to its pull request. One look, bounded.
import { boundText } from "../../../base/text.ts";
import { configurationAt } from "../../../providers/index.ts";
import { copySection, type Repository } from "../../worktree/index.ts";
import { readIdentity, refreshBase } from "../../worktree/runtime/index.ts";
import { checksSection } from "../config.ts";
import { readMergeTree, writeCommit } from "../repo/merge-result.ts";
import { openQueueStore, type QueueStore } from "../repo/queue-store.ts";
import { readRemoteRefs } from "../repo/remote.ts";
import { readTemplate } from "../repo/template.ts";
import { nextBaseStep, parseBaseLog, type BaseChecks, type BaseCommit } from "../service/base-watch.ts";
import { renderBody, renderTitle } from "../service/message.ts";
import { fitTemplate } from "../service/template.ts";
import type { PullRequest } from "../types.ts";
import type { PullRequests } from "./pull-requests.ts";
import type { Queue } from "./queue-work.ts";
import { portOf } from "./requests.ts";

// How far back a red base is searched; a team that merges more while nobody looks has no green base to go back to.
const commitsMax = 32;
// A search halves; more runs than this in one look come from checks that change their mind.
const runsMax = 8;
const logCharsMax = 6_000;

export type RevertOffer =
  | { readonly kind: "open"; readonly pullRequest: PullRequest; readonly isNew: boolean }
  /** A person closed the revert: they mend it another way. */
  | { readonly kind: "declined" | "merged"; readonly pullRequest: PullRequest }
  /** What came later builds on it; somebody has to mend it by hand. */
  | { readonly kind: "conflict"; readonly paths: readonly string[] };

export interface Regression {
  readonly culprit: BaseCommit;
  readonly failed: readonly { readonly name: string; readonly log: string }[];
  /** Where the change came from; undefined for a push by hand. */
  readonly pullRequest: PullRequest | undefined;
  readonly revert: RevertOffer | undefined;
}

export type BaseWatch =
  | { readonly kind: "green" | "wait"; readonly tip: string; readonly runs: number }
  | { readonly kind: "regression"; readonly tip: string; readonly runs: number; readonly regression: Regression; /** Told in an earlier look. */ readonly isKnown: boolean }
  /** It cannot be told whose it is. */
  | {
      readonly kind: "red";
      readonly tip: string;
      readonly runs: number;
      readonly candidates: readonly BaseCommit[];
      readonly failed: readonly { readonly name: string; readonly log: string }[];
    };

interface Watch {
  readonly context: Queue["context"];
  readonly repository: Repository;
  readonly pullRequests: PullRequests;
  readonly isUnsandboxedAllowed: boolean;
  readonly store: QueueStore;
}

type Reverting = Pick<Watch, "context" | "repository" | "pullRequests">;

async function readHistory({ context: { providers }, repository }: Reverting, tip: string, countMax = commitsMax): Promise<readonly BaseCommit[]> {
  const trailer = (key: string) => `%(trailers:key=${key},valueonly,separator=%x20)`;
  const { stdout } = await providers.git.run(
    ["log", "-z", "--first-parent", "-n", String(countMax), `--format=%H%x1f%s%x1f${trailer("Inspan-Task")}%x1f${trailer("Inspan-Head")}`, tip],
    { cwd: repository.rootPath },
  );
  return parseBaseLog(stdout);
}

/** Runs the base's own checks on one of its commits; what is red once is run again, so that a flake reverts nobody. */
async function testCommit(watch: Watch, commit: string): Promise<BaseChecks> {
  const { context, repository, pullRequests } = watch;
  const configuration = await configurationAt(context, { cwd: repository.rootPath, commit });
  const checks = configuration.read(checksSection);
  if (checks.length === 0) return { kind: "unknown" };
  for (let tries = 0; ; tries++) {
    context.progress(`running the checks of ${repository.baseBranch} at ${commit.slice(0, 10)}${tries === 0 ? "" : " again"}`);
    const ran = await pullRequests.runChecks({
      baseCommit: commit,
      headCommit: commit,
      checks,
      copy: configuration.read(copySection),
      isUnsandboxedAllowed: watch.isUnsandboxedAllowed,
      signal: context.signal,
    });
    context.signal.throwIfAborted();
    const failed = ran.kind === "done" ? ran.results.filter(({ status }) => status !== "passed") : [];
    if (failed.length > 0 && tries === 0) continue;
    return failed.length === 0 ? { kind: "green" } : { kind: "red", failed: failed.map(({ name, log }) => ({ name, log: boundText(log, logCharsMax) })) };
  }
}

/** The pull request behind a commit of the base. */
async function findSource({ pullRequests }: Watch, culprit: BaseCommit): Promise<PullRequest | undefined> {
  if (culprit.task === undefined) return undefined;
  const number = /\(#(\d+)\)$/.exec(culprit.title)?.[1] ?? /^pr-(\w+)$/.exec(culprit.task)?.[1];
  if (number !== undefined) return pullRequests.readPullRequest(number);
  return (await pullRequests.listPullRequests()).find(({ mergeCommit, taskId }) => mergeCommit === culprit.commit || taskId === culprit.task);
}

/** A commit upon the tip that takes the culprit's change back; no ref names it yet. Made from plumbing alone: the three trees hang on a commit without history. */
async function makeRevert(
  { context: { providers }, repository }: Reverting,
  tip: string,
  culprit: BaseCommit,
  message: string,
): Promise<{ readonly kind: "commit"; readonly commit: string } | { readonly kind: "conflict"; readonly paths: readonly string[] }> {
  const { git } = providers;
  const identity = await readIdentity(git, repository.rootPath);
  const treeOf = (name: string): Promise<string> => git.text(["rev-parse", "--verify", `${name}^{tree}`], { cwd: repository.rootPath });
  const root = await writeCommit(git, repository, { tree: await treeOf(culprit.commit), parents: [], message: "with the change\n", identity });
  const [ours, theirs] = [
    await writeCommit(git, repository, { tree: await treeOf(tip), parents: [root], message: "tip\n", identity }),
    await writeCommit(git, repository, { tree: await treeOf(`${culprit.commit}^1`), parents: [root], message: "without the change\n", identity }),
  ];
  const merged = await readMergeTree(git, repository, { base: ours, head: theirs });
  if (merged.kind === "conflict") return merged;
  return { kind: "commit", commit: await writeCommit(git, repository, { tree: merged.tree, parents: [tip], message, identity }) };
}

/** Where the revert of a commit lies. */
export function revertBranchOf(commit: string): string {
  return `inspan/revert-${commit.slice(0, 10)}`;
}

/** The same for one commit that somebody wants to be able to take back, on the base as it is now. */
export async function offerRevertOf(
  context: Queue["context"],
  options: Omit<Reverting, "context"> & {
    readonly commit: string;
    readonly pullRequest: PullRequest | undefined;
    readonly why: string;
    readonly evidence: string;
  },
): Promise<RevertOffer> {
  const { repository, commit } = options;
  const reverting = { ...options, context };
  const tip = (await refreshBase(context.providers.git, repository, context.signal)).commit;
  const [culprit] = await readHistory(reverting, commit, 1);
  if (!culprit) throw new Error(`BUG: expected the commit ${commit}`);
  return offerRevert(reverting, tip, { ...options, culprit });
}

/** The pull request that takes the change back, opened once. Each step looks first, so that it may be repeated after a crash. */
async function offerRevert(
  watch: Reverting,
  tip: string,
  {
    culprit,
    pullRequest,
    why,
    evidence,
  }: { readonly culprit: BaseCommit; readonly pullRequest: PullRequest | undefined; readonly why: string; readonly evidence: string },
): Promise<RevertOffer> {
  const { context: { providers, signal }, repository, pullRequests } = watch;
  const short = culprit.commit.slice(0, 10);
  const branch = revertBranchOf(culprit.commit);
  const there = await pullRequests.findByBranch(branch);
  if (there) return there.state === "open" ? { kind: "open", pullRequest: there, isNew: false } : { kind: there.state === "merged" ? "merged" : "declined", pullRequest: there };
  const title = renderTitle(`Revert "${culprit.title}"`);
  const source = pullRequest === undefined ? culprit.commit : `pull request ${pullRequest.id} (${pullRequest.url})`;
  const pushed = (await readRemoteRefs(portOf({ providers, repository, signal }), [`refs/heads/${branch}`])).get(`refs/heads/${branch}`);
  const made = pushed === undefined ? await makeRevert(watch, tip, culprit, `${title}\n\nThis reverts commit ${culprit.commit}.\n`) : { kind: "commit" as const, commit: pushed };
  if (made.kind === "conflict") return made;
  await pullRequests.pushBranch({ worktreePath: repository.rootPath, branch, commit: made.commit, expectedRemote: pushed });
  const body = renderBody({
    title, what: `Takes back ${source}: commit ${culprit.commit}.`, why,
    reproduction: { kind: "evidence", text: `\`\`\`\n${boundText(evidence, 3_000).replaceAll("```", "'''")}\n\`\`\`` }, checks: "pending", roundCount: 0, findings: [],
  });
  const template = await readTemplate({ git: providers.git, cwd: repository.rootPath, commit: tip });
  const opened = await pullRequests.openPullRequest({
    taskId: `revert-${short}`,
    branch,
    baseBranch: repository.baseBranch,
    baseCommit: tip,
    headCommit: made.commit,
    title,
    body: template ? fitTemplate(body, template.text) : body,
    reviewers: [],
  });
  return { kind: "open", pullRequest: opened, isNew: true };
}

function sayRegression(culprit: BaseCommit, failed: Regression["failed"], offer: RevertOffer): string {
  const next =
    offer.kind === "open"
      ? `A revert is open: ${offer.pullRequest.url}`
      : offer.kind === "conflict"
        ? `It cannot be taken back alone: what came later changes the same places (${offer.paths.slice(0, 5).join(", ")}).`
        : `Its revert is ${offer.kind}: ${offer.pullRequest.url}`;
  return `### The base is red since this landed\n\n${failed.map(({ name }) => `- ${name} fails at ${culprit.commit.slice(0, 10)} and passed before it`).join("\n")}\n\n${next}\n\n\`\`\`\n${boundText(failed.map(({ log }) => log).join("\n"), 2_000).replaceAll("```", "'''")}\n\`\`\``;
}

async function answer(
  watch: Watch,
  tip: string,
  found: { readonly culprit: BaseCommit; readonly failed: Regression["failed"] },
): Promise<{ readonly regression: Regression; readonly isKnown: boolean }> {
  const { store, pullRequests } = watch;
  const kept = store.readBaseChecks(found.culprit.commit);
  const pullRequest = await findSource(watch, found.culprit);
  // What could not be taken back is looked at again: whoever mends it may have been killed before it began.
  const wasConflict = kept?.answered === "" && pullRequest !== undefined;
  if (kept?.answered !== undefined && !wasConflict) return { regression: { ...found, pullRequest, revert: undefined }, isKnown: true };
  if (pullRequest === undefined) {
    store.writeBaseChecks(found.culprit.commit, { checks: { kind: "red", failed: found.failed }, answered: "" });
    return { regression: { ...found, pullRequest, revert: undefined }, isKnown: false };
  }
  const why = `${found.failed.map(({ name }) => name).join(", ")} fails on ${watch.repository.baseBranch} since it landed.`;
  const revert = await offerRevert(watch, tip, { culprit: found.culprit, pullRequest, why, evidence: found.failed.map(({ name, log }) => `${name}:\n${log}`).join("\n\n") });
  if (wasConflict && revert.kind === "conflict") return { regression: { ...found, pullRequest, revert }, isKnown: true };
  await pullRequests.say(pullRequest, { effect: `regression:${found.culprit.commit.slice(0, 12)}`, body: sayRegression(found.culprit, found.failed, revert) });
  store.writeBaseChecks(found.culprit.commit, { checks: { kind: "red", failed: found.failed }, answered: revert.kind === "conflict" ? "" : revert.pullRequest.id });
  return { regression: { ...found, pullRequest, revert }, isKnown: false };
}

/** One look at the base. Rejects as runChecks() and openPullRequest() do; may be repeated at any time. */
export async function watchBase(context: Queue["context"], options: Omit<Watch, "context" | "store">): Promise<BaseWatch> {
  const { providers: { git, databases }, signal } = context;
  const store = openQueueStore(databases, options.repository.statePath);
  const watch: Watch = { context, ...options, store };
  try {
    const tip = (await refreshBase(git, options.repository, signal)).commit;
    const history = await readHistory(watch, tip);
    const known = new Map<string, BaseChecks>(history.flatMap(({ commit }) => { const kept = store.readBaseChecks(commit); return kept ? [[commit, kept.checks] as const] : []; }));
    const atTip = await options.pullRequests.readBaseChecks([tip]);
    for (const [commit, checks] of atTip ?? []) if (checks.kind !== "unknown") known.set(commit, checks);
    if (atTip && known.get(tip)?.kind === "red")
      for (const [commit, checks] of (await options.pullRequests.readBaseChecks(history.map(({ commit }) => commit))) ?? [])
        if (checks.kind !== "unknown") known.set(commit, checks);
    for (let runs = 0; ; runs++) {
      const step = nextBaseStep(history, known, runs < runsMax);
      switch (step.kind) {
        case "green": case "wait": return { kind: step.kind, tip, runs };
        case "open": return { kind: "red", tip, runs, candidates: step.candidates, failed: step.failed };
        case "found": return { kind: "regression", tip, runs, ...await answer(watch, tip, step) };
        case "test": {
          const checks = await testCommit(watch, step.commit);
          // Without checks of our own nobody knows the tip, and a search ends where it stands.
          if (checks.kind === "unknown" && step.commit === tip) return { kind: "wait", tip, runs };
          if (checks.kind === "unknown") return { kind: "red", tip, runs, candidates: history.filter(({ commit }) => known.get(commit)?.kind !== "green"), failed: [] };
          known.set(step.commit, checks);
          store.writeBaseChecks(step.commit, { checks });
        }
      }
    }
  } finally { store.close(); }
}
