// The path expressions of `| json label="a.b[0][\"c d\"]"`.

/** Keys and indices in order; undefined where the text is no path. */
export function parseJsonPath(text: string): readonly (string | number)[] | undefined {
  const path: (string | number)[] = [];
  const piece = /\.?([\p{L}_][\p{L}\p{N}_-]*)|\[(\d{1,9})\]|\["((?:[^"\\]|\\.)*)"\]/uy;
  let at = 0;
  while (at < text.length) {
    piece.lastIndex = at;
    const match = piece.exec(text);
    if (match === null || (at === 0 && match[0].startsWith(".")) || (at > 0 && match[1] !== undefined && !match[0].startsWith("."))) return undefined;
    path.push(match[1] ?? (match[2] === undefined ? (match[3] ?? "").replaceAll(/\\(.)/g, "$1") : Number(match[2])));
    at = piece.lastIndex;
  }
  return path.length === 0 ? undefined : path;
}

export function checkJsonPath(text: string): string | undefined {
  return parseJsonPath(text) === undefined ? `syntax error in ${JSON.stringify(text)}, expecting a path such as a.b[0]["c"]` : undefined;
}

/** The value at a path of a JSON document as it is written there, white space and digits included; undefined where it is missing. The document must be valid JSON. */
export function rawAtPath(document: string, path: readonly (string | number)[]): string | undefined {
  let at = skipSpace(document, 0);
  for (const key of path) {
    const found = typeof key === "number" ? findElement(document, at, key) : findMember(document, at, key);
    if (found === undefined) return undefined;
    at = found;
  }
  return document.slice(at, endOfValue(document, at));
}

const space = /[ \t\r\n]*/y;
const text = /"(?:[^"\\]|\\[\s\S])*"/y;
const plain = /[^,\]}\s]+/y;
const nested = /[{}[\]"]/g;

function skipSpace(document: string, at: number): number {
  space.lastIndex = at;
  space.exec(document);
  return space.lastIndex;
}

function endOfValue(document: string, at: number): number {
  const first = document[at];
  if (first !== "{" && first !== "[") {
    const part = first === '"' ? text : plain;
    part.lastIndex = at;
    return part.exec(document) === null ? document.length : part.lastIndex;
  }
  let depth = 0;
  nested.lastIndex = at;
  for (let match = nested.exec(document); match !== null; match = nested.exec(document)) {
    if (match[0] === '"') { text.lastIndex = match.index; if (text.exec(document) === null) break; nested.lastIndex = text.lastIndex; continue; }
    depth += match[0] === "{" || match[0] === "[" ? 1 : -1;
    if (depth === 0) return nested.lastIndex;
  }
  return document.length;
}

/** Where the value of a member begins; the last one where the key stands twice. */
function findMember(document: string, open: number, key: string): number | undefined {
  if (document[open] !== "{") return undefined;
  let found: number | undefined;
  let at = skipSpace(document, open + 1);
  while (document[at] === '"') {
    const end = endOfValue(document, at);
    const name: unknown = JSON.parse(document.slice(at, end));
    const value = skipSpace(document, skipSpace(document, end) + 1);
    if (name === key) found = value;
    at = skipSpace(document, endOfValue(document, value));
    if (document[at] !== ",") break;
    at = skipSpace(document, at + 1);
  }
  return found;
}

function findElement(document: string, open: number, index: number): number | undefined {
  if (document[open] !== "[") return undefined;
  let at = skipSpace(document, open + 1);
  for (let count = 0; at < document.length && document[at] !== "]"; count += 1) {
    if (count === index) return at;
    at = skipSpace(document, endOfValue(document, at));
    if (document[at] !== ",") return undefined;
    at = skipSpace(document, at + 1);
  }
  return undefined;
}
