// Findings as text that an agent or a person can act on: labelled lines, grouped, bounded, one fix for each group.
import { boundText, nameInLine, plural, renderDuration, withoutControls } from "../../../base/text.ts";
import type { Finding } from "../types/finding.ts";
import type { CheckReport } from "../types/report.ts";
import { renderProposed } from "./proposal/render.ts";

/** About 300 tokens; what an agent gets after each edit competes with its task for attention. */
const groupCharsMax = 1200;
/** More groups than this are not read, they are worked off: the next check shows the rest. */
const groupsMax = 20;
const agentGroupsMax = 8;
/** Places of one group that are listed after the first. */
const placesMax = 10;

/** Findings with the same rule, expectation and fix, in order of first appearance, errors before warnings. */
export function groupFindings(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.severity}\0${finding.rule}\0${finding.expected}\0${genericFix(finding)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]); else group.push(finding);
  }
  const isWarning = (group: readonly Finding[]) => Number(group[0]?.severity === "warning");
  return [...groups.values()].sort((left, right) => isWarning(left) - isWarning(right));
}

/** A fix that only differs in the names of its own file and place is the same fix. */
function genericFix(finding: Finding): string {
  if (finding.fix.includes("`")) return finding.fix;
  return finding.fix.replaceAll(finding.file, "<file>").replaceAll(/\d+/g, "0").slice(0, 40);
}

/** One line of a finding: a name with line breaks in it must not look like another line. */
function inLine(finding: Finding, text: string): string {
  return withoutControls(text.replaceAll(finding.file, nameInLine(finding.file)).replaceAll(/[\r\n]+/g, " "));
}

/** One group as labelled lines, at most about 300 tokens. */
export function renderGroup(group: readonly Finding[]): string {
  const [first, ...rest] = group;
  if (first === undefined) return "";
  const lines = [
    `${first.severity === "error" ? "ERROR" : "WARNING"} ${first.rule}${group.length > 1 ? ` (${group.length} places)` : ""}`,
    `File: ${nameInLine(first.file)}`,
    `Line: ${first.line}${first.endLine > first.line ? `-${first.endLine}` : ""}, column ${first.column}`,
    `Found: ${inLine(first, first.found)}`,
    `Expected: ${inLine(first, first.expected)}`,
    `Fix: ${inLine(first, first.fix)}`,
    `Reference: ${first.reference}`,
  ];
  if (rest.length > 0) {
    const shown = rest.slice(0, placesMax).map((one) => `${nameInLine(one.file)}:${one.line}`);
    lines.push(`Also: ${shown.join(", ")}${rest.length > placesMax ? ` and ${rest.length - placesMax} more` : ""}`);
  }
  return boundText(lines.join("\n"), groupCharsMax);
}

/** For an agent right after its edit; empty where there is no finding. */
export function renderFindingsForAgent(findings: readonly Finding[]): string {
  if (findings.length === 0) return "";
  const groups = groupFindings(findings);
  const shown = groups.slice(0, agentGroupsMax).map(renderGroup);
  const rest = groups.length - shown.length;
  const tail = rest > 0 ? [`${plural(rest, "more group")} of findings: run \`inspan check\` when these are repaired.`] : [];
  return [...shown, ...tail].join("\n\n");
}

/** The whole report: two lines when green, otherwise groups and totals. */
export function renderReport(report: CheckReport): string {
  const active = report.findings.filter((finding) => !finding.baselined);
  const errorCount = active.filter((finding) => finding.severity === "error").length;
  const warningCount = active.length - errorCount;
  const totals =
    active.length === 0
      ? "OK"
      : [errorCount > 0 ? plural(errorCount, "error") : "", warningCount > 0 ? plural(warningCount, "warning") : ""].filter((part) => part !== "").join(", ");
  const groups = groupFindings(active);
  const shown = groups.slice(0, groupsMax).map(renderGroup);
  const rest = groups.length - shown.length;
  const parts = rest > 0 ? [...shown, `${plural(rest, "more group")} not shown: repair these, or see \`inspan check --format json\`.`] : shown;
  const known = report.findings.length - active.length;
  const hidden = [
    ...(known > 0 ? [`${plural(known, "known finding")} hidden by the baseline`] : []),
    ...(report.exceptionsUsed > 0 ? [`${plural(report.exceptionsUsed, "finding")} excepted`] : []),
  ];
  const imported = (report.imported ?? []).map(
    (one) =>
      `${one.tool}: ${plural(one.findings, "finding")} taken in from ${nameInLine(one.file)}${one.skipped > 0 ? `, ${one.skipped} about files that are not of this repository` : ""}`,
  );
  const proposed = report.proposal === undefined ? [] : [renderProposed(report.proposal)];
  return [
    ...parts,
    `${totals}${hidden.length > 0 ? ` (${hidden.join(", ")})` : ""}: ${renderCoverage(report)}${imported.map((line) => `\n${line}`).join("")}`,
    ...proposed,
  ].join("\n\n");
}

/** Languages that a check did not read: the first few by their number of files. */
function renderOthers(others: CheckReport["coverage"]["otherLanguages"]): string {
  const all = Object.entries(others ?? {});
  if (all.length === 0) return "";
  const shown = all.slice(0, 4).map(([ending, count]) => `${count} .${ending}`);
  return `, not read: ${shown.join(", ")}${all.length > shown.length ? ` and ${all.length - shown.length} more kinds` : ""}`;
}

/** What rules could not look into: `boundary 12 go`. */
function renderNotSeen(notSeen: CheckReport["coverage"]["notSeen"]): string {
  const rules = Object.entries(notSeen ?? {})
    .slice(0, 4)
    .map(
      ([rule, counts]) =>
        `${rule} ${Object.entries(counts)
          .map(([language, count]) => `${count} ${language}`)
          .join(", ")}`,
    );
  return rules.length === 0 ? "" : `, not seen into: ${rules.join("; ")}`;
}

function renderCoverage(report: CheckReport): string {
  const { coverage } = report;
  return `${plural(coverage.files, "file")}${coverage.filesUnread > 0 ? ` (${coverage.filesUnread} unread)` : ""}, ${coverage.filesInNoLayer} in no layer${renderOthers(coverage.otherLanguages)}${renderNotSeen(coverage.notSeen)}; ${plural(coverage.importsTotal, "import")}, ${coverage.importsUnresolved} unresolved; `
    + `${plural(coverage.edges, "edge")}, ${coverage.edgesBetweenLayers} between layers; ${renderDuration(report.durationMs)}${report.scope === "files" ? "\nOnly these files were read; rules over the whole repository run in `inspan check`." : ""}`;
}
