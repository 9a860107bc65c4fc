// One step of the merge queue: makes the combination that the machine asks for, runs the checks on it once, lands exactly what was tested.
import { throwIfAborted } from "../../../base/async.ts";
import { InspanError } from "../../../base/errors.ts";
import { configurationAt, type OperationContext } from "../../../providers/index.ts";
import { copySection, type Repository } from "../../worktree/index.ts";
import { readIdentity, refreshBase } from "../../worktree/runtime/index.ts";
import { checksSection } from "../config.ts";
import { readMergeTree, writeCommit } from "../repo/merge-result.ts";
import type { QueueStore } from "../repo/queue-store.ts";
import { fetchRefs, updateRemoteRef } from "../repo/remote.ts";
import { advance, emptyQueue, nextStep, type QueueEvent } from "../service/merge-queue.ts";
import { renderSquashMessage } from "../service/message.ts";
import { trailerTaskOf } from "../service/requests.ts";
import type { CheckResult, KeptQueue, MergeResult, PullRequest, QueueEnd, QueueEntry } from "../types.ts";
import { tidyUp } from "./merge.ts";
import type { PullRequests } from "./pull-requests.ts";
import { portOf, readMergedCommits, baseRefOf } from "./requests.ts";

export interface Queue {
  readonly context: Pick<OperationContext, "providers" | "signal" | "progress" | "parseConfiguration">;
  readonly repository: Repository;
  readonly pullRequests: PullRequests;
  readonly store: QueueStore;
  readonly isUnsandboxedAllowed: boolean;
  /** What came of this runner's own steps. */
  readonly report: { landed: string[]; rejected: { id: string; reason: string }[]; runs: number };
  /** Rejected for red checks by this runner while nothing was green upon the same base: where the base itself is red, they were blamed in vain. */
  readonly blamed: QueueEntry[];
}

export const keptOf = (queue: Queue): KeptQueue => queue.store.read(queue.repository.baseBranch) ?? { queue: emptyQueue };

interface Kept { readonly tested?: KeptQueue["tested"]; readonly commits?: ReadonlyMap<string, string>; readonly batch?: string }

/** One event into the queue as it stands now; ends leave it with their record. */
export function keep(queue: Queue, event: QueueEvent, { tested, commits, batch = "" }: Kept = {}): void {
  const at = queue.context.providers.clock.nowIso();
  queue.store.change(queue.repository.baseBranch, (known) => {
    const before = { ...(known?.queue ?? emptyQueue), landed: [], rejected: [], runs: 0 };
    const headOf = new Map([...before.waiting, ...before.innocents, ...before.suspects, ...before.landing].map(({ id, head }) => [id, head]));
    const after = advance(before, event);
    const rejected = (event.kind === "conflicted" ? event.outcome : undefined) ?? "rejected";
    const ends: readonly QueueEnd[] = [
      ...after.landed.map((id): QueueEnd => ({ id, head: headOf.get(id) ?? "", outcome: "landed", reason: "", mergeCommit: commits?.get(id) ?? "", batch, at })),
      ...after.rejected.map(({ id, reason }): QueueEnd => ({ id, head: headOf.get(id) ?? "", outcome: rejected, reason, mergeCommit: "", batch, at })),
    ];
    queue.report.landed.push(...after.landed);
    queue.report.rejected.push(...after.rejected);
    queue.report.runs += after.runs;
    if (event.kind === "tested" && event.isGreen) queue.blamed.length = 0;
    else if (event.kind === "tested") queue.blamed.push(...after.rejected.map(({ id }) => ({ id, head: headOf.get(id) ?? "" })));
    const keptTest = tested ?? known?.tested;
    return { kept: { queue: { ...after, landed: [], rejected: [], runs: 0 }, ...(keptTest ? { tested: keptTest } : {}) }, ends };
  });
}

interface Link { readonly pullRequest: PullRequest; readonly commit: string }
type Chain = { readonly kind: "chain"; readonly links: readonly Link[]; readonly tip: string; readonly tree: string } | { readonly kind: "bad"; readonly event: QueueEvent };

