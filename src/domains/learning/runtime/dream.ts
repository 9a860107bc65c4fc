// `inspan dream`: the signals of the day in clusters, and for each at most one decision. Opens at most N pull requests, and merges none.
import { InspanError, messageOf } from "../../../base/errors.ts";
import { configurationAt, type OperationContext } from "../../../providers/index.ts";
import { clusteredMax, clusterSignals, type StoredSignal } from "../../feedback/index.ts";
import { openSignals } from "../../feedback/runtime/index.ts";
import { noUsage, type Usage } from "../../model/index.ts";
import { openPullRequests, type PullRequests } from "../../pull-request/runtime/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { headCommitOf, openRepository, refreshBase, removeDeadTrees, withTemporaryTree } from "../../worktree/runtime/index.ts";
import { learningSection } from "../config.ts";
import { openProposalStore, type ProposalStore } from "../repo/proposal-store.ts";
import { answersCluster, keyTermsOf } from "../service/likeness.ts";
import { priorDecision, proposedTonight } from "../service/night.ts";
import type { Guardrail, NightDecision, Proposal } from "../types.ts";
import { createAsker, type Asker } from "./ask.ts";
import { collectSignals } from "./collect.ts";
import { decide } from "./decide.ts";
import type { DreamRun, NightCluster } from "./dream-run.ts";
import { readWorld } from "./existing.ts";
import { openProposals, renewProposals } from "./renew.ts";
import { readLedger } from "./read-ledger.ts";
import { proposeRemovals } from "./remove.ts";
import { adoptProposals, syncProposals } from "./sync.ts";

/** Clusters that a model is asked about in a night, for each proposal that may come of it. */
const attemptsPerProposal = 3;
/** Decisions that are remembered: years of nights. */
const proposalsMax = 5_000;
/** Of clusters that are told in the report; more are a flood of single remarks. */
const decisionsMax = 200;

export interface DreamOptions {
  readonly isDry: boolean;
  readonly isCollecting: boolean;
  readonly proposalsMax: number | undefined;
  readonly agent: string | undefined;
  readonly model: string | undefined;
  readonly isUnsandboxedAllowed: boolean;
}

export interface Night {
  readonly version: 1;
  readonly at: string;
  readonly isDry: boolean;
  readonly base: string;
  readonly signals: number;
  /** Signals that were left out, because there were too many. */
  readonly omitted: number;
  readonly collected: number;
  readonly clusters: number;
  readonly proposed: number;
  readonly decisions: readonly NightDecision[];
  readonly decisionsLeftOut: number;
  readonly warnings: readonly string[];
  readonly usage: Usage;
}

interface Opened {
  readonly context: OperationContext;
  readonly options: DreamOptions;
  readonly repository: Repository;
  readonly store: ProposalStore;
  readonly signals: ReturnType<typeof openSignals>;
  readonly pullRequests: PullRequests | undefined;
  readonly warnings: string[];
}

/** Rejects with REMOTE_MISSING unless dry, DREAM_RUNNING, AGENT_MISSING, CONFIG_INVALID. */
export async function dream(context: OperationContext, options: DreamOptions): Promise<Night> {
  const { providers, signal } = context;
  const repository = await openRepository(context);
  if (!options.isDry && repository.remote === undefined)
    throw new InspanError("REMOTE_MISSING", `Cannot open proposals for "${repository.rootPath}": it has no remote.`, {
      kind: "usage",
      remedy: "git remote add origin <url>, or: inspan dream --dry-run",
    });
  const record = await providers.processRecords.register({ kind: "task-runner", label: dreamLabel, repositoryPath: repository.rootPath, taskId: undefined, url: undefined });
  const store = openProposalStore(providers.databases, repository.statePath);
  const signals = openSignals(providers, repository.statePath);
  const warnings: string[] = [];
  let pullRequests: PullRequests | undefined;
  try {
    await refuseSecond(context, repository);
    pullRequests = repository.remote === undefined ? undefined : await openPullRequests({ providers, repository, configuration: await context.loadConfiguration(repository.rootPath), signal });
    return await spendNight({ context, options, repository, store, signals, pullRequests, warnings });
  } finally {
    pullRequests?.close();
    await signals.dispose();
    store.close();
    await record.remove();
  }
}

