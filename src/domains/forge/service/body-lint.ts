// Is this the body that the repository's template asks for? Pure: Markdown in, faults out.

export interface BodyFault { readonly line: number; readonly found: string; readonly expected: string }

interface Heading {
  readonly text: string;
  readonly line: number;
  /** All up to the next heading of its level or above: what stands below a smaller one is part of it. */ readonly body: string;
}

// A body above this is no description; the rest is not looked at.
const charsMax = 200_000;

function headingsOf(markdown: string): readonly Heading[] {
  const lines = markdown.slice(0, charsMax).replaceAll(/<!--[\s\S]*?-->/g, (comment) => "\n".repeat(comment.split("\n").length - 1)).split("\n");
  const found: { text: string; level: number; line: number; body: string[] }[] = [];
  let open: typeof found = []; // one of each level at most
  let isFenced = false;
  for (const [index, line] of lines.entries()) {
    if (/^\s{0,3}(```|~~~)/.test(line)) isFenced = !isFenced;
    const [, marks = "", text] = (isFenced ? null : /^(#{1,3})\s+(.+?)\s*#*\s*$/.exec(line)) ?? [];
    if (text === undefined) { for (const one of open) one.body.push(line); continue; }
    const heading = { text, level: marks.length, line: index + 1, body: [] };
    open = [...open.filter(({ level }) => level < heading.level), heading];
    found.push(heading);
  }
  return found.map(({ text, line, body }) => ({ text, line, body: body.join("\n").trim() }));
}

const placeholders = [
  /\bTODO\b|\bTBD\b|\bFIXME\b/,
  /<(describe|your|insert|fill|add)\b[^>]{0,80}>/i,
  /\[(describe|your|insert|fill in|add)\b[^\]]{0,80}\](?!\()/i,
  /\blorem ipsum\b/i,
  /^\s*(n\/a|none yet|\.{3}|…)\s*$/im,
  /\{\{[^}]{0,80}\}\}/,
];

const key = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, " ").trim();

/** Faults in their order: a heading of the template that is missing, out of order or empty, and placeholders that were left. */
export function lintBody(body: string, template: string): readonly BodyFault[] {
  const wanted = headingsOf(template);
  const there = headingsOf(body);
  const faults: BodyFault[] = [];
  let after = -1;
  for (const heading of wanted) {
    const at = there.findIndex(({ text }) => key(text) === key(heading.text));
    const found = there[at];
    if (found === undefined) faults.push({ line: 1, found: `no heading "${heading.text}"`, expected: `"## ${heading.text}" as in the template` });
    else if (at < after) faults.push({ line: found.line, found: `the heading "${found.text}" stands after "${there[after]?.text ?? ""}"`, expected: `the template's order: ${wanted.map(({ text }) => text).join(", ")}` });
    else if (found.body === "") faults.push({ line: found.line, found: `nothing below "${found.text}"`, expected: "a sentence, or why there is none" });
    else if (heading.body !== "" && key(found.body) === key(heading.body)) faults.push({ line: found.line, found: `the template's own words below "${found.text}"`, expected: "words about this change" });
    after = Math.max(after, at);
  }
  const fenceless = body.slice(0, charsMax).replaceAll(/```[\s\S]*?```|`[^`\n]*`|<!--[\s\S]*?-->/g, (code) => code.replaceAll(/[^\n]/g, " "));
  for (const [index, line] of fenceless.split("\n").entries()) {
    const left = placeholders.map((placeholder) => placeholder.exec(line)?.[0]).find((hit) => hit !== undefined);
    if (left !== undefined) faults.push({ line: index + 1, found: `the placeholder "${left.trim()}"`, expected: "the thing itself" });
  }
  return faults;
}
