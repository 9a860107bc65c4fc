// Title and body of a pull request and of its squash commit. Pure.
import { boundText, plural, renderDuration, withoutControls } from "../../../base/text.ts";
import type { ReviewFinding } from "../../review/index.ts";
import type { CheckResult } from "../types.ts";

export interface PullRequestSummary {
  readonly title: string;
  /** What changes, in the author's words. */
  readonly what: string;
  /** The task or issue behind it. */
  readonly why: string;
  /** The failing evidence from before the change; or why there is none. */
  readonly reproduction: { readonly kind: "evidence"; readonly text: string } | { readonly kind: "none"; readonly reason: string };
  /** What was recorded, and the journeys that the change touches; its section stands only where there is something to say. */
  readonly evidence?: string | undefined;
  /** `pending`: configured and not run yet. */
  readonly checks: readonly CheckResult[] | "pending";
  readonly roundCount: number;
  readonly findings: readonly ReviewFinding[];
}

// Readable in one screenful each; git and people both suffer from novels in a commit.
const sectionCharsMax = 4_000;
const titleCharsMax = 100;
const findingsMax = 30;

/** Text that cannot pass for a trailer or a marker of ours (both decide what counts as merged), and that commands no terminal of who reads the log. */
function defuse(text: string): string {
  return withoutControls(text).replaceAll(/^(\s*)(inspan-[\w-]+)\s*:/gim, "$1$2 =").replaceAll(/<!--\s*inspan:/gi, "<!-- ");
}

/** One line, bounded, never empty. */
export function renderTitle(title: string): string {
  const line = defuse(title).replaceAll(/\s+/g, " ").trim();
  return line === "" ? "Change without a title" : line.length <= titleCharsMax ? line : `${line.slice(0, titleCharsMax - 1).trimEnd()}…`;
}

function renderCheck(check: CheckResult): string {
  const code = check.status === "failed" && check.exitCode !== null ? ` (exit code ${check.exitCode})` : "";
  return `- ${check.name}: ${check.status}${code}, ${renderDuration(check.durationMs)}, on ${check.commit.slice(0, 10)}`;
}

function renderChecks(checks: PullRequestSummary["checks"]): string {
  if (checks === "pending") return "Not run yet when this was written; results are kept as notes (`inspan pr show`).";
  return checks.length === 0 ? "None configured." : checks.map(renderCheck).join("\n");
}

/** The body with its section on checks telling these results: what is merged says what was seen last. */
export function withChecks(body: string, checks: readonly CheckResult[]): string {
  const sections = body.split(/^(?=## )/m);
  return sections.map((part) => (part.startsWith("## Checks\n") ? `## Checks\n\n${boundText(defuse(renderChecks(checks)), sectionCharsMax)}\n\n` : part)).join("").trimEnd();
}

function renderFinding(finding: ReviewFinding): string {
  const place = finding.file === "" ? "" : ` (${finding.file}${finding.line === undefined ? "" : `:${finding.line}`})`;
  const reason = finding.reply ? `; ${finding.reply.decision}: ${boundText(finding.reply.reason, 300)}` : "";
  return `- ${finding.priority} ${finding.reviewer}: ${finding.title}${place}: ${finding.state}${reason}`.replaceAll("\n", " ");
}

/** Sections What, Why, Reproduction, Checks, Review, always all five and in this order; Evidence behind Reproduction where there is some. */
export function renderBody(summary: PullRequestSummary): string {
  const { reproduction, checks, findings, roundCount } = summary;
  const section = (title: string, text: string) => `## ${title}\n\n${boundText(defuse(text).trim() || "Not told.", sectionCharsMax)}`;
  const shown = findings.slice(0, findingsMax);
  const review = roundCount === 0 ? "Not reviewed." : [
    `${plural(roundCount, "round")}, ${findings.length === 0 ? "no finding" : plural(findings.length, "finding")}.`,
    ...shown.map(renderFinding), ...(findings.length > shown.length ? [`- and ${findings.length - shown.length} more`] : []),
  ].join("\n");
  return [
    section("What", summary.what), section("Why", summary.why),
    section("Reproduction", reproduction.kind === "evidence" ? reproduction.text : `None: ${reproduction.reason}`),
    ...(summary.evidence === undefined ? [] : [section("Evidence", summary.evidence)]),
    section("Checks", renderChecks(checks)),
    section("Review", review),
  ].join("\n\n");
}

/** The squash commit's message: title, body, and the trailers by which a restarted task sees that it was merged. */
export function renderSquashMessage(options: { readonly title: string; readonly body: string; readonly task: string; readonly headCommit: string }): string {
  const body = defuse(options.body).trim();
  return `${renderTitle(options.title)}\n\n${body === "" ? "" : `${body}\n\n`}Inspan-Task: ${options.task.replaceAll(/\s+/g, " ")}\nInspan-Head: ${options.headCommit}\n`;
}