const dreamLabel = "dream";

/** Two nights at once would propose the same twice: of those that have a record, the first goes on. */
async function refuseSecond({ providers }: OperationContext, repository: Repository): Promise<void> {
  const [first] = (await providers.processRecords.list()).filter(({ label, repositoryPath }) => label === dreamLabel && repositoryPath === repository.rootPath);
  if (first !== undefined && first.pid !== process.pid)
    throw new InspanError("DREAM_RUNNING", `Cannot dream: process ${first.pid} does, in this repository.`, {
      kind: "usage",
      remedy: `wait for it, or: inspan stop ${first.pid}`,
    });
}

async function spendNight(opened: Opened): Promise<Night> {
  const { context, options, repository, store, signals, pullRequests, warnings } = opened;
  const { providers, signal } = context;
  const { git } = providers;
  const base = repository.remote === undefined ? await headCommitOf(git, repository.rootPath) : (await refreshBase(git, repository, signal)).commit;
  const port = { git, rootPath: repository.rootPath, signal };
  const configuration = await configurationAt(context, { cwd: repository.rootPath, commit: base });
  const config = configuration.read(learningSection);
  const nowIso = providers.clock.nowIso();
  const collected = options.isCollecting ? await collectSignals({ context, repository, signals, pullRequests, base, config }) : { added: 0, warnings: [] };
  warnings.push(...collected.warnings);
  if (pullRequests !== undefined) {
    if (!options.isDry) warnings.push(...await adoptProposals(store, pullRequests, { port, base, nowIso, proposalsMax }));
    warnings.push(...await syncProposals(store, pullRequests, proposalsMax));
  }
  const all = await signals.list({ countMax: clusteredMax });
  const { clusters } = clusterSignals(all);
  const byId = new Map(all.map((one) => [one.id, one]));
  const night: NightCluster[] = clusters.map(({ signalIds, ...cluster }) => ({ ...cluster, signals: signalIds.flatMap((id): StoredSignal[] => { const one = byId.get(id); return one === undefined ? [] : [one]; }) }));
  await removeDeadTrees(providers, repository);
  return withTemporaryTree(providers, repository, { commit: base, signal }, async (treePath) => {
    let asking: Promise<Asker> | undefined;
    const asker = () =>
      (asking ??= createAsker({
        context,
        repository,
        treePath,
        commit: base,
        agent: options.agent ?? config.agent,
        model: options.model ?? config.model,
        isUnsandboxedAllowed: options.isUnsandboxedAllowed,
      }));
    const world = await readWorld(port, base, configuration, config);
    const run: DreamRun = {
      context,
      repository,
      config,
      port,
      world,
      treePath,
      pullRequests: options.isDry ? undefined : pullRequests,
      nowIso,
      open: await openProposals(port, base, store.list(proposalsMax), pullRequests, warnings),
      asker,
    };
    if (!options.isDry) warnings.push(...await renewProposals(run, store.list(proposalsMax)));
    const perNight = options.proposalsMax ?? config.proposalsMax;
    const decided = await decideAll(opened, run, night, perNight);
    const ledger = await readLedger({ context, repository, base, signals: all, isTimed: false });
    const known = store.list(proposalsMax);
    const leftOver = perNight - (options.isDry ? decided.filter(({ action }) => action === "proposed").length : proposedTonight(known, nowIso));
    const removals = await proposeRemovals(run, ledger.entries, known, leftOver);
    if (!options.isDry) for (const one of removals.filter(({ action }) => action === "proposed")) keep(store, run, { id: one.cluster, signals: [] }, one);
    const decisions = [...decided, ...removals];
    warnings.push(...world.unreadable.map((file) => `${file} is no guardrail that can be read`));
    return {
      version: 1, at: nowIso, isDry: options.isDry, base, signals: all.length, omitted: Math.max(0, await signals.count() - all.length), collected: collected.added, clusters: clusters.length,
      proposed: decisions.filter(({ action }) => action === "proposed").length,
      decisions: decisions.slice(0, decisionsMax),
      decisionsLeftOut: Math.max(0, decisions.length - decisionsMax),
      warnings,
      usage: asking === undefined ? noUsage : (await asking).usage(),
    };
  });
}

