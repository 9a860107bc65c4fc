// Runs the merge queue: makes the combination that the machine asks for, runs the checks on it once, lands exactly what was tested.
import { throwIfAborted } from "../../../base/async.ts";
import { messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { copySection, type Repository } from "../../worktree/index.ts";
import { openRepository, readIdentity, refreshBase } from "../../worktree/runtime/index.ts";
import { checksSection } from "../config.ts";
import { openQueueStore, type QueueStore } from "../repo/queue-store.ts";
import { readMergeTree, writeCommit } from "../repo/merge-result.ts";
import { fetchRefs, updateRemoteRef } from "../repo/remote.ts";
import { advance, emptyQueue, nextStep, type QueueEvent } from "../service/merge-queue.ts";
import { renderSquashMessage } from "../service/message.ts";
import { trailerTaskOf } from "../service/requests.ts";
import type { CheckResult, KeptQueue, PullRequest, QueueEntry } from "../types.ts";
import { tidyUp } from "./merge.ts";
import { openPullRequests, type PullRequests } from "./pull-requests.ts";
import { portOf, readMergedCommits, baseRefOf } from "./requests.ts";

export interface QueueReport {
  readonly landed: readonly string[];
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
  /** How often the checks ran. */
  readonly runs: number;
}

export interface QueueOptions { readonly ids: readonly string[]; readonly isUnsandboxedAllowed: boolean }

// A step that neither tests nor lands anything comes from a base that others move faster than checks run.
const stepsMax = 500;

interface Queue { readonly context: OperationContext; readonly repository: Repository; readonly pullRequests: PullRequests; readonly store: QueueStore; readonly options: QueueOptions; kept: KeptQueue }

function keep(queue: Queue, event: QueueEvent, tested?: KeptQueue["tested"]): void {
  queue.kept = { queue: advance(queue.kept.queue, event), ...(tested ? { tested } : {}) };
  queue.store.write(queue.repository.baseBranch, queue.kept);
}

interface Link { readonly pullRequest: PullRequest; readonly commit: string }
type Chain = { readonly kind: "chain"; readonly links: readonly Link[]; readonly tip: string; readonly tree: string } | { readonly kind: "bad"; readonly event: QueueEvent };

/** The squash commits of these, each upon the one before; no ref names them yet. The first that cannot be put there is the answer. */
async function makeChain({ context, repository, pullRequests }: Queue, baseCommit: string, entries: readonly QueueEntry[]): Promise<Chain> {
  const { git, secrets } = context.providers;
  const identity = await readIdentity(git, repository.rootPath);
  const links: Link[] = [];
  let tip = baseCommit;
  for (const { id, head } of entries) {
    throwIfAborted(context.signal);
    const pullRequest = await pullRequests.readPullRequest(id);
    if (pullRequest.state !== "open" || pullRequest.headCommit !== head) return { kind: "bad", event: { kind: "conflicted", id, reason: pullRequest.state === "open" ? `its head moved to ${pullRequest.headCommit.slice(0, 10) || "nothing"}` : `it is ${pullRequest.state}` } };
    await fetchRefs(portOf({ ...context, repository, signal: context.signal }), [`+refs/heads/${pullRequest.branch}:refs/remotes/${repository.remote?.name ?? "origin"}/${pullRequest.branch}`]);
    const merged = await readMergeTree(git, repository, { base: tip, head });
    if (merged.kind === "conflict") return { kind: "bad", event: { kind: "conflicted", id, reason: `it conflicts in ${merged.paths.slice(0, 5).join(", ")}` } };
    const message = secrets.redact(renderSquashMessage({ title: pullRequest.title, body: pullRequest.body, task: trailerTaskOf(pullRequest), headCommit: head }));
    tip = await writeCommit(git, repository, { tree: merged.tree, parents: [tip], message, identity });
    links.push({ pullRequest, commit: tip });
  }
  return { kind: "chain", links, tip, tree: await git.text(["rev-parse", "--verify", `${tip}^{tree}`], { cwd: repository.rootPath }) };
}

const say = (results: readonly CheckResult[]): string => results.filter(({ status }) => status !== "passed").map(({ name, status }) => `${name} ${status}`).join(", ");

async function testTogether(queue: Queue, entries: readonly QueueEntry[]): Promise<void> {
  const { context, repository, pullRequests } = queue;
  const base = await refreshBase(context.providers.git, repository, context.signal);
  const chain = await makeChain(queue, base.commit, entries);
  if (chain.kind === "bad") { keep(queue, chain.event); return; }
  const atBase = await context.providers.git.run(["cat-file", "blob", `${base.commit}:inspan.yaml`], { cwd: repository.rootPath, acceptExitCodes: [128] });
  const configuration = await context.parseConfiguration(atBase.exitCode === 0 ? atBase.stdout : undefined, "inspan.yaml");
  context.progress(`testing ${entries.length} together: ${entries.map(({ id }) => id).join(", ")}`);
  const ran = await pullRequests.runChecks({ baseCommit: base.commit, headCommit: chain.tip, checks: configuration.read(checksSection), copy: configuration.read(copySection), isUnsandboxedAllowed: queue.options.isUnsandboxedAllowed, signal: context.signal });
  throwIfAborted(context.signal);
  const results = ran.kind === "done" ? ran.results : [];
  // A check that saw nothing is no pass.
  const isGreen = results.length > 0 && results.every(({ status }) => status === "passed");
  keep(queue, { kind: "tested", entries, isGreen, reason: results.length === 0 ? "inspan.yaml names no checks" : say(results) }, isGreen ? { baseCommit: base.commit, tree: chain.tree } : undefined);
}

/** True where the base's history holds every one of these already: a runner that was killed after its push. */
async function areLanded({ context, repository }: Queue, entries: readonly QueueEntry[]): Promise<boolean> {
  const merged = await readMergedCommits({ providers: context.providers, repository, signal: context.signal }, baseRefOf(repository, repository.baseBranch));
  return entries.every(({ head }) => merged.some(({ headCommit }) => headCommit === head));
}

async function land(queue: Queue, entries: readonly QueueEntry[]): Promise<void> {
  const { context, repository, kept: { tested } } = queue;
  const base = await refreshBase(context.providers.git, repository, context.signal);
  if (await areLanded(queue, entries)) { keep(queue, { kind: "landed" }); return; }
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
  keep(queue, { kind: update.kind === "updated" ? "landed" : "base-moved" });
  if (update.kind !== "updated") return;
  for (const { pullRequest, commit } of chain.links) await tidyUp(requests, { pullRequest, expectedHead: pullRequest.headCommit, expectedBase: base.commit, title: pullRequest.title, body: pullRequest.body }, commit);
}

/** A forge merges one by one, in the order that was tested; after each its commit is the base of the next. */
async function landOnForge(queue: Queue, links: readonly Link[], baseCommit: string): Promise<void> {
  let expectedBase = baseCommit;
  for (const { pullRequest } of links) {
    const merged = await queue.pullRequests.mergeSquash({ pullRequest, expectedHead: pullRequest.headCommit, expectedBase, title: pullRequest.title, body: pullRequest.body });
    if (merged.kind !== "merged") { keep(queue, { kind: "base-moved" }); return; }
    expectedBase = merged.commit;
  }
  keep(queue, { kind: "landed" });
}

/** Lands what is green together, and says what is not. A killed run goes on where it was. Rejects as runChecks() and mergeSquash() do. */
export async function runQueue(context: OperationContext, options: QueueOptions): Promise<QueueReport> {
  const { providers, signal } = context;
  const repository = await openRepository(context);
  const pullRequests = await openPullRequests({ providers, repository, configuration: await context.loadConfiguration(repository.rootPath), signal });
  const store = openQueueStore(providers.databases, repository.statePath);
  try {
    const known = store.read(repository.baseBranch);
    const { waiting, innocents, suspects, landing } = known?.queue ?? emptyQueue;
    // Ends of an earlier run were told then.
    const queue: Queue = { context, repository, pullRequests, store, options, kept: { queue: { ...emptyQueue, waiting, innocents, suspects, landing }, ...(known?.tested ? { tested: known.tested } : {}) } };
    for (const id of options.ids) {
      const pullRequest = await pullRequests.readPullRequest(id);
      if (pullRequest.state === "open") keep(queue, { kind: "added", entry: { id: pullRequest.id, head: pullRequest.headCommit } });
    }
    for (let steps = 0; steps < stepsMax; steps++) {
      throwIfAborted(signal);
      const step = nextStep(queue.kept.queue);
      if (step.kind === "rest") break;
      if (step.kind === "test") await testTogether(queue, step.entries);
      else await land(queue, step.entries);
    }
    const { landed, rejected, runs } = queue.kept.queue;
    return { landed, rejected, runs };
  } catch (error) {
    providers.log.warn("queue.stopped", { error: messageOf(error) });
    throw error;
  } finally { store.close(); pullRequests.close(); }
}
