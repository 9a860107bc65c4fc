// A report for other programs: SARIF 2.1.0 (OASIS) and the workflow commands of GitHub Actions. Pure text.
import type { Finding } from "../types/finding.ts";
import type { CheckReport } from "../types/report.ts";

/** GitHub shows ten annotations of a kind for each step; more only hide the log. */
const annotationsMax = 10;

export function renderSarif(report: CheckReport): string {
  const rules = [...new Set(report.findings.map((finding) => finding.rule))].sort();
  return JSON.stringify({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: { driver: { name: "inspan", rules: rules.map((id) => ({ id, help: { text: `inspan explain ${id}` } })) } },
      results: report.findings.map((finding) => ({
        ruleId: finding.rule, ruleIndex: rules.indexOf(finding.rule), level: finding.severity,
        message: { text: `${finding.found}. Expected: ${finding.expected}. Fix: ${finding.fix}` },
        locations: [{ physicalLocation: { artifactLocation: { uri: finding.file.split("/").map(encodeURIComponent).join("/") }, region: { startLine: finding.line, startColumn: finding.column, endLine: finding.endLine } } }],
        partialFingerprints: { "inspan/v1": finding.id },
      })),
    }],
  }, undefined, 1);
}

/** Errors first; the totals of what is left out stand in the last line. */
export function renderGithub(report: CheckReport): string {
  const sorted = [...report.findings].sort((left, right) => Number(left.severity === "warning") - Number(right.severity === "warning"));
  const lines = sorted.slice(0, annotationsMax).map(annotation);
  const rest = sorted.length - lines.length;
  return [...lines, rest > 0 ? `${rest} more findings: inspan check` : `${report.coverage.files} files, ${report.coverage.edges} edges checked`].join("\n");
}

function annotation(finding: Finding): string {
  const property = (value: string) => data(value).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return `::${finding.severity} file=${property(finding.file)},line=${finding.line},endLine=${finding.endLine},col=${finding.column},title=${property(finding.rule)}::${data(`${finding.found}\nExpected: ${finding.expected}\nFix: ${finding.fix}`)}`;
}

function data(value: string): string {
  return value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
