// The text of a new plan, and what an index and other documents say when a plan moves. Pure.
import { slugify } from "../../../base/text.ts";
import type { DocFacts } from "../types/document.ts";
import { baseOf, relativePath, type Tree } from "./paths.ts";
import { readTarget, resolveTarget } from "./rules/link-target.ts";

/** A file name stays readable in a list. */
const slugCharsMax = 60;

export function planText(title: string, nowIso: string): string {
  const time = `${nowIso.slice(0, 10)} ${nowIso.slice(11, 16)}`;
  return [
    `# ${title}`,
    "",
    "## Purpose",
    "",
    "What somebody can do afterwards that they cannot do now, and how one sees it.",
    "",
    "## Progress",
    "",
    `- [x] ${time} plan written`,
    "- [ ] the first step, small enough to be proved by itself",
    "",
    "## Surprises",
    "",
    "None yet.",
    "",
    "## Decisions",
    "",
    "None yet. Each has its date and its reason.",
    "",
    "## Outcome",
    "",
    "Open: what was reached against the purpose, what is left, what the next one should do otherwise.",
    "",
  ].join("\n");
}

/** `0003-back-to-back-bookings.md`, the number above every number in use. */
export function planFileName(title: string, existing: readonly string[]): string {
  const numbers = existing.map((file) => Number(/^(\d{1,6})-/.exec(baseOf(file))?.[1] ?? 0));
  return `${String(Math.max(0, ...numbers) + 1).padStart(4, "0")}-${slugify(title, slugCharsMax, "plan")}.md`;
}

/** The index with a row for a plan: in its last table, else as a line at its end. */
export function withPlanRow(
  index: { readonly file: string; readonly text: string; readonly facts: DocFacts },
  plan: { readonly file: string; readonly title: string },
  today: string,
): string {
  const link = `[${plan.title.replaceAll(/[[\]|]/g, " ")}](${relativePath(index.file, plan.file)})`;
  const lines = index.text.split("\n");
  const table = index.facts.tables.at(-1);
  if (table === undefined) {
    const end = lines.at(-1) === "" ? lines.length - 1 : lines.length;
    lines.splice(end, 0, ...(lines[end - 1]?.startsWith("- ") === true || end === 0 ? [] : [""]), `- ${link}: active, ${today}`);
    return lines.join("\n").replace(/\n*$/, "\n");
  }
  const cells = table.header.map((name, at) => (at === 0 ? link : /status|state/i.test(name) ? "active" : /date|verified|since|updated|when/i.test(name) ? today : ""));
  lines.splice(table.rows.at(-1)?.line ?? table.line + 1, 0, `| ${cells.join(" | ")} |`);
  return lines.join("\n");
}

/** The document with its links to a moved plan set right, and in an index the row's status and date. Undefined where nothing changes. */
export function withMovedPlan(
  doc: DocFacts,
  text: string,
  move: { readonly from: string; readonly to: string; readonly today: string; readonly isIndex: boolean; readonly tree: Tree },
): string | undefined {
  const lines = text.split("\n");
  let isChanged = false;
  for (const link of doc.links) {
    const target = readTarget(doc.file, link.target);
    if (target === undefined || resolveTarget(move.tree, target.path)?.path !== move.from) continue;
    const at = link.line - 1;
    const line = lines[at] ?? "";
    const moved = line.replaceAll(link.target, `${relativePath(doc.file, move.to)}${target.anchor === undefined ? "" : `#${target.anchor}`}`);
    lines[at] = move.isIndex ? moved.replace(/\bactive\b(?![/\]])/i, "completed").replace(/\b\d{4}-\d{2}-\d{2}\b(?![^(]*\))/, move.today) : moved;
    isChanged ||= lines[at] !== line;
  }
  return isChanged ? lines.join("\n") : undefined;
}