async function decideAll({ context, options, store }: Opened, run: DreamRun, clusters: readonly NightCluster[], perNight: number): Promise<readonly NightDecision[]> {
  const known = store.list(proposalsMax);
  const tonight: Guardrail[] = [];
  const open = [...run.open];
  const decisions: NightDecision[] = [];
  let left = perNight - (options.isDry ? 0 : proposedTonight(known, run.nowIso)), attempts = perNight * attemptsPerProposal;
  for (const cluster of clusters) {
    context.signal.throwIfAborted();
    const about = { cluster: cluster.id, title: cluster.title, signals: cluster.signals.length };
    const prior = priorDecision(known, cluster.signals);
    const twin = tonight.find((guardrail) => answersCluster(guardrail, { causes: cluster.causes, terms: keyTermsOf(cluster.signals) }));
    if (prior !== undefined) { decisions.push({ ...about, ...prior }); continue; }
    if (twin !== undefined) { decisions.push({ ...about, action: "waiting", reason: `${twin.id} of this night answers it` }); continue; }
    if (left <= 0 || attempts <= 0) { decisions.push({ ...about, action: "waiting", reason: `${perNight} proposals a night; it waits for another` }); continue; }
    const usageBefore = run.asker;
    const { decision, guardrail } = await decideSafely({ ...run, open, asker: () => { attempts -= 1; return usageBefore(); } }, cluster);
    decisions.push(decision);
    if (decision.action === "proposed") {
      left -= 1;
      if (guardrail !== undefined) tonight.push(guardrail);
      open.push({ guardrail: decision.guardrail ?? "", pullRequest: decision.pullRequest?.id ?? "(of this night)", files: decision.files ?? [] });
    }
    if (!options.isDry) keep(store, run, cluster, decision);
    context.progress(`${decision.action}: ${decision.title.slice(0, 80)} (${decision.reason.slice(0, 160)})`);
  }
  return decisions;
}

/** One cluster that cannot be decided does not end the night; a missing agent does, because no cluster could be. */
async function decideSafely(run: DreamRun, cluster: NightCluster): ReturnType<typeof decide> {
  try { return await decide(run, cluster); } catch (error) {
    run.context.signal.throwIfAborted();
    if (error instanceof InspanError && error.kind === "usage") throw error;
    return { decision: { cluster: cluster.id, title: cluster.title, signals: cluster.signals.length, action: "refused", reason: messageOf(error).slice(0, 500) } };
  }
}

function keep(store: ProposalStore, run: DreamRun, cluster: Pick<NightCluster, "id" | "signals">, decision: NightDecision): void {
  if (decision.action === "waiting" || decision.action === "answered") return;
  const proposal: Proposal = {
    id: decision.pullRequest?.branch ?? run.context.providers.random.id(8), cluster: cluster.id, guardrail: decision.guardrail ?? "", rung: decision.rung ?? "prompt", title: decision.title, at: run.nowIso,
    state: decision.action === "proposed" ? "open" : decision.action,
    reason: decision.reason,
    branch: decision.pullRequest?.branch ?? "",
    pullRequest: decision.pullRequest?.id ?? "",
    url: decision.pullRequest?.url ?? "",
    lastSignal: cluster.signals.at(-1)?.id ?? 0, signalIds: cluster.signals.map(({ id }) => id).slice(-200),
  };
  store.add(proposal);
}

