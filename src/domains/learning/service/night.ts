// What earlier nights decided about a cluster, and how many proposals a night has left. Pure.
import type { StoredSignal } from "../../feedback/index.ts";
import type { NightDecision, Proposal } from "../types.ts";

const nightMs = 12 * 3_600_000;
/** New signals after which a refused or told cluster is looked at again. */
const newSignalsMin = 2;

/** Proposals of the last twelve hours; of the future, too, where the clock has jumped back. */
export function proposedTonight(known: readonly Proposal[], nowIso: string): number {
  const now = Date.parse(nowIso);
  return known.filter(({ state, at }) => (state === "open" || state === "merged" || state === "rejected") && Date.parse(at) > now - nightMs).length;
}

/** The decision that stands, or undefined where the cluster is to be decided anew. `known` is newest first. */
export function priorDecision(known: readonly Proposal[], signals: readonly Pick<StoredSignal, "id">[]): Pick<NightDecision, "action" | "reason"> | undefined {
  const ids = new Set(signals.map(({ id }) => id));
  const prior = known.find(({ signalIds }) => signalIds.some((id) => ids.has(id)));
  if (prior === undefined || prior.state === "merged") return undefined;
  const fresh = signals.filter(({ id }) => id > prior.lastSignal).length;
  switch (prior.state) {
    case "open": return { action: "waiting", reason: `pull request ${prior.pullRequest} waits for a person` };
    case "rejected": return { action: "told", reason: `a person closed pull request ${prior.pullRequest}; it is not proposed again` };
    case "refused": case "told": return fresh >= newSignalsMin ? undefined : { action: prior.state, reason: `${prior.reason} (of ${prior.at.slice(0, 10)})` };
  }
}
