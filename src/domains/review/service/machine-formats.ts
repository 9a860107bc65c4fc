// A review for other programs: SARIF 2.1.0 (OASIS), the workflow commands of GitHub Actions, and comments by place as forges take them. Pure text.
import { boundText, plural, withoutControls } from "../../../base/text.ts";
import type { Priority, ReviewFinding } from "../types.ts";
import { isBlocking } from "./decision.ts";
import type { ChangedLines } from "./findings.ts";

export interface ReviewReport {
  readonly findings: readonly ReviewFinding[];
  readonly blockFrom: Priority;
  readonly headCommit: string;
  /** One sentence: what came of it. */
  readonly summary: string;
  /** Reviewers whose answer could not be read, and why: left out, visibly. */
  readonly failed: readonly { readonly reviewer: string; readonly reason: string }[];
  /** False where nobody could judge: no finding is then no approval. */
  readonly isJudged: boolean;
  /** Lines of the head that the diff shows with three lines around each change: where a forge takes a comment. */
  readonly shownLines: ChangedLines;
}

// GitHub shows ten annotations of a kind for each step; more only hide the log.
const annotationsMax = 10;
const messageCharsMax = 4_000;
// GitHub refuses a body of more than 65,536 characters.
const bodyCharsMax = 60_000;

/** What a finding says, in one text; Markdown where it is shown as such. */
export function textOfFinding(finding: ReviewFinding): string {
  const parts = [
    `${finding.priority} ${finding.title}`,
    finding.detail,
    finding.evidence && `Evidence: ${finding.evidence}`,
    finding.suggestion && `Suggestion: ${finding.suggestion}`,
  ];
  return boundText(withoutControls(parts.filter((part) => part !== "").join("\n\n")), messageCharsMax);
}

function levelOf(finding: ReviewFinding, blockFrom: Priority): "error" | "warning" | "note" {
  if (isBlocking(finding, blockFrom)) return "error";
  return finding.priority === "P3" ? "note" : "warning";
}

/** False for "", and for a path that leads out of the repository: no report may name such a place. */
const isPlaced = (file: string): boolean => file !== "" && !file.startsWith("/") && !file.split("/").includes("..");

/** One run, a rule for each reviewer; what was dropped or left for later is there as suppressed, a reviewer without a readable answer as a notification. */
export function renderReviewSarif({ findings, blockFrom, failed, isJudged, shownLines }: ReviewReport): string {
  const reviewers = [...new Set(findings.map(({ reviewer }) => reviewer))].sort();
  // GitHub refuses a whole report for one result without a place; a change as a whole stands at its first file.
  const [firstFile] = shownLines.keys();
  return JSON.stringify({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0",
    runs: [{
      tool: {
        driver: {
          name: "inspan review",
          rules: reviewers.map((name) => ({
            id: `review/${name}`,
            shortDescription: { text: `What the reviewer "${name}" insists on.` },
            helpUri: `urn:inspan:reviewer:${encodeURIComponent(name)}`,
          })),
        },
      },
      invocations: [
        {
          executionSuccessful: isJudged,
          toolExecutionNotifications: failed.map(({ reviewer, reason }) => ({
            level: isJudged ? "warning" : "error",
            message: { text: withoutControls(`The reviewer "${reviewer}" was left out: ${reason}`) },
          })),
        },
      ],
      columnKind: "utf16CodeUnits",
      results: findings.map((finding) => {
        const isOwn = isPlaced(finding.file);
        const file = isOwn ? finding.file : firstFile;
        return {
          ruleId: `review/${finding.reviewer}`, ruleIndex: reviewers.indexOf(finding.reviewer), level: levelOf(finding, blockFrom),
          message: { text: textOfFinding(finding) },
          locations:
            file === undefined
              ? []
              : [
                  {
                    physicalLocation: {
                      artifactLocation: { uri: file.toWellFormed().split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" },
                      region: { startLine: isOwn ? (finding.line ?? 1) : 1 },
                    },
                  },
                ],
          partialFingerprints: { "inspan/v1": finding.id },
          properties: { priority: finding.priority, state: finding.state },
          ...(["deferred", "accepted-pushback", "resolved"].includes(finding.state) ? { suppressions: [{ kind: "external", justification: finding.state }] } : {}),
        };
      }),
    }],
  }, undefined, 1);
}

const data = (value: string): string => value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (value: string): string => data(value).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** Lines of prose in the log: none begins with what would be a command there. */
const asWords = (text: string): string => withoutControls(text).replaceAll(/^(?=\s*(?:::|##\[))/gm, "· ");

/** Workflow commands, errors first; what came of it comes last. */
export function renderReviewGithub({ findings, blockFrom, failed, isJudged, summary }: ReviewReport): string {
  const shown = (["error", "warning", "note"] as const).flatMap((level) => findings.filter((finding) => levelOf(finding, blockFrom) === level).slice(0, annotationsMax).map((finding) => {
    const place = !isPlaced(finding.file) ? "" : `file=${property(finding.file)},line=${finding.line ?? 1},`;
    return `::${level === "note" ? "notice" : level} ${place}title=${property(`${finding.reviewer}, ${finding.id}`)}::${data(textOfFinding(finding))}`;
  }));
  const rest = findings.length - shown.length;
  const silent = failed
    .slice(0, annotationsMax)
    .map(({ reviewer, reason }) => `::${isJudged ? "warning" : "error"} title=${property(`${reviewer}, left out`)}::${data(withoutControls(reason))}`);
  return [...shown, ...silent, ...(rest > 0 ? [`${rest} more findings: inspan review --json`] : []), asWords(summary)].join("\n");
}

/** The comments of a review as GitHub's "create a review" takes them: one at a place that the diff does not show would have all of them refused, so it stands in the body. */
export function renderReviewComments({ findings, headCommit, summary, failed, shownLines }: ReviewReport): string {
  const isShown = ({ file, line }: ReviewFinding): boolean => line !== undefined && (shownLines.get(file) ?? []).some(([start, end]) => line >= start && line <= end);
  const placed = findings.filter(isShown);
  const others = findings.filter((finding) => !placed.includes(finding));
  const placeOf = ({ file, line }: ReviewFinding): string => (file === "" ? "" : ` ${file}${line === undefined ? "" : `:${line}`}`);
  const body = [
    withoutControls(summary), ...failed.map(({ reviewer, reason }) => `**${reviewer}** was left out: ${withoutControls(reason)}`),
    ...(placed.length > 0 ? [`${plural(placed.length, "finding")} at ${placed.length === 1 ? "its line" : "their lines"}.`] : []),
    ...others.map((finding) => `**${finding.reviewer}**${withoutControls(placeOf(finding))} ${textOfFinding(finding)}`),
  ].join("\n\n");
  return JSON.stringify({
    commit_id: headCommit, event: "COMMENT", body: boundText(body, bodyCharsMax),
    comments: placed.map((finding) => ({ path: finding.file, line: finding.line, side: "RIGHT", body: `**${finding.reviewer}** ${textOfFinding(finding)}` })),
  }, undefined, 1);
}