/** The squash commits of these, each upon the one before; no ref names them yet. The first that cannot be put there is the answer. */
async function makeChain({ context, repository, pullRequests }: Queue, baseCommit: string, entries: readonly QueueEntry[]): Promise<Chain> {
  const { git, secrets } = context.providers;
  const identity = await readIdentity(git, repository.rootPath);
  const links: Link[] = [];
  let tip = baseCommit;
  const found = await pullRequests.readPullRequests(entries.map(({ id }) => id));
  const branches = new Set(found.flatMap(({ branch, state, headCommit }, index) => (state === "open" && headCommit === entries[index]?.head ? [branch] : [])));
  await fetchRefs(
    portOf({ ...context, repository, signal: context.signal }),
    [...branches].map((branch) => `+refs/heads/${branch}:refs/remotes/${repository.remote?.name ?? "origin"}/${branch}`),
  );
  for (const [index, { id, head }] of entries.entries()) {
    throwIfAborted(context.signal);
    const pullRequest = found[index];
    if (!pullRequest) throw new Error("BUG: expected a pull request for each entry");
    if (pullRequest.state === "merged" && pullRequest.headCommit === head) return { kind: "bad", event: { kind: "found-landed", id } };
    if (pullRequest.state !== "open" || pullRequest.headCommit !== head)
      return {
        kind: "bad",
        event: {
          kind: "conflicted",
          id,
          reason: pullRequest.state === "open" ? `its head moved to ${pullRequest.headCommit.slice(0, 10) || "nothing"}` : `it is ${pullRequest.state}`,
        },
      };
    const merged = await readMergeTree(git, repository, { base: tip, head });
    if (merged.kind === "conflict")
      return { kind: "bad", event: { kind: "conflicted", id, outcome: "conflict", reason: `it conflicts in ${merged.paths.slice(0, 5).join(", ")}` } };
    const message = secrets.redact(renderSquashMessage({ title: pullRequest.title, body: pullRequest.body, task: trailerTaskOf(pullRequest), headCommit: head }));
    tip = await writeCommit(git, repository, { tree: merged.tree, parents: [tip], message, identity });
    links.push({ pullRequest, commit: tip });
  }
  return { kind: "chain", links, tip, tree: await git.text(["rev-parse", "--verify", `${tip}^{tree}`], { cwd: repository.rootPath }) };
}

const say = (results: readonly CheckResult[]): string => results.filter(({ status }) => status !== "passed").map(({ name, status }) => `${name} ${status}`).join(", ");

/**
 * Whether a red combination may say nothing about its changes, because the base is red without them. One run more; so it is asked only where a search would begin
 * while nothing has been green upon this base: for a change alone, and where the search before it ended in red, too. Twenty changes with one bad one never pay it.
 */
async function refuseRedBase(queue: Queue, entries: readonly QueueEntry[], base: string, runBase: () => Promise<readonly CheckResult[]>): Promise<void> {
  const { queue: state, tested } = keptOf(queue);
  if (state.suspects.length > 0 || tested?.baseCommit === base || (entries.length > 1 && queue.blamed.length === 0)) return;
  queue.context.progress(`testing ${queue.repository.baseBranch} alone: nothing is green upon it`);
  const results = await runBase();
  throwIfAborted(queue.context.signal);
  queue.report.runs++;
  if (results.length === 0 || results.every(({ status }) => status === "passed")) return;
  for (const entry of queue.blamed.splice(0)) {
    queue.store.forget(queue.repository.baseBranch, entry);
    keep(queue, { kind: "added", entry });
  }
  throw new InspanError(
    "BASE_RED",
    `Cannot merge through the queue: the checks of ${queue.repository.baseBranch} fail without any change (${say(results)}), expected green ones. What was entered stays in the queue.`,
    { kind: "held", remedy: `mend ${queue.repository.baseBranch}, then: inspan pr queue` },
  );
}

async function testTogether(queue: Queue, entries: readonly QueueEntry[]): Promise<void> {
  const { context, repository, pullRequests } = queue;
  const base = await refreshBase(context.providers.git, repository, context.signal);
  const chain = await makeChain(queue, base.commit, entries);
  if (chain.kind === "bad") { keep(queue, chain.event); return; }
  const [only] = entries;
  // Whoever brought it has seen its checks pass on this very merge.
  if (entries.length === 1 && only?.testedBase === base.commit) {
    keep(queue, { kind: "tested", entries, isGreen: true, reason: "", isKnown: true }, { tested: { baseCommit: base.commit, tree: chain.tree } });
    return;
  }
  const configuration = await configurationAt(context, { cwd: repository.rootPath, commit: base.commit });
  context.progress(`testing ${entries.length} together: ${entries.map(({ id }) => id).join(", ")}`);
  const run = (headCommit: string) =>
    pullRequests.runChecks({
      baseCommit: base.commit,
      headCommit,
      checks: configuration.read(checksSection),
      copy: configuration.read(copySection),
      isUnsandboxedAllowed: queue.isUnsandboxedAllowed,
      signal: context.signal,
    });
  const ran = await run(chain.tip);
  throwIfAborted(context.signal);
  const results = ran.kind === "done" ? ran.results : [];
  // A check that saw nothing is no pass.
  const isGreen = results.length > 0 && results.every(({ status }) => status === "passed");
  if (!isGreen && results.length > 0)
    await refuseRedBase(queue, entries, base.commit, async () => {
      const alone = await run(base.commit);
      return alone.kind === "done" ? alone.results : [];
    });
  keep(
    queue,
    { kind: "tested", entries, isGreen, reason: results.length === 0 ? "inspan.yaml names no checks" : say(results) },
    isGreen ? { tested: { baseCommit: base.commit, tree: chain.tree } } : {},
  );
}

