// One reviewer, one fresh read-only session, one verdict. Never rejects for what the model did: that is the verdict "failed".
import { join } from "node:path";
import { isAbort, messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { AgentDriver, AgentEvent, AgentSession, TurnResult } from "../../agent/index.ts";
import { addUsage, noUsage, totalTokens, type Usage } from "../../model/index.ts";
import type { Providers } from "../../../providers/index.ts";
import { parseReviewAnswer } from "../service/answer.ts";
import { moneyUsedReason, shareUsedReason } from "../service/decision.ts";
import { admitFindings, findDisputes, type ChangedLines, unprovenOf } from "../service/findings.ts";
import { renderReviewerInstructions, renderReviewPrompt, renderRetryPrompt, type ReviewDiff } from "../service/prompts.ts";
import type { Reviewer, ReviewFinding, ReviewTask, ReviewVerdict } from "../types.ts";

export interface ReviewLimits {
  /** Model calls of one turn. */
  readonly modelCallsMax: number;
  readonly timeoutMs: number;
}

export interface ReviewerRun {
  readonly providers: Pick<Providers, "clock" | "random" | "secrets">;
  readonly driver: AgentDriver;
  readonly worktreePath: string;
  /** Absolute; each session gets a folder of its own below it. */
  readonly sessionRoot: string;
  readonly model: string | undefined;
  readonly effort: string | undefined;
  readonly limits?: ReviewLimits;
  readonly isUnsandboxedAllowed: boolean;
  readonly signal: AbortSignal;
  readonly task: ReviewTask;
  readonly round: number;
  readonly headCommit: string;
  /** Where the repository's instructions are read: a change cannot instruct its own reviewers. */
  readonly baseCommit: string;
  /** All findings so far; a reviewer sees its own, and those of others beside them. */
  readonly findings: readonly ReviewFinding[];
  /** Opens the agent that a reviewer names for itself. */
  openDriver?(agent: string): Promise<AgentDriver>;
  /** What all reviewers together may still use; counted down as they work. */
  readonly tokens: { left: number; /** The dearest look of this task so far: what the next one may cost. */ dearest: number };
  /** US dollars that are left of the task's budget, counted down as well; without one money does not matter. */
  readonly money?: { leftUsd: number } | undefined;
  onEvent(reviewer: string, event: AgentEvent): void;
}

/** What one reviewer of a round is given. */
export interface ReviewerPart {
  readonly reviewer: Reviewer;
  readonly diff: ReviewDiff;
  /** Lines that changed since it looked last; undefined at its first look. */
  readonly changedSince: ChangedLines | undefined;
  readonly since: string | undefined;
}

// A reviewer reads a few dozen files at most; above this it is lost, and its verdict would come too late to matter.
const defaultLimits: ReviewLimits = { modelCallsMax: 60, timeoutMs: 15 * 60_000 };
// One answer that cannot be read is an accident, two are a model that does not follow the form.
const answersMax = 2;

// An answer with a few findings; with what is put before the model it is what a turn costs at the least.
const answerTokensMin = 500;

/** `cutFor`: the limit for which the turn was ended. */
type Turn = { readonly kind: "ran"; readonly result: TurnResult; readonly cutFor: string | undefined } | { readonly kind: "unaffordable" };

/** Reviewers run beside each other: each sets aside what its turn may cost before it begins, so that together they do not pass what is left. */
async function runTurn(run: ReviewerRun, session: AgentSession, reviewer: Reviewer, { text, tokensMin }: { readonly text: string; readonly tokensMin: number }): Promise<Turn> {
  const { limits = defaultLimits, signal, tokens } = run;
  let setAside = Number.isFinite(tokens.left) ? Math.max(tokensMin, tokens.dearest) : 0;
  if (tokens.left < setAside) return { kind: "unaffordable" };
  let cutFor: string | undefined;
  let counted = 0;
  tokens.left -= setAside;
  const running = session.startTurn({
    text, modelCallsMax: limits.modelCallsMax, timeoutMs: limits.timeoutMs, signal,
    guard: { refuse: () => "A reviewer reads and does not edit; put it into a finding.", afterEdit: async () => undefined },
    onEvent: (event) => {
      if (event.kind === "usage") {
        counted += totalTokens(event.usage);
        tokens.left += setAside - totalTokens(event.usage);
        setAside = 0;
        const isBroke = run.money !== undefined && (run.money.leftUsd -= event.usage.costUsd ?? Infinity) <= 0; // a cost that nobody knows may be any
        if (cutFor === undefined && (isBroke || tokens.left <= 0)) { cutFor = isBroke ? moneyUsedReason : shareUsedReason; void running.interrupt(); }
      }
      run.onEvent(reviewer.name, event);
    },
  });
  const result = await running.result;
  // What a client tells only at the end of the turn.
  tokens.left += setAside - Math.max(0, totalTokens(result.usage) - counted);
  tokens.dearest = Math.max(tokens.dearest, counted, totalTokens(result.usage));
  return { kind: "ran", result, cutFor };
}

const sum = (texts: readonly string[]): number => texts.reduce((total, text) => total + text.length, 0);
// What a model's tokenizer makes of English and code, on the average.
const charsPerToken = 4;

async function judge(run: ReviewerRun, session: AgentSession, { reviewer, diff, changedSince, since }: ReviewerPart): Promise<ReviewVerdict> {
  const known = run.findings.filter((finding) => finding.reviewer === reviewer.name);
  const openFindings = known.filter(({ state }) => state !== "resolved");
  const othersFindings = findDisputes(run.findings).flatMap(([a, b]) => (a.reviewer === reviewer.name ? [b] : b.reviewer === reviewer.name ? [a] : []));
  let text = renderReviewPrompt({ reviewer, task: run.task, diff, round: run.round, openFindings, othersFindings, since });
  const shown = [renderReviewerInstructions(reviewer)];
  let usage: Usage = noUsage;
  let reason = "";
  for (let answers = 1; answers <= answersMax; answers++) {
    shown.push(text);
    const ran = await runTurn(run, session, reviewer, { text, tokensMin: Math.ceil(sum(shown) / charsPerToken) + answerTokensMin });
    if (ran.kind === "unaffordable") { reason = shareUsedReason; break; }
    const { result: turn, cutFor } = ran;
    usage = addUsage(usage, turn.usage);
    if (turn.status === "interrupted") { reason = cutFor ?? "the turn was interrupted"; break; }
    if (turn.status === "failed") {
      reason = turn.reason;
      if (!turn.isRetryable || !(await isWaitedOut(run, turn))) break;
      continue;
    }
    const answer = parseReviewAnswer(turn.text);
    const unproven = answer.kind === "answer" && answers < answersMax ? unprovenOf(answer.findings) : [];
    if (answer.kind === "answer" && unproven.length === 0) {
      const admitted = admitFindings({ reviewer: reviewer.name, reported: answer.findings, round: run.round, headCommit: run.headCommit, known, changedSince });
      const rulings = answer.rulings.filter(({ id }) => known.some((finding) => finding.id === id));
      const keeps = rulings.some(({ ruling }) => ruling === "still-open" || ruling === "insist");
      return {
        reviewer: reviewer.name,
        verdict: admitted.findings.length > 0 || keeps ? "request-changes" : "approve",
        ...admitted,
        findings: [...admitted.findings],
        rulings,
        usage,
        harnessTokens: Math.ceil(sum(shown) / charsPerToken),
      };
    }
    reason =
      answer.kind === "answer"
        ? `${unproven.map(({ priority, title }) => `${priority} "${title}"`).join(", ")}: no evidence; give it, or lower the priority to P3`
        : answer.reason;
    text = renderRetryPrompt(reason);
  }
  return failed(run, reviewer, reason, usage);
}

function failed(run: ReviewerRun, reviewer: Reviewer, reason: string, usage: Usage): ReviewVerdict {
  return { reviewer: reviewer.name, verdict: "failed", findings: [], rulings: [], ignoredCount: 0, reason: boundText(run.providers.secrets.redact(reason), 1000), usage };
}

/** True once the time has come that a provider named; false where that is longer than a whole turn may take. */
async function isWaitedOut({ providers, limits = defaultLimits, signal }: ReviewerRun, { retryAfterMs = 0 }: Extract<TurnResult, { status: "failed" }>): Promise<boolean> {
  if (retryAfterMs > limits.timeoutMs) return false;
  await providers.clock.sleep(retryAfterMs, signal);
  return true;
}

/** The verdict of one reviewer on the head. Rejects only when the signal is aborted. */
export async function runReviewer(run: ReviewerRun, part: ReviewerPart): Promise<ReviewVerdict> {
  const { reviewer } = part;
  if (run.money !== undefined && run.money.leftUsd <= 0) return failed(run, reviewer, moneyUsedReason, noUsage);
  if (run.tokens.left <= 0) return failed(run, reviewer, shareUsedReason, noUsage);
  let session: AgentSession | undefined;
  try {
    const driver = reviewer.agent === undefined || reviewer.agent === run.driver.name || run.openDriver === undefined ? run.driver : await run.openDriver(reviewer.agent);
    session = await driver.open({
      label: `review ${reviewer.name}`, worktreePath: run.worktreePath, baseCommit: run.baseCommit,
      sessionPath: join(run.sessionRoot, `${run.round}-${run.headCommit.slice(0, 10)}-${reviewer.name}-${run.providers.random.id(4)}`),
      access: "read-only", instructions: renderReviewerInstructions(reviewer), model: reviewer.model ?? run.model, effort: reviewer.effort ?? run.effort, tools: [],
      isUnsandboxedAllowed: run.isUnsandboxedAllowed, resumeId: undefined, signal: run.signal,
    });
    return await judge(run, session, part);
  } catch (error) {
    if (isAbort(error) || run.signal.aborted) throw error;
    return failed(run, reviewer, messageOf(error), noUsage);
  } finally {
    await session?.dispose();
  }
}
