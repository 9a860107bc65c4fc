// A report for other programs: SARIF 2.1.0 (OASIS) and the workflow commands of GitHub Actions. Pure text.
import type { Finding } from "../types/finding.ts";
import type { CheckReport } from "../types/report.ts";
import { explainBuiltin } from "./explain.ts";

/** GitHub shows ten annotations of a kind for each step; more only hide the log. */
const annotationsMax = 10;
/** GitHub's code scanning takes 25,000 results of a run and refuses a larger file as a whole. */
const resultsMax = 25_000;

/** SARIF with one run. Known findings are there as suppressed results, so that a viewer can tell them from repaired ones. */
export function renderSarif(report: CheckReport): string {
  const findings = report.findings.slice(0, resultsMax);
  const rules = [...new Set(findings.map((finding) => finding.rule))].sort();
  const indexes = new Map(rules.map((rule, at) => [rule, at]));
  return JSON.stringify({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: { driver: { name: "inspan", rules: rules.map((id) => sarifRule(id, findings.filter((finding) => finding.rule === id))) } },
      columnKind: "utf16CodeUnits",
      results: findings.map((finding) => sarifResult(finding, indexes.get(finding.rule))),
    }],
  }, undefined, 1);
}

function sarifRule(id: string, findings: readonly Finding[]) {
  const [first] = findings;
  const known = explainBuiltin(id);
  const summary = known?.summary ?? first?.expected ?? id;
  return {
    id, shortDescription: { text: summary },
    ...(known === undefined ? {} : { fullDescription: { text: `${known.summary} ${known.why}` } }),
    help: {
      text: `${known?.why ?? summary} See: inspan explain ${id}`,
      markdown: `${escapeMarkdown(known?.why ?? summary)}\n\nRun \`inspan explain ${id}\` for how the rule is set.`,
    },
    helpUri: helpUri(first?.reference ?? "", id),
    defaultConfiguration: { level: first?.severity ?? "error" },
  };
}

function sarifResult(finding: Finding, ruleIndex: number | undefined) {
  return {
    // An index that points nowhere makes viewers drop the result or name another rule.
    ruleId: finding.rule, ...(ruleIndex === undefined ? {} : { ruleIndex }), level: finding.severity,
    message: {
      text: `${finding.found}. Expected: ${finding.expected}. Fix: ${finding.fix}`,
      markdown: `${escapeMarkdown(finding.found)}\n\n**Expected:** ${escapeMarkdown(finding.expected)}\n\n**Fix:** ${escapeMarkdown(finding.fix)}\n\n**Reference:** ${escapeMarkdown(finding.reference)}`,
    },
    locations: [{ physicalLocation: {
      artifactLocation: { uri: finding.file.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" },
      region: { startLine: finding.line, startColumn: finding.column, endLine: Math.max(finding.line, finding.endLine) },
    } }],
    partialFingerprints: { "inspan/v1": finding.id },
    ...(finding.baselined ? { suppressions: [{ kind: "external", justification: "in the baseline" }] } : {}),
  };
}

/** The schema wants an absolute address: the rule's own where it has one, otherwise a name. */
function helpUri(reference: string, rule: string): string {
  return /^https?:\/\/[^\s"<>]+$/.test(reference) ? reference : `urn:inspan:rule:${encodeURIComponent(rule)}`;
}

/** Code spans stay; what would be a tag, an image or a link is shown as text. */
function escapeMarkdown(text: string): string {
  return text.split("`").map((part, at) => (at % 2 === 1 ? part : part.replaceAll(/[<>[\]!*_]/g, (one) => (one === "<" ? "&lt;" : one === ">" ? "&gt;" : `\\${one}`)))).join("`");
}

/** New findings only, errors first; the totals of what is left out stand in the last line. */
export function renderGithub(report: CheckReport): string {
  const active = report.findings.filter((finding) => !finding.baselined);
  const shown = (["error", "warning"] as const).flatMap((severity) => active.filter((finding) => finding.severity === severity).slice(0, annotationsMax));
  const rest = active.length - shown.length;
  const known = report.findings.length - active.length;
  const totals = `${report.coverage.files} files, ${report.coverage.edges} edges checked${known > 0 ? `; ${known} known findings` : ""}`;
  return [...shown.map(annotation), rest > 0 ? `${rest} more findings: inspan check (${totals})` : totals].join("\n");
}

function annotation(finding: Finding): string {
  const property = (value: string) => data(value).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return `::${finding.severity} file=${property(finding.file)},line=${finding.line},endLine=${Math.max(finding.line, finding.endLine)},col=${finding.column},title=${property(finding.rule)}::${data(`${finding.found}\nExpected: ${finding.expected}\nFix: ${finding.fix}`)}`;
}

function data(value: string): string {
  return value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
