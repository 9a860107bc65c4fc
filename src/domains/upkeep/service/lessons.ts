// docs/lessons.md: kinds of repairs that people do not want, with the reason. A row that is deleted is no lesson any more. Pure.
import type { Lesson } from "../types/index.ts";
import { withoutControls } from "../../../base/text.ts";

const columns = ["kind", "where", "since", "because", "from"] as const;
/** A reason above this is a document. */
const cellCharsMax = 400;

/** Rows of the first table with a column `kind`, in their order. */
export function parseLessons(text: string): readonly Lesson[] {
  const lessons: Lesson[] = [];
  let head: readonly string[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (!line.trimStart().startsWith("|")) { head = undefined; continue; }
    const cells = line.trim().replace(/^\|/, "").replace(/\|$/, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
    if (head === undefined) { head = cells.map((cell) => cell.toLowerCase()); continue; }
    const of = (name: (typeof columns)[number]) => (cells[head?.indexOf(name) ?? -1] ?? "").replaceAll("`", "");
    const kind = of("kind");
    if (!head.includes("kind") || kind === "" || /^[\s:-]*$/.test(kind)) continue;
    lessons.push({ kind, where: of("where") === "" ? "**" : of("where"), since: of("since"), because: of("because"), from: of("from") });
  }
  return lessons;
}

const cell = (text: string): string => withoutControls(text).replaceAll(/\s+/g, " ").replaceAll("|", "\\|").trim().slice(0, cellCharsMax);

/** The page with these rows at the end of its table; the same text where it holds them already. */
export function withLessons(text: string | undefined, added: readonly Lesson[]): string {
  const known = new Set(parseLessons(text ?? "").map(({ kind, where }) => `${kind} ${where}`));
  const rows = added
    .filter(({ kind, where }) => !known.has(`${kind} ${where}`))
    .map((one) => `| \`${cell(one.kind)}\` | \`${cell(one.where)}\` | ${cell(one.since)} | ${cell(one.because)} | ${cell(one.from)} |`);
  if (text !== undefined && rows.length === 0) return text;
  const page = text ?? emptyPage(added[0]?.since ?? "");
  const lines = page.trimEnd().split(/\r?\n/);
  const headAt = lines.findIndex((line) => /^\s*\|\s*kind\s*\|/i.test(line));
  if (headAt === -1) return `${page.trimEnd()}\n\n${tableHead}\n${rows.join("\n")}\n`;
  let end = headAt + 1;
  while (lines[end]?.trimStart().startsWith("|") === true) end++;
  return `${[...lines.slice(0, end), ...rows, ...lines.slice(end)].join("\n")}\n`;
}

const tableHead = `| ${columns.join(" | ")} |\n|${columns.map(() => "---").join("|")}|`;

function emptyPage(today: string): string {
  return `---\nowner: maintainers\nstatus: accepted\ntier: operational\nverified: ${today}\n---\n\n# Lessons\n\nKinds of repairs that \`inspan gc\` and \`inspan garden\` do not propose any more, and why. Delete a row to have the kind proposed again.\n\n${tableHead}\n`;
}

/** The lesson that speaks against a deviation. A principle's own name stands for all of its kinds, a deviation's id for that one alone. */
export function lessonAgainst(
  deviation: { readonly id: string; readonly kind: string; readonly principle: string; readonly file: string },
  lessons: readonly Lesson[],
  isIn: (globs: string, file: string) => boolean,
): Lesson | undefined {
  return lessons.find(({ kind, where }) => (kind === deviation.kind || kind === deviation.principle || kind === deviation.id) && (where === "**" || isIn(where, deviation.file)));
}
