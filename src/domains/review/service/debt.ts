// A deferred finding becomes a line of the tech-debt tracker. Pure: text in, text out.
import { withoutControls } from "../../../base/text.ts";
import { kindOf } from "./change-kind.ts";
import type { ReviewFinding } from "../types.ts";

const cellCharsMax = 300;

const cell = (text: string): string => withoutControls(text).replaceAll("|", "\\|").replaceAll(/\s+/g, " ").trim().slice(0, cellCharsMax);

/** The id of the line, the same however often it is written. */
export function debtIdOf(finding: ReviewFinding): string {
  return `R-${finding.id.slice(0, 8)}`;
}

function rowOf(finding: ReviewFinding, columns: readonly string[]): string {
  const parts = finding.file.split("/");
  const area = parts.length > 2 ? parts[parts.length - 2] ?? "" : finding.file === "" ? "change" : kindOf(finding.file);
  const values: Readonly<Record<string, string>> = {
    id: debtIdOf(finding), area, debt: `${finding.title}${finding.file === "" ? "" : ` (${finding.file})`}; deferred: ${finding.reply?.reason ?? "no reason given"}`,
    cost: finding.priority === "P2" ? "medium" : "small", status: `open (review by ${finding.reviewer})`,
  };
  return `| ${columns.map((column) => cell(values[column.toLowerCase()] ?? "")).join(" | ")} |`;
}

const emptyTracker = "# Technical debt\n\n| id | area | debt | cost | status |\n|---|---|---|---|---|\n";

/** The tracker with a line for each deferred finding that it lacks, at the end of its first table with an id; undefined where nothing is missing. */
export function withDebt(tracker: string | undefined, findings: readonly ReviewFinding[]): string | undefined {
  const text = tracker === undefined || tracker.trim() === "" ? emptyTracker : tracker.replaceAll("\r\n", "\n");
  const missing = findings.filter((finding) => finding.state === "deferred" && !text.includes(debtIdOf(finding)));
  if (missing.length === 0) return undefined;
  const lines = text.split("\n");
  const head = lines.findIndex((line, index) => /^\s*\|\s*id\s*\|/i.test(line) && /^\s*\|[\s:|-]+\|\s*$/.test(lines[index + 1] ?? ""));
  if (head < 0) return withDebt(`${text.trimEnd()}\n\n${emptyTracker.split("\n").slice(2).join("\n")}`, findings);
  const columns = (lines[head] ?? "").split("|").slice(1, -1).map((column) => column.trim());
  let end = head + 2;
  while (lines[end]?.trimStart().startsWith("|")) end++;
  return [...lines.slice(0, end), ...missing.map((finding) => rowOf(finding, columns)), ...lines.slice(end)].join("\n");
}
