// `inspan feedback stats`: which causes come again, what stands against them, what nights decided.
import type { OperationContext } from "../../../providers/index.ts";
import { clusteredMax, clusterSignals, type Cluster } from "../../feedback/index.ts";
import { openSignals } from "../../feedback/runtime/index.ts";
import { headCommitOf, openRepository } from "../../worktree/runtime/index.ts";
import { openProposalStore } from "../repo/proposal-store.ts";
import type { LedgerEntry, Proposal } from "../types.ts";
import { readLedger } from "./read-ledger.ts";

const floodsShown = 20;
/** A year of days with some causes each. */
const floodsRead = 5_000;
const proposalsShown = 100;

export interface FeedbackStats {
  readonly version: 1;
  readonly total: number;
  readonly looked: number;
  /** `counted`: more of the same that were counted and not kept, because the day had enough of them. */
  readonly clusters: readonly (Cluster & { readonly counted: number })[];
  readonly isCut: boolean;
  readonly floods: readonly { readonly day: string; readonly cause: string; readonly count: number }[];
  readonly guardrails: readonly LedgerEntry[];
  readonly proposals: readonly Omit<Proposal, "signalIds">[];
  readonly warnings: readonly string[];
}

export async function readFeedbackStats(
  context: OperationContext,
  input: { readonly limit: number; readonly since: string | undefined; readonly isTimed: boolean },
): Promise<FeedbackStats> {
  const { providers } = context;
  const repository = await openRepository(context);
  const signals = openSignals(providers, repository.statePath);
  const store = openProposalStore(providers.databases, repository.statePath);
  try {
    const all = await signals.list({ countMax: clusteredMax });
    const { since } = input;
    const floods = (await signals.floods(floodsRead)).filter(({ day }) => since === undefined || day >= since.slice(0, 10));
    const taken = since === undefined ? all : all.filter(({ at }) => at >= since);
    const { clusters } = clusterSignals(taken);
    const head = await headCommitOf(providers.git, repository.rootPath).catch(() => undefined); // a repository without a commit has signals, and nothing stands in it
    const ledger = head === undefined ? { entries: [], unreadable: [] } : await readLedger({ context, repository, base: head, signals: all, isTimed: input.isTimed });
    return {
      version: 1,
      total: await signals.count(),
      looked: taken.length,
      clusters: clusters.slice(0, input.limit).map((cluster) => ({ ...cluster, counted: countedOf(cluster, floods) })),
      isCut: clusters.length > input.limit,
      floods: floods.slice(0, floodsShown),
      guardrails: ledger.entries,
      proposals: store.list(proposalsShown).map(({ signalIds: _, ...proposal }) => proposal),
      warnings: ledger.unreadable.map((file) => `${file} is no guardrail that can be read`),
    };
  } finally {
    store.close();
    await signals.dispose();
  }
}

function countedOf({ causes }: Cluster, floods: readonly { readonly cause: string; readonly count: number }[]): number {
  const own = new Set(causes);
  return floods.reduce((sum, { cause, count }) => sum + (own.has(cause) ? count : 0), 0);
}
