// One reviewer, one fresh read-only session, one verdict. Never rejects for what the model did: that is the verdict "failed".
import { join } from "node:path";
import { isAbort, messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import type { AgentDriver, AgentEvent, AgentSession, TurnResult } from "../../agent/index.ts";
import { addUsage, noUsage, type Usage } from "../../model/index.ts";
import type { Providers } from "../../../providers/index.ts";
import { parseReviewAnswer } from "../service/answer.ts";
import { admitFindings, type ChangedLines } from "../service/findings.ts";
import { renderReviewerInstructions, renderReviewPrompt, renderRetryPrompt, type ReviewDiff } from "../service/prompts.ts";
import type { Reviewer, ReviewFinding, ReviewTask, ReviewVerdict } from "../types.ts";

export interface ReviewLimits {
  /** Model calls of one turn. */
  readonly modelCallsMax: number;
  readonly timeoutMs: number;
}

export interface ReviewerRun {
  readonly providers: Pick<Providers, "random" | "secrets">;
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
  readonly diff: ReviewDiff;
  readonly round: number;
  readonly headCommit: string;
  /** Where the repository's instructions are read: a change cannot instruct its own reviewers. */
  readonly baseCommit: string;
  /** All findings so far; a reviewer sees its own. */
  readonly findings: readonly ReviewFinding[];
  readonly changedSince: ChangedLines | undefined;
  onEvent(reviewer: string, event: AgentEvent): void;
}

// A reviewer reads a few dozen files at most; above this it is lost, and its verdict would come too late to matter.
const defaultLimits: ReviewLimits = { modelCallsMax: 60, timeoutMs: 15 * 60_000 };
// One answer that cannot be read is an accident, two are a model that does not follow the form.
const answersMax = 2;

async function runTurn(run: ReviewerRun, session: AgentSession, reviewer: Reviewer, text: string): Promise<TurnResult> {
  const { limits = defaultLimits, signal } = run;
  return session.startTurn({
    text, modelCallsMax: limits.modelCallsMax, timeoutMs: limits.timeoutMs, signal,
    guard: { refuse: () => "A reviewer reads and does not edit; put it into a finding.", afterEdit: async () => undefined },
    onEvent: (event) => run.onEvent(reviewer.name, event),
  }).result;
}

async function judge(run: ReviewerRun, session: AgentSession, reviewer: Reviewer): Promise<ReviewVerdict> {
  const known = run.findings.filter((finding) => finding.reviewer === reviewer.name);
  const openFindings = known.filter(({ state }) => state !== "resolved");
  let text = renderReviewPrompt({ reviewer, task: run.task, diff: run.diff, round: run.round, openFindings });
  let usage: Usage = noUsage;
  let reason = "";
  for (let answers = 0; answers < answersMax; answers++) {
    const turn = await runTurn(run, session, reviewer, text);
    usage = addUsage(usage, turn.usage);
    if (turn.status === "interrupted") { reason = "the turn was interrupted"; break; }
    if (turn.status === "failed") {
      reason = turn.reason;
      if (turn.isRetryable) continue;
      break;
    }
    const answer = parseReviewAnswer(turn.text);
    if (answer.kind === "answer") {
      const admitted = admitFindings({ reviewer: reviewer.name, reported: answer.findings, round: run.round, headCommit: run.headCommit, known, changedSince: run.changedSince });
      const rulings = answer.rulings.filter(({ id }) => known.some((finding) => finding.id === id));
      const keeps = rulings.some(({ ruling }) => ruling === "still-open" || ruling === "insist");
      return { reviewer: reviewer.name, verdict: admitted.findings.length > 0 || keeps ? "request-changes" : "approve", ...admitted, findings: [...admitted.findings], rulings, usage };
    }
    reason = answer.reason;
    text = renderRetryPrompt(answer.reason);
  }
  return failed(run, reviewer, reason, usage);
}

function failed(run: ReviewerRun, reviewer: Reviewer, reason: string, usage: Usage): ReviewVerdict {
  return { reviewer: reviewer.name, verdict: "failed", findings: [], rulings: [], ignoredCount: 0, reason: boundText(run.providers.secrets.redact(reason), 1000), usage };
}

/** The verdict of one reviewer on the head. Rejects only when the signal is aborted. */
export async function runReviewer(run: ReviewerRun, reviewer: Reviewer): Promise<ReviewVerdict> {
  let session: AgentSession | undefined;
  try {
    session = await run.driver.open({
      label: `review ${reviewer.name}`, worktreePath: run.worktreePath, baseCommit: run.baseCommit,
      sessionPath: join(run.sessionRoot, `${run.round}-${run.headCommit.slice(0, 10)}-${reviewer.name}-${run.providers.random.id(4)}`),
      access: "read-only", instructions: renderReviewerInstructions(reviewer), model: run.model, effort: run.effort, tools: [],
      isUnsandboxedAllowed: run.isUnsandboxedAllowed, resumeId: undefined, signal: run.signal,
    });
    return await judge(run, session, reviewer);
  } catch (error) {
    if (isAbort(error) || run.signal.aborted) throw error;
    return failed(run, reviewer, messageOf(error), noUsage);
  } finally {
    await session?.dispose();
  }
}
