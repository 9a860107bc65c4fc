// Rust text with comments and literals blanked, so that what remains can be searched as text: macros hide paths from a syntax tree. https://doc.rust-lang.org/reference/tokens.html

/** Same length and the same lines; comments and the insides of literals become spaces. */
export function maskRust(text: string): string {
  const parts: string[] = [];
  let kept = 0;
  let at = 0;
  const blank = (from: number, to: number) => {
    parts.push(text.slice(kept, from), text.slice(from, to).replaceAll(/[^\n]/g, " "));
    kept = to;
    at = to;
  };
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x2f && text.charCodeAt(at + 1) === 0x2f) blank(at, endOf(text, "\n", at));
    else if (code === 0x2f && text.charCodeAt(at + 1) === 0x2a) blank(at, endOfComment(text, at));
    else if (code === 0x22) blank(at + 1, endOfString(text, at + 1));
    else if (code === 0x72 && /^r#*"/.test(text.slice(at, at + 260)) && !/[A-Za-z0-9_]/.test(text[at - 1]?.replace(/[bc]/, "") ?? "")) {
      const hashes = /^r(#*)"/.exec(text.slice(at, at + 260))?.[1] ?? "";
      const end = text.indexOf(`"${hashes}`, at + 2 + hashes.length);
      blank(at + 1, end === -1 ? text.length : end + 1 + hashes.length);
    } else if (code === 0x27) {
      // A character, or a lifetime, which has no closing quote.
      const literal = /^'(?:\\(?:u\{[^}']*\}|x..|[^])|[^\\'\n])'/u.exec(text.slice(at, at + 16))?.[0];
      if (literal === undefined) at++; else blank(at + 1, at + literal.length);
    } else at++;
  }
  return parts.join("") + text.slice(kept);
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at;
}

/** Comments nest. */
function endOfComment(text: string, from: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  let depth = 0;
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return text.length;
}

function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++; else if (code === 0x22) return at + 1;
  }
  return text.length;
}
