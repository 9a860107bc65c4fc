// Who moves the merge queue on: a person with `inspan pr queue`, or whichever task of it has nothing else to do. One at a time.
import { throwIfAborted } from "../../../base/async.ts";
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { openRepository } from "../../worktree/runtime/index.ts";
import { openQueueStore, type QueueLease, type QueueStore } from "../repo/queue-store.ts";
import type { KeptQueue, PullRequest, QueueEntry } from "../types.ts";
import { openPullRequests, type PullRequests } from "./pull-requests.ts";
import { keep, keptOf, stepQueue, type Queue } from "./queue-work.ts";

export interface QueueReport {
  readonly landed: readonly string[];
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
  /** How often the checks ran. */
  readonly runs: number;
}

export interface QueueOptions { readonly ids: readonly string[]; readonly isUnsandboxedAllowed: boolean }

// A step that neither tests nor lands anything comes from a base that others move faster than checks run.
const stepsMax = 500;
// How soon a task sees that another one has landed it; a look is one indexed read.
const waitMs = 200;

type QueueContext = Queue["context"];

function leaseOf({ providers: { processes, random } }: QueueContext): QueueLease {
  return { pid: process.pid, startTime: processes.startTimeOf(process.pid) ?? "unknown", token: random.id(12) };
}

/** Does `work` while this runner holds the queue; waits for whoever holds it. */
async function withTurn<T>(queue: Queue, lease: QueueLease, work: () => Promise<T>): Promise<T | undefined> {
  const { store, repository: { baseBranch }, context: { providers: { processes } } } = queue;
  if (!store.acquire(baseBranch, lease, (other) => processes.isAlive(other.pid, other.startTime))) return undefined;
  try { return await work(); } finally { store.release(baseBranch, lease); }
}

const isInside = ({ queue: { waiting, innocents, suspects, landing } }: KeptQueue, { id, head }: QueueEntry): boolean =>
  [...waiting, ...innocents, ...suspects, ...landing].some((entry) => entry.id === id && entry.head === head);

/** Another head of the same pull request takes its place. */
function enter(queue: Queue, entry: QueueEntry): void {
  if (isInside(keptOf(queue), entry)) return;
  queue.store.forget(queue.repository.baseBranch, entry);
  keep(queue, { kind: "removed", id: entry.id });
  keep(queue, { kind: "added", entry });
}

function openQueue(
  context: QueueContext,
  parts: { readonly repository: Repository; readonly pullRequests: PullRequests; readonly store: QueueStore; readonly isUnsandboxedAllowed: boolean },
): Queue {
  return { context, ...parts, report: { landed: [], rejected: [], runs: 0 }, blamed: [] };
}

/** Lands what is green together, and says what is not. A killed run goes on where it was. Rejects as runChecks() and mergeSquash() do. */
export async function runQueue(context: OperationContext, options: QueueOptions): Promise<QueueReport> {
  const { providers, signal } = context;
  const repository = await openRepository(context);
  const pullRequests = await openPullRequests({ providers, repository, configuration: await context.loadConfiguration(repository.rootPath), signal });
  const store = openQueueStore(providers.databases, repository.statePath);
  const queue = openQueue(context, { repository, pullRequests, store, isUnsandboxedAllowed: options.isUnsandboxedAllowed });
  const lease = leaseOf(context);
  try {
    for (const { state, id, headCommit } of await pullRequests.readPullRequests(options.ids)) if (state === "open") enter(queue, { id, head: headCommit });
    for (let steps = 0; steps < stepsMax; steps++) {
      throwIfAborted(signal);
      const isMore = await withTurn(queue, lease, () => stepQueue(queue));
      if (isMore === undefined) { steps--; await providers.clock.sleep(waitMs, signal); }
      if (isMore === false) break;
    }
    return queue.report;
  } catch (error) {
    providers.log.warn("queue.stopped", { error: messageOf(error) });
    throw error;
  } finally { store.close(); pullRequests.close(); }
}

export type QueuedMerge =
  | { readonly kind: "merged"; readonly commit: string }
  | { readonly kind: "conflict"; readonly reason: string }
  /** Its checks fail upon what landed before it, its head moved, or it was taken out. */
  | { readonly kind: "rejected"; readonly reason: string };

/**
 * Puts one pull request into the queue and waits for its end; while nobody else moves the queue on, this does. `testedBase` is the commit on which its checks have passed.
 * May be repeated after a crash. Rejects as runChecks() and mergeSquash() do (MERGE_REFUSED for this one alone), and when the signal aborts: it stays in the queue then.
 */
export async function mergeThroughQueue(
  context: QueueContext,
  options: {
    readonly repository: Repository;
    readonly pullRequests: PullRequests;
    readonly pullRequest: Pick<PullRequest, "id">;
    readonly head: string;
    readonly testedBase?: string | undefined;
    readonly isUnsandboxedAllowed: boolean;
  },
): Promise<QueuedMerge> {
  const { repository, pullRequests, head } = options;
  const { providers: { databases, clock }, signal } = context;
  const store = openQueueStore(databases, repository.statePath);
  const queue = openQueue(context, { repository, pullRequests, store, isUnsandboxedAllowed: options.isUnsandboxedAllowed });
  const lease = leaseOf(context);
  const entry: QueueEntry = { id: options.pullRequest.id, head, ...(options.testedBase === undefined ? {} : { testedBase: options.testedBase }) };
  const toldOf = async (): Promise<QueuedMerge | undefined> => {
    const end = store.endOf(repository.baseBranch, entry);
    if (end === undefined) return undefined;
    // A landing that was found later has no commit of ours: the pull request knows it.
    if (end.outcome === "landed") return { kind: "merged", commit: end.mergeCommit || (await pullRequests.readPullRequest(entry.id)).mergeCommit || "" };
    store.forget(repository.baseBranch, entry);
    if (end.outcome === "refused") throw new InspanError("MERGE_REFUSED", end.reason, { remedy: "give what the forge asks for (an approval, a check), then resume" });
    return { kind: end.outcome, reason: end.reason };
  };
  try {
    const told = await toldOf();
    if (told) return told;
    enter(queue, entry);
    for (;;) {
      throwIfAborted(signal);
      const end = await toldOf();
      if (end) return end;
      if (!isInside(keptOf(queue), entry)) return { kind: "rejected", reason: "it was taken out of the queue" };
      const isMore = await withTurn(queue, lease, () => stepQueue(queue));
      if (isMore !== true) await clock.sleep(waitMs, signal);
    }
  } finally { store.close(); }
}
