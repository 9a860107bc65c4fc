// Signals of one cause in one cluster, whatever words they use: same causes first, then texts that speak of the same things. Pure and bounded.
import type { SignalKind, StoredSignal } from "../types.ts";
import { termsOf } from "./terms.ts";

/** Clustering compares each group with each cluster; more signals than this in a day are a flood, and the newest are its sample. */
export const clusteredMax = 5_000;
/** Every pair is looked at once a merge. */
const mergedMax = 200;
/** Cosine of weighted words. Below, texts share a word or two by chance; above, paraphrases fall apart (0.26 to 0.40 give the same clusters on the test's set). */
const likeness = 0.33;
const sharedMin = 2;

export interface Cluster {
  /** Of its oldest signal: stays while the cluster grows. */
  readonly id: string;
  readonly title: string;
  readonly kinds: readonly SignalKind[];
  /** Oldest first. */
  readonly signalIds: readonly number[];
  readonly causes: readonly string[];
  readonly tasks: readonly string[];
  readonly firstAt: string;
  readonly lastAt: string;
  /** What it is about: the heaviest words. */
  readonly terms: readonly string[];
}

interface Group { readonly signals: StoredSignal[]; readonly weights: Map<string, number>; /** Of our own findings. */ readonly rule: string | undefined }

/** Largest first, then oldest. `omitted` counts signals that were left out because there were too many. */
export function clusterSignals(signals: readonly StoredSignal[]): { readonly clusters: readonly Cluster[]; readonly omitted: number } {
  const taken = [...signals].sort((left, right) => right.id - left.id).slice(0, clusteredMax).sort((left, right) => left.id - right.id);
  const groups = groupByCause(taken);
  const vectors = weigh(groups);
  const clusters: Group[] = [];
  for (const group of [...vectors].sort((left, right) => right.signals.length - left.signals.length || idOf(left) - idOf(right))) {
    let best: Group | undefined, bestLikeness = likeness;
    for (const cluster of clusters) {
      const found = likenessOf(group, cluster);
      if (found >= bestLikeness) { best = cluster; bestLikeness = found; }
    }
    if (best === undefined) { clusters.push({ ...group, signals: [...group.signals], weights: new Map(group.weights) }); continue; }
    absorb(best, group);
  }
  mergeAlike(clusters);
  return {
    clusters: clusters.map(describe).sort((left, right) => right.signalIds.length - left.signalIds.length || (left.firstAt < right.firstAt ? -1 : 1)),
    omitted: signals.length - taken.length,
  };
}

/** What came in an unlucky order: the two most alike become one until none are alike enough. */
function mergeAlike(clusters: Group[]): void {
  if (clusters.length > mergedMax) return;
  for (;;) {
    let found: { readonly left: Group; readonly right: Group } | undefined, best = likeness;
    for (const [index, left] of clusters.entries()) {
      for (const right of clusters.slice(index + 1)) {
        const one = likenessOf(left, right);
        if (one >= best) { best = one; found = { left, right }; }
      }
    }
    if (found === undefined) return;
    absorb(found.left, found.right);
    clusters.splice(clusters.indexOf(found.right), 1);
  }
}

function absorb(cluster: Group, other: Group): void {
  cluster.signals.push(...other.signals);
  for (const [term, weight] of other.weights) cluster.weights.set(term, (cluster.weights.get(term) ?? 0) + weight);
}

const idOf = (group: Group) => group.signals[0]?.id ?? 0;

/** The harness's own causes are exact: rule and place, check, reviewer's finding. What people typed has a cause each. */
function groupByCause(signals: readonly StoredSignal[]): readonly StoredSignal[][] {
  const groups = new Map<string, StoredSignal[]>();
  for (const signal of signals) {
    const known = groups.get(signal.cause);
    if (known === undefined) groups.set(signal.cause, [signal]); else known.push(signal);
  }
  return [...groups.values()];
}

/** Words that are everywhere weigh little (inverse document frequency); a title's words weigh double; the text's own rule or file too. */
function weigh(groups: readonly StoredSignal[][]): readonly Group[] {
  const counted = groups.map((signals) => {
    const [first] = signals;
    const counts = new Map<string, number>();
    const count = (text: string, weight: number) => { for (const term of termsOf(text)) counts.set(term, (counts.get(term) ?? 0) + weight); };
    count(first?.title ?? "", 2);
    count(first?.text ?? "", 1);
    const rule = /^rule:([^:]+)/.exec(first?.cause ?? "")?.[1];
    if (rule !== undefined) counts.set(`rule:${rule}`, 6);
    return { signals, counts, rule };
  });
  const frequency = new Map<string, number>();
  for (const { counts } of counted) for (const term of counts.keys()) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  // A word that nobody else has says nothing about likeness, and would only make the others weigh less.
  const isShared = (term: string) => (frequency.get(term) ?? 0) > 1;
  return counted.map(({ signals, counts, rule }) => ({
    signals,
    rule,
    weights: new Map(
      [...counts]
        .filter(([term]) => isShared(term))
        .map(([term, count]) => [term, (1 + Math.log(count)) * Math.log(1 + groups.length / (frequency.get(term) ?? 1))]),
    ),
  }));
}

/** Findings of two rules are two causes, whatever their words. */
function likenessOf(left: Group, right: Group): number {
  return left.rule !== undefined && right.rule !== undefined && left.rule !== right.rule ? 0 : cosine(left.weights, right.weights);
}

function cosine(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): number {
  let dot = 0, leftSquares = 0, rightSquares = 0, shared = 0;
  for (const [term, weight] of left) {
    const other = right.get(term);
    if (other !== undefined) { dot += weight * other; shared += 1; }
    leftSquares += weight * weight;
  }
  // One word in common is chance, however much of a short text it is.
  if (shared < sharedMin) return 0;
  for (const weight of right.values()) rightSquares += weight * weight;
  return dot === 0 ? 0 : dot / Math.sqrt(leftSquares * rightSquares);
}

function describe(group: Group): Cluster {
  const signals = [...group.signals].sort((left, right) => left.id - right.id);
  const [first] = signals;
  const last = signals.at(-1);
  return {
    id: `s${first?.id ?? 0}`,
    title: first?.title ?? "",
    kinds: unique(signals.map(({ kind }) => kind)),
    signalIds: signals.map(({ id }) => id),
    causes: unique(signals.map(({ cause }) => cause)),
    tasks: unique(signals.flatMap(({ taskId }) => taskId ?? [])), firstAt: first?.at ?? "", lastAt: last?.at ?? "",
    terms: [...group.weights].sort((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1)).slice(0, 6).map(([term]) => term),
  };
}

function unique<Item>(items: readonly Item[]): readonly Item[] { return [...new Set(items)]; }
