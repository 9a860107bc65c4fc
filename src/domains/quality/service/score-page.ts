// docs/QUALITY_SCORE.md: a table of domains and layers, why each cell is what it is, what dropped. Pure, and the same for the same records.
import { type CellGrade, type GradeDrop, type GradeRecord, grades } from "../types/index.ts";
import { rankCells } from "./history.ts";

/** Longer lists are read by nobody; `inspan grade --json` has all. */
const reasonsMax = 40, dropsMax = 20, ordersMax = 10;

export interface ScorePage {
  readonly record: GradeRecord;
  readonly drops: readonly GradeDrop[];
  readonly layers: readonly string[];
  /** Front matter that stands before, or nothing. */ readonly head: string;
}

export function renderScorePage({ record, drops, layers, head }: ScorePage): string {
  const domains = [...new Set(record.cells.map(({ domain }) => domain))].sort((left, right) => (left === "" ? 1 : right === "" ? -1 : left < right ? -1 : 1));
  const columns = [...layers.filter((layer) => record.cells.some((cell) => cell.layer === layer)), ...(record.cells.some(({ layer }) => layer === "") ? [""] : [])];
  const cell = (domain: string, layer: string) => record.cells.find((one) => one.domain === domain && one.layer === layer);
  const rows = domains.map((domain) => `| ${domain === "" ? "(no domain)" : domain} | ${columns.map((layer) => cell(domain, layer)?.grade ?? "").join(" | ")} |`);
  const bad = record.cells.filter(({ grade }) => grade !== "A").sort((left, right) => grades.indexOf(right.grade) - grades.indexOf(left.grade));
  const unknown = [...new Set(record.cells.flatMap((one) => one.unknown))];
  return `${head}# Quality score

Written by \`inspan grade --write\`; the worst signal of a cell wins. Commit ${record.commit.slice(0, 12)} of ${record.committedAt.slice(0, 10)}: overall ${record.overall}, debt ${(record.debtRatio * 100).toFixed(1)} % of the cost to write it anew.
${unknown.length === 0 ? "" : `\nNot measured (\`?\`), which caps at B: ${unknown.join(", ")}.\n`}
| domain | ${columns.map((layer) => (layer === "" ? "(no layer)" : layer)).join(" | ")} |
|---|${columns.map(() => "---").join("|")}|
${rows.join("\n")}

## Why

${list(bad, reasonsMax, (one) => `- ${nameOf(one)}: ${one.reason}`, record.cells.length === 0 ? "There is nothing to grade." : "Everything is an A.")}

## What to clean first

${list(rankCells(record.cells), ordersMax, (one) => `- ${nameOf(one)}: ${Math.round(one.debtMinutes / 60 * 10) / 10} h of debt, ${one.churn ?? "?"} ${one.churn === 1 ? "commit" : "commits"} in 90 days`, "No debt was found.")}

## What dropped

${list([...drops].reverse(), dropsMax, (one) => `- ${one.committedAt.slice(0, 10)} ${one.commit.slice(0, 12)}: ${nameOf(one)} from ${one.from} to ${one.to}, because ${one.reason.replace(/^[A-F]: /, "")}`, "Nothing, as far as the history reaches.")}
`;
}

function list<Item>(items: readonly Item[], max: number, show: (item: Item) => string, none: string): string {
  if (items.length === 0) return none;
  return [...items.slice(0, max).map(show), ...(items.length > max ? [`- … and ${items.length - max} more: \`inspan grade --json\``] : [])].join("\n");
}

export function nameOf({ domain, layer }: Pick<CellGrade, "domain" | "layer">): string {
  return domain === "" ? "(no domain)" : layer === "" ? domain : `${domain}/${layer}`;
}