/** Their commits where the base's history holds every one of these already: a runner that was killed after its push. */
async function readLanded({ context, repository }: Queue, entries: readonly QueueEntry[]): Promise<ReadonlyMap<string, string> | undefined> {
  const merged = await readMergedCommits({ providers: context.providers, repository, signal: context.signal }, baseRefOf(repository, repository.baseBranch));
  const commits = new Map(
    entries.flatMap(({ id, head }) => {
      const found = merged.find(({ headCommit }) => headCommit === head);
      return found ? [[id, found.commit] as const] : [];
    }),
  );
  return commits.size === entries.length ? commits : undefined;
}

async function land(queue: Queue, entries: readonly QueueEntry[]): Promise<void> {
  const { context, repository } = queue;
  const { tested } = keptOf(queue);
  const base = await refreshBase(context.providers.git, repository, context.signal);
  const batch = tested?.baseCommit ?? "";
  const already = await readLanded(queue, entries);
  if (already) { keep(queue, { kind: "landed" }, { commits: already, batch }); return; }
  if (base.commit !== tested?.baseCommit) { keep(queue, { kind: "base-moved" }); return; }
  const chain = await makeChain(queue, base.commit, entries);
  if (chain.kind === "bad" || chain.tree !== tested.tree) {
    keep(queue, { kind: "base-moved" });
    if (chain.kind === "bad") keep(queue, chain.event);
    return;
  }
  const requests = { providers: context.providers, repository, signal: context.signal };
  if (chain.links.some(({ pullRequest }) => pullRequest.anchorCommit === "")) { await landOnForge(queue, chain.links, base.commit); return; }
  const update = await updateRemoteRef(portOf(requests), { ref: `refs/heads/${repository.baseBranch}`, expected: base.commit, to: chain.tip });
  if (update.kind !== "updated") { keep(queue, { kind: "base-moved" }); return; }
  keep(queue, { kind: "landed" }, { commits: new Map(chain.links.map(({ pullRequest, commit }, index) => [entries[index]?.id ?? pullRequest.id, commit])), batch });
  for (const { pullRequest, commit } of chain.links)
    await tidyUp(
      requests,
      { pullRequest, expectedHead: pullRequest.headCommit, expectedBase: base.commit, title: pullRequest.title, body: pullRequest.body },
      commit,
    );
}

/** As mergeSquash(), but what the forge refuses for this one pull request is an answer. */
async function mergeOnForge({ pullRequests }: Queue, pullRequest: PullRequest, expectedBase: string): Promise<MergeResult | { readonly kind: "refused"; readonly reason: string }> {
  try {
    return await pullRequests.mergeSquash({
      pullRequest,
      expectedHead: pullRequest.headCommit,
      expectedBase,
      title: pullRequest.title,
      body: pullRequest.body,
    });
  } catch (error) {
    if (error instanceof InspanError && (error.code === "MERGE_REFUSED" || error.code === "PULL_REQUEST_CLOSED")) return { kind: "refused", reason: error.message };
    throw error;
  }
}

/** A forge merges one by one, in the order that was tested; after each its commit is the base of the next. */
async function landOnForge(queue: Queue, links: readonly Link[], baseCommit: string): Promise<void> {
  let expectedBase = baseCommit;
  const commits = new Map<string, string>();
  for (const { pullRequest } of links) {
    const merged = await mergeOnForge(queue, pullRequest, expectedBase);
    if (merged.kind !== "merged") {
      keep(queue, { kind: "base-moved" });
      // What the forge does not take would stand before all others for ever; they are tested again without it.
      if (merged.kind === "conflict") keep(queue, { kind: "conflicted", id: pullRequest.id, outcome: "conflict", reason: "the forge cannot merge it" });
      if (merged.kind === "refused") keep(queue, { kind: "conflicted", id: pullRequest.id, outcome: "refused", reason: merged.reason });
      return;
    }
    expectedBase = merged.commit;
    commits.set(pullRequest.id, merged.commit);
  }
  keep(queue, { kind: "landed" }, { commits, batch: baseCommit });
}

/** The next step, done; false where nothing is left to do. The lease must be held. */
export async function stepQueue(queue: Queue): Promise<boolean> {
  const step = nextStep(keptOf(queue).queue);
  if (step.kind === "rest") return false;
  if (step.kind === "test") await testTogether(queue, step.entries);
  else await land(queue, step.entries);
  return true;
}
