// Review on the command line.
import { z } from "zod";
import { exitCodes } from "../../../base/errors.ts";
import { plural, withoutControls } from "../../../base/text.ts";
import { defineOperation, type Contribution } from "../../../providers/index.ts";
import { reviewSection } from "../config.ts";
import { renderReviewComments, renderReviewGithub, renderReviewSarif } from "../service/machine-formats.ts";
import { modelOperation, scanOperation } from "./security.ts";
import type { ChangedLines } from "../service/findings.ts";
import type { ReviewFinding } from "../types.ts";

function renderFinding(finding: ReviewFinding): string {
  const place = finding.file === "" ? "" : `${finding.file}${finding.line === undefined ? "" : `:${finding.line}`}`;
  const indented = (label: string, text: string) => (text === "" ? [] : [`    ${label}${text.replaceAll("\n", "\n    ")}`]);
  return withoutControls([
    `${finding.priority} ${finding.title}  [${finding.reviewer}, ${finding.id}]`, ...indented("", place), ...indented("", finding.detail),
    ...indented("Evidence: ", finding.evidence), ...indented("Suggestion: ", finding.suggestion),
  ].join("\n"));
}

const reviewOperation = defineOperation({
  name: "review/run", command: "review", summary: "Review the commits of this branch with the reviewers of its base; exit code 1 where a finding blocks",
  audience: "person", readOnly: true,
  input: z.object({
    base: z.string().min(1).optional().describe("What the branch is compared with; the base branch at the remote unless told"),
    agent: z.string().min(1).optional().describe("The agent that reviews; review.agent or agents.default unless told"),
    model: z.string().min(1).optional().describe("The model that reviews; review.model unless told"),
    format: z
      .enum(["text", "sarif", "github", "comments"])
      .default("text")
      .describe("text; sarif for code scanning; github for the log of a workflow; comments as a forge takes a review"),
    unsandboxed: z.boolean().default(false).describe("Accept that the agent's commands run without a sandbox where none works"),
  }),
  handler: async (input, context) => {
    const { reviewBranch } = await import("../runtime/index.ts");
    const { round, findings, decision, blockFrom, shownLines } = await reviewBranch(context, {
      base: input.base,
      agent: input.agent,
      model: input.model,
      isUnsandboxedAllowed: input.unsandboxed,
    });
    const output = {
      version: 1, decision: decision.kind === "author" ? "request-changes" as const : decision.kind === "approved" ? "approved" as const : "failed" as const,
      question: decision.kind === "hold" ? decision.question : null, blocking: decision.kind === "author" ? decision.blocking.map(({ id }) => id) : [],
      blockFrom, baseCommit: round.baseCommit, headCommit: round.headCommit, leftOut: round.leftOut, findings,
      verdicts: round.verdicts.map(({ reviewer, verdict, reason, usage, harnessTokens }) => ({
        reviewer,
        verdict,
        reason: reason ?? null,
        usage,
        harnessTokens: harnessTokens ?? null,
      })),
    };
    return Object.defineProperty(output, "shownLines", { value: shownLines, enumerable: false }) as typeof output & { shownLines: ChangedLines }; // for the formats only
  },
  render: (output, { format }) => {
    const { decision, question, blocking, blockFrom, headCommit, leftOut, findings, verdicts, shownLines } = output;
    const failed = verdicts.flatMap(({ reviewer, verdict, reason }) => (verdict === "failed" ? [{ reviewer, reason: reason ?? "no answer" }] : []));
    const summary =
      decision === "failed"
        ? (question ?? "No verdict.")
        : `${decision === "approved" ? "Approved" : `${plural(blocking.length, "finding")} to mend first`}: ${headCommit.slice(0, 10)}.`;
    const report = { findings, blockFrom, headCommit, summary, failed, isJudged: decision !== "failed", shownLines };
    switch (format) {
      case "sarif": return renderReviewSarif(report);
      case "github": return renderReviewGithub(report);
      case "comments": return renderReviewComments(report);
      case "text": return [
        ...findings.map(renderFinding), ...(findings.length > 0 ? [""] : []),
        ...verdicts.map(({ reviewer, verdict, reason }) => withoutControls(`${reviewer}: ${verdict}${reason ? ` (${reason})` : ""}`)),
        ...(verdicts.length === 0 ? [shownLines.size === 0 && leftOut === "" ? "The commits change no file." : "No reviewer's paths match this change."] : []),
        ...(leftOut === "" ? [] : [`Not shown to the reviewers: ${leftOut}`]),
        withoutControls(summary),
      ].join("\n");
    }
  },
  exitCode: ({ decision }) => (decision === "approved" ? exitCodes.fine : decision === "failed" ? exitCodes.outside : exitCodes.findings),
});

export const contribution: Contribution = { domain: "review", operations: [reviewOperation, modelOperation, scanOperation], configSections: [reviewSection] };
