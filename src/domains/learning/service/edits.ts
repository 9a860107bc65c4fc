// The files of a proposal: one line, lesson, bullet or rule, in its place, marked with its guardrail. Pure: texts in, texts out.
import { guardrailsFolder, type Guardrail } from "../types.ts";

/** `text` undefined takes the file away. */
export interface FileEdit { readonly path: string; readonly text: string | undefined }

/** By this a guardrail's own lines are found again when it moves up. */
export const markOf = (id: string): string => `<!-- guardrail:${id} -->`;

const lessonsHeading = "## Lessons";

/** Without the lines that bear the mark; a section that has lost all of them goes, too. */
export function withoutGuardrail(text: string, id: string): string {
  const kept = text.split("\n").filter((line) => !line.includes(markOf(id))).join("\n");
  return kept.replace(new RegExp(`\\n*^${lessonsHeading}\\n(?:\\s*\\n)*(?=#|(?![\\s\\S]))`, "m"), "\n");
}

/** A line at the end of the section "Lessons", which is made at the end of the text where it is missing. */
function addLesson(text: string, line: string): string {
  const lines = text.replace(/\s*$/, "").split("\n");
  const start = lines.findIndex((one) => one.trim() === lessonsHeading);
  if (start < 0) return `${lines.join("\n")}\n\n${lessonsHeading}\n\n${line}\n`;
  const next = lines.findIndex((one, index) => index > start && /^#{1,2}\s/.test(one));
  const end = next < 0 ? lines.length : next;
  let at = end;
  while (at > start + 1 && lines[at - 1]?.trim() === "") at -= 1;
  const before = at === start + 1 ? [...lines.slice(0, at), ""] : lines.slice(0, at);
  return `${[...before, line, ...lines.slice(at)].join("\n")}\n`;
}

export function promptText(map: string | undefined, { id, lesson }: Pick<Guardrail, "id" | "lesson">): string {
  return addLesson(withoutGuardrail(map ?? "# Map\n", id), `- ${lesson} ${markOf(id)}`);
}

const lessonsHead = (day: string): string =>
  [
    "---",
    "owner: maintainers",
    "status: accepted",
    "tier: operational",
    `verified: ${day}`,
    "---",
    "",
    "# Lessons",
    "",
    "What feedback has taught, one line each, with the reason. Written by `inspan dream`, merged by people.",
    "",
  ].join("\n");

export function documentText(document: string | undefined, { id, lesson, why }: Pick<Guardrail, "id" | "lesson" | "why">, day: string): string {
  const base = withoutGuardrail(document ?? lessonsHead(day), id).replace(/\s*$/, "");
  const separator = /^\s*[-*] /.test(base.split("\n").at(-1) ?? "") ? "\n" : "\n\n";
  return `${base}${separator}- ${lesson} Because ${why.charAt(0).toLowerCase()}${why.slice(1)} ${markOf(id)}\n`;
}

/** A link to the lessons, where the index does not have one; undefined where there is nothing to do. */
export function linkedIndex(index: string | undefined, link: string): string | undefined {
  if (index === undefined || index.includes(`(${link})`)) return undefined;
  const lines = index.replace(/\s*$/, "").split("\n");
  const row = lines.findLastIndex((line) => /^\|.*\]\([^)]+\).*\|.*\|\s*$/.test(line) && (line.match(/\|/g)?.length ?? 0) === 3);
  if (row >= 0) return `${[...lines.slice(0, row + 1), `| [lessons](${link}) | what feedback has taught |`, ...lines.slice(row + 1)].join("\n")}\n`;
  return `${lines.join("\n")}\n\n- [Lessons](${link}): what feedback has taught\n`;
}

/** A reviewer of its own. The first of a repository takes over what the general one did until then. */
export function newReviewer({ description, guardrails }: { readonly description: string; readonly guardrails: string }): string {
  return `---\ndescription: ${description}\npaths: ["**"]\n---\n${guardrails}\n`;
}

export function reviewerText(reviewer: string, { id, lesson }: Pick<Guardrail, "id" | "lesson">): string {
  const base = withoutGuardrail(reviewer, id).replace(/\s*$/, "");
  return `${base}\n${!/^\s*[-*] /.test(base.split("\n").at(-1) ?? "") ? "\n" : ""}- ${lesson} ${markOf(id)}\n`;
}

export function guardrailFile(guardrail: Guardrail): { readonly path: string; readonly text: string } {
  return { path: `${guardrailsFolder}/${guardrail.id}.json`, text: `${JSON.stringify(guardrail, undefined, 2)}\n` };
}
