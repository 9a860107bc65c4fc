// The pattern parser and the pattern filters of LogQL: literals with <captures> between them, matched left to right without backtracking.

type Part = { readonly kind: "literal"; readonly text: string } | { readonly kind: "capture"; readonly name: string };

/** A capture's name between < and >; anything else between them is a literal. */
const capture = /<([A-Za-z_]\w*)>/g;

function parts(text: string): readonly Part[] {
  const out: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(capture)) {
    if (match.index > at) out.push({ kind: "literal", text: text.slice(at, match.index) });
    out.push({ kind: "capture", name: match[1] ?? "_" });
    at = match.index + match[0].length;
  }
  if (at < text.length) out.push({ kind: "literal", text: text.slice(at) });
  return out;
}

/** What is wrong with a pattern, undefined where it is fine. The parser needs a named capture, the filter allows none. */
export function checkPattern(text: string, use: "parser" | "filter"): string | undefined {
  const all = parts(text);
  const named = all.flatMap((part) => (part.kind === "capture" && part.name !== "_" ? [part.name] : []));
  if (use === "parser" && named.length === 0) return "at least one capture is required, expecting <name>";
  if (use === "filter" && named.length > 0) return `named captures are not allowed in a filter, found <${named[0] ?? ""}>, expecting only <_>`;
  const double = named.find((name, index) => named.indexOf(name) !== index);
  if (double !== undefined) return `duplicate capture name (${double})`;
  for (let index = 1; index < all.length; index += 1) {
    if (all[index]?.kind === "capture" && all[index - 1]?.kind === "capture") return "found consecutive capture, expecting a literal between two captures";
  }
  return undefined;
}

/** Calls `onCapture` with each named capture, in order. A literal that is missing gives the rest of the line to the capture before it. */
export function compilePattern(text: string): (line: string, onCapture: (name: string, value: string) => void) => void {
  const all = parts(text);
  return (line, onCapture) => {
    let rest = line;
    let index = 0;
    const first = all[0];
    if (first?.kind === "literal") {
      if (!rest.startsWith(first.text)) return;
      rest = rest.slice(first.text.length);
      index = 1;
    }
    for (; index < all.length; index += 2) {
      const part = all[index];
      const after = all[index + 1];
      const end = after?.kind === "literal" ? rest.indexOf(after.text) : -1;
      if (part?.kind === "capture" && part.name !== "_") onCapture(part.name, end === -1 ? rest : rest.slice(0, end));
      if (end === -1 || after?.kind !== "literal") return;
      rest = rest.slice(end + after.text.length);
    }
  };
}

/** Whether a line has the form of the pattern from its first to its last character; every <_> takes at least one. */
export function compilePatternFilter(text: string): (line: string) => boolean {
  const all = parts(text);
  return (line) => {
    if (line === "" || all.length === 0) return line === "" && all.length === 0;
    let offset = 0;
    for (const [index, part] of all.entries()) {
      if (part.kind !== "literal") continue;
      const found = line.indexOf(part.text, offset);
      if (found === -1 || (index === 0 && found !== 0) || (index > 0 && found === offset)) return false;
      offset = found + part.text.length;
    }
    return (all.at(-1)?.kind === "capture") === (offset !== line.length);
  };
}

/** The longest literal of a pattern: a line without it cannot match the filter. */
export function requiredOfPattern(text: string): string {
  return parts(text).reduce((longest, part) => (part.kind === "literal" && part.text.length > longest.length ? part.text : longest), "");
}
