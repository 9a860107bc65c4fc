// The review effect of a task: who reviews with what, what it may cost, and the author's claims held against the journal.
import { join } from "node:path";
import { assertNever } from "../../../base/assert.ts";
import { agentsSection, agentsWithEnvironment, type AgentDriver } from "../../agent/index.ts";
import { createDriver } from "../../agent/runtime/index.ts";
import { addUsage, noUsage, totalTokens } from "../../model/index.ts";
import {
  attest,
  decideReview,
  isNamedByModel,
  mergeRound,
  renderAuthorPrompt,
  reviewSection,
  roundsAllowed,
  selfReviewer,
  type KeptFlaw,
  type ReviewConfig,
  type ReviewDecision,
  type Reviewer,
  type ReviewRound,
} from "../../review/index.ts";
import { readReviewersAt, reviewHead, securityRound } from "../../review/runtime/index.ts";
import { changedBetween, textAt } from "../../worktree/runtime/index.ts";
import { budgetsSection } from "../config.ts";
import { moneyLeft } from "../service/budget.ts";
import { readAttestationFacts } from "../service/journal-facts.ts";
import type { ReviewOutcome, TaskEvent, TaskState } from "../types/index.ts";
import { evidenceForReviewers } from "./evidence.ts";
import { createJournalQueue, type TaskRun } from "./run.ts";

// The journal's own bound; older lines are gone.
const recordsMax = 20_000;

type Reviewed = Omit<Extract<TaskEvent, { kind: "reviewed" }>, "at" | "activeMs">;

/** Opens another agent than the author's, as the person's own configuration knows it. */
async function openAgent(run: TaskRun, agent: string): Promise<AgentDriver> {
  const agents = agentsWithEnvironment((await run.context.loadConfiguration(run.repository.rootPath)).read(agentsSection), run.context.env);
  return createDriver(agent, run.providers, agents);
}

/** Tokens of all reviewing since the task's budget was last counted anew: feedback on the pull request begins new rounds, and no new count. */
function tokensOfReviews({ review: { tokens = 0, tokensBefore = 0 } }: TaskState): number {
  return tokens - tokensBefore;
}

async function attestHead(
  run: TaskRun,
  state: TaskState,
  options: { readonly reviewers: readonly Reviewer[]; readonly round: number; readonly baseCommit: string; readonly headCommit: string },
): Promise<ReviewRound["verdicts"][number] | undefined> {
  const { worktree } = state;
  if (!worktree) return undefined;
  const configuration = await run.configurationAt(worktree.baseCommit);
  const records = await run.store.records(state.id, 0, recordsMax);
  const changed = await changedBetween(run.providers.git, worktree.path, { from: worktree.baseCommit, to: state.head ?? worktree.baseCommit });
  const verdict = attest({
    ...readAttestationFacts(records, state.reproduction?.kind === "shown" ? state.reproduction.command : undefined),
    required: [
      ...configuration.read(reviewSection).evidence,
      ...options.reviewers.flatMap(({ paths, needs }) => (needs === undefined ? [] : [{ paths, needs }])),
    ],
    changedPaths: changed.map(({ path }) => path),
    round: options.round,
    headCommit: options.headCommit,
    findings: state.review.findings,
  });
  // Nothing claimed, nothing asked, nothing to rule on: no line in the pull request.
  return verdict.findings.length === 0 && verdict.rulings.length === 0 ? undefined : verdict;
}

