// A review for other programs: SARIF 2.1.0 (OASIS), the workflow commands of GitHub Actions, and comments by place as forges take them. Pure text.
import { boundText, withoutControls } from "../../../base/text.ts";
import type { Priority, ReviewFinding } from "../types.ts";
import { isBlocking } from "./decision.ts";

export interface ReviewReport { readonly findings: readonly ReviewFinding[]; readonly blockFrom: Priority; readonly headCommit: string }

// GitHub shows ten annotations of a kind for each step; more only hide the log.
const annotationsMax = 10;
const messageCharsMax = 4_000;

/** What a finding says, in one text; Markdown where it is shown as such. */
export function textOfFinding(finding: ReviewFinding): string {
  const parts = [`${finding.priority} ${finding.title}`, finding.detail, finding.evidence && `Evidence: ${finding.evidence}`, finding.suggestion && `Suggestion: ${finding.suggestion}`];
  return boundText(withoutControls(parts.filter((part) => part !== "").join("\n\n")), messageCharsMax);
}

function levelOf(finding: ReviewFinding, blockFrom: Priority): "error" | "warning" | "note" {
  if (isBlocking(finding, blockFrom)) return "error";
  return finding.priority === "P3" ? "note" : "warning";
}

/** One run, a rule for each reviewer; what was dropped or left for later is there as suppressed. */
export function renderReviewSarif({ findings, blockFrom }: ReviewReport): string {
  const reviewers = [...new Set(findings.map(({ reviewer }) => reviewer))].sort();
  return JSON.stringify({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0",
    runs: [{
      tool: { driver: { name: "inspan review", rules: reviewers.map((name) => ({ id: `review/${name}`, shortDescription: { text: `What the reviewer "${name}" insists on.` }, helpUri: `urn:inspan:reviewer:${encodeURIComponent(name)}` })) } },
      columnKind: "utf16CodeUnits",
      results: findings.map((finding) => ({
        ruleId: `review/${finding.reviewer}`, ruleIndex: reviewers.indexOf(finding.reviewer), level: levelOf(finding, blockFrom),
        message: { text: textOfFinding(finding) },
        // A change as a whole has no place; SARIF then has no location.
        locations: finding.file === "" ? [] : [{ physicalLocation: { artifactLocation: { uri: finding.file.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" }, region: { startLine: finding.line ?? 1 } } }],
        partialFingerprints: { "inspan/v1": finding.id },
        properties: { priority: finding.priority, state: finding.state },
        ...(["deferred", "accepted-pushback", "resolved"].includes(finding.state) ? { suppressions: [{ kind: "external", justification: finding.state }] } : {}),
      })),
    }],
  }, undefined, 1);
}

const data = (value: string): string => value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (value: string): string => data(value).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** Workflow commands, errors first. */
export function renderReviewGithub({ findings, blockFrom }: ReviewReport): string {
  const shown = (["error", "warning", "note"] as const).flatMap((level) => findings.filter((finding) => levelOf(finding, blockFrom) === level).slice(0, annotationsMax).map((finding) => {
    const place = finding.file === "" ? "" : `file=${property(finding.file)},line=${finding.line ?? 1},`;
    return `::${level === "note" ? "notice" : level} ${place}title=${property(`${finding.reviewer}, ${finding.id}`)}::${data(textOfFinding(finding))}`;
  }));
  const rest = findings.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} more findings: inspan review --json`] : [])].join("\n");
}

/** The comments of a review as GitHub's "create a review" takes them; findings without a place stand in the body. */
export function renderReviewComments({ findings, headCommit }: ReviewReport): string {
  const placed = findings.filter(({ file, line }) => file !== "" && line !== undefined);
  const others = findings.filter((finding) => !placed.includes(finding));
  return JSON.stringify({
    commit_id: headCommit, event: "COMMENT", body: others.map((finding) => `**${finding.reviewer}** ${textOfFinding(finding)}`).join("\n\n---\n\n"),
    comments: placed.map((finding) => ({ path: finding.file, line: finding.line, side: "RIGHT", body: `**${finding.reviewer}** ${textOfFinding(finding)}` })),
  }, undefined, 1);
}