/** The security reviewer, where the threat model of the base names what the change touches; not where the author's own check has stopped it already. */
async function secureHead(
  run: TaskRun,
  state: TaskState,
  options: {
    readonly round: number;
    readonly asked: ReviewRound;
    readonly settings: ReviewConfig;
    readonly driver: AgentDriver;
    readonly tokensLeft: number;
    /** What the dearest reviewer has cost: a scan costs at least as much. */ readonly dearest: number;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly verdict: ReviewRound["verdicts"][number]; readonly flaws: readonly KeptFlaw[] } | undefined> {
  const { worktree, head } = state;
  const { settings, asked, round, signal } = options;
  const isStopped = asked.verdicts.length === 1 && asked.verdicts[0]?.reviewer === selfReviewer.name && asked.verdicts[0].verdict === "request-changes";
  if (!settings.security || !worktree || !head || isStopped) return undefined;
  const { git } = run.providers;
  const page = await textAt(git, worktree.path, { commit: worktree.baseCommit, file: settings.threatModel });
  if (page === undefined) return undefined;
  const changed = (await changedBetween(git, worktree.path, { from: worktree.baseCommit, to: head })).map(({ path }) => path);
  const flaws = state.review.flaws ?? [];
  if (flaws.length === 0 && !isNamedByModel(page, changed)) return undefined;
  const journal = createJournalQueue(run, state);
  const driver = settings.agent === undefined ? options.driver : await openAgent(run, settings.agent);
  const done = await securityRound({
    providers: run.providers,
    repository: run.repository,
    driver,
    baseCommit: worktree.baseCommit,
    headCommit: head,
    sessionRoot: join(run.repository.statePath, "sessions", state.id, "security"),
    model: settings.model ?? (settings.agent === undefined ? state.agent.model : undefined),
    effort: settings.effort ?? state.agent.effort,
    isUnsandboxedAllowed: state.isUnsandboxedAllowed,
    signal,
    progress: run.context.progress,
  }, { round, model: page, findings: state.review.findings, flaws, canScan: options.tokensLeft > options.dearest, tokensMax: options.tokensLeft, onRun: (seen) => journal.push({ type: "security", data: seen }) });
  await journal.settled();
  return done;
}

/** One round over the head of a task. Rejects when the signal aborts, and with REVIEWER_INVALID. */
export async function reviewTask(run: TaskRun, driver: AgentDriver, state: TaskState, signal: AbortSignal): Promise<Reviewed> {
  const { worktree, head } = state;
  if (!worktree || !head) throw new Error(`BUG: expected a worktree and a head in phase ${state.phase}`);
  const configuration = await run.configurationAt(worktree.baseCommit);
  const settings = configuration.read(reviewSection);
  const { turnMinutes, modelCallsPerTurn } = configuration.read(budgetsSection);
  const reviewers = await readReviewersAt({ providers: run.providers, rootPath: worktree.path, commit: worktree.baseCommit, folder: settings.reviewers });
  const round = state.review.round + 1;
  const tokensMax = Math.max(0, settings.tokensShareMax * state.budget.tokens - tokensOfReviews(state));
  const journal = createJournalQueue(run, state);
  const attested = await attestHead(run, state, { reviewers, round, baseCommit: worktree.baseCommit, headCommit: head });
  const asked = await reviewHead({
    providers: run.providers, driver: settings.agent === undefined ? driver : await openAgent(run, settings.agent), openDriver: (agent) => openAgent(run, agent), reviewers,
    worktreePath: worktree.path,
    baseCommit: worktree.baseCommit,
    headCommit: head,
    rounds: state.review.rounds,
    tokensMax,
    moneyMaxUsd: moneyLeft(state.budget, state),
    ...(settings.selfReview ? { selfReview: { blockFrom: settings.blockFrom } } : {}),
    task: { id: state.id, title: state.title, prompt: state.prompt, evidence: await evidenceForReviewers(run, state) }, round, findings: state.review.findings,
    // A model's name means nothing to another agent.
    sessionRoot: join(run.repository.statePath, "sessions", state.id, "reviews"),
    model: settings.model ?? (settings.agent === undefined ? state.agent.model : undefined),
    effort: settings.effort ?? state.agent.effort,
    limits: { modelCallsMax: modelCallsPerTurn, timeoutMs: turnMinutes * 60_000 }, isUnsandboxedAllowed: state.isUnsandboxedAllowed, signal,
    onEvent: (reviewer, event) => { if (event.kind === "message") journal.push({ type: "reviewer", data: { reviewer, event: event.kind, text: event.text.slice(0, 2000) } }); },
  });
  await journal.settled();
  const tokensAsked = asked.verdicts.reduce((sum, verdict) => sum + totalTokens(verdict.usage), 0);
  const dearest = Math.max(0, ...asked.verdicts.map(({ usage }) => totalTokens(usage)));
  const secured = await secureHead(run, state, { round, asked, settings, driver, tokensLeft: tokensMax - tokensAsked, dearest, signal });
  const reviewed: ReviewRound = { ...asked, verdicts: [...asked.verdicts, ...(secured ? [secured.verdict] : []), ...(attested ? [attested] : [])] };
  const usage = reviewed.verdicts.reduce((sum, verdict) => addUsage(sum, verdict.usage), noUsage);
  const findings = mergeRound(state.review.findings, reviewed);
  const roundsMax = roundsAllowed(settings.roundsMax, [...state.review.rounds, reviewed]);
  // What attestation says needs no model: a round in which every model failed is judged by the models alone.
  const decision = decideReview({
    findings,
    round: asked.verdicts.length === 0 ? reviewed : { ...asked, verdicts: [...asked.verdicts, ...(secured ? [secured.verdict] : [])] },
    roundsMax,
    blockFrom: settings.blockFrom,
    head,
    tokensLeft: tokensMax - totalTokens(usage),
  });
  return { kind: "reviewed", round: reviewed, findings, usage, decision: toOutcome(decision), ...(secured ? { flaws: secured.flaws } : {}) };
}

function toOutcome(decision: ReviewDecision): ReviewOutcome {
  switch (decision.kind) {
    case "approved": return { kind: "approved" };
    case "author": return { kind: "author", prompt: renderAuthorPrompt(decision.blocking) };
    case "hold": return { kind: "hold", question: decision.question, options: decision.options };
    case "stale": return { kind: "hold", question: "The head moved while it was reviewed.", options: ["resume", "cancel"] };
    default: return assertNever(decision);
  }
}
