// Fingerprints of Python functions and of classes that are lists of fields, from tokens: equal where only their own names, types or the order of fields differ.
import { fingerprint } from "../../../../../base/hash.ts";
import type { ShapeFact } from "../../../types/facts.ts";
import type { Outline, Span } from "./outline.ts";
import { type PythonSource, sign } from "./source.ts";
import { keywordOf, token } from "./tokens.ts";

/** As for other languages: smaller functions are alike by nature. Counted in names, values, keywords and operators. */
const functionSizeMin = 22;
const membersMin = 4;
const openers: readonly number[] = [0x28, 0x5b, 0x7b];
const closers: readonly number[] = [0x29, 0x5d, 0x7d];
const walrus = token.walrus;

/** In the order of their beginnings; `around` is the place in the result of the one around. */
export function readShapes(source: PythonSource, outline: Outline): readonly ShapeFact[] {
  const found: { readonly span: Span; readonly shape: ShapeFact }[] = [];
  for (const span of outline.spans) {
    const first = indexAt(source, span.start);
    const shape = span.kind === "function" ? readFunction(source, span, first) : readFields(source, span, first, outline.spans);
    if (shape === undefined) continue;
    const around = found.findLastIndex((one) => one.span.start < span.start && one.span.end >= span.end);
    found.push({ span, shape: around === -1 ? shape : { ...shape, around } });
  }
  return found.map((one) => one.shape);
}

/** Index of the first token at or behind an offset that opens no line. */
function indexAt(source: PythonSource, offset: number): number {
  let [low, high] = [0, source.tokens.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (source.start(middle) < offset) low = middle + 1; else high = middle;
  }
  while (source.kind(low) === token.line) low++;
  return low;
}

function readFunction(source: PythonSource, span: Span, first: number): ShapeFact | undefined {
  let at = first;
  while (source.start(at) < span.end && keywordOf(source.kind(at)) !== "def") at++; // `async`
  const own = new Map<string, number>();
  const body = readParameters(source, at + 2, own);
  bindLocals(source, body, span.end, own);
  const words: string[] = [];
  let size = 0;
  let isFirst = true;
  for (at = body; source.start(at) < span.end; at++) {
    const kind = source.kind(at);
    if (kind === token.end) break;
    if (kind === token.line) {
      const isDocstring = isFirst && source.kind(at + 1) === token.string && [token.line, token.end].some((one) => one === source.kind(at + 2));
      isFirst = false;
      if (isDocstring) { at++; continue; }
      words.push(`\n${indentOf(source, at) - indentOf(source, lineBefore(source, first))}`);
      const annotated = annotationOf(source, at + 1);
      if (annotated !== undefined) { words.push(wordOf(source, at + 1, own)); size++; at = annotated - 1; }
      continue;
    }
    words.push(wordOf(source, at, own));
    if (kind >= token.name && kind !== sign.comma && kind !== sign.colon && !openers.includes(kind) && !closers.includes(kind)) size++;
  }
  if (size < functionSizeMin) return undefined;
  const place = source.place(first);
  return {
    kind: "function",
    name: span.name,
    ...place,
    endLine: source.lines.place(Math.max(span.start, span.end - 1)).line,
    size,
    hash: fingerprint(`${[...own.values()].filter((one) => one < 1000).length}:${words.join(" ")}`),
  };
}

/** The colon that ends the head; parameters are numbered, their types are left out. */
function readParameters(source: PythonSource, open: number, own: Map<string, number>): number {
  let depth = 0;
  for (let at = open; ; at++) {
    const kind = source.kind(at);
    if (kind === token.end) return at;
    if (openers.includes(kind)) depth++;
    else if (closers.includes(kind)) depth--;
    else if (kind === token.name && depth === 1 && [sign.open, sign.comma, sign.star, token.power].some((one) => one === source.kind(at - 1)) && !own.has(source.word(at))) own.set(source.word(at), own.size);
    else if (kind === sign.colon && depth === 0) return at + 1;
  }
}

/** Names that the body binds: targets of `=`, `for`, `as`, `:=`. */
function bindLocals(source: PythonSource, from: number, end: number, own: Map<string, number>): void {
  const outside = new Set<string>();
  const bind = (at: number): void => {
    const isPlain = source.kind(at) === token.name && source.kind(at - 1) !== sign.dot && ![sign.dot, ...openers].some((one) => one === source.kind(at + 1));
    if (isPlain && !own.has(source.word(at)) && !outside.has(source.word(at))) own.set(source.word(at), own.size);
  };
  for (let at = from; source.start(at) < end && source.kind(at) !== token.end; at++) {
    const word = keywordOf(source.kind(at));
    if (word === "global" || word === "nonlocal")
      for (let next = at + 1; source.kind(next) === token.name || source.kind(next) === sign.comma; next++) outside.add(source.word(next));
    else if (word === "for") for (let next = at + 1; keywordOf(source.kind(next)) !== "in" && source.kind(next) !== token.line && source.kind(next) !== token.end; next++) bind(next);
    else if (word === "as") bind(at + 1);
    else if (source.kind(at) === walrus) bind(at - 1);
    else if (source.kind(at) === token.line || source.kind(at) === sign.semicolon) {
      const equals = assignmentOf(source, at + 1);
      for (let next = at + 1; next < equals; next++) bind(next);
    }
  }
}

/** Index of the last `=` of an assignment that begins here, at depth 0; `from` where it is none. */
function assignmentOf(source: PythonSource, from: number): number {
  let depth = 0;
  let found = from;
  for (let at = from; source.kind(at) !== token.line && source.kind(at) !== token.end; at++) {
    const kind = source.kind(at);
    if (openers.includes(kind)) depth++; else if (closers.includes(kind)) depth--;
    else if (depth === 0 && kind === sign.equals) found = at;
    else if (depth === 0 && (keywordOf(kind) !== undefined || kind === token.assign)) break;
  }
  const annotated = annotationOf(source, from);
  return annotated === undefined ? found : from + 1;
}

/** Behind the type of `name: type = …` that begins here; undefined where nothing is annotated. */
function annotationOf(source: PythonSource, from: number): number | undefined {
  if (source.kind(from) !== token.name || source.kind(from + 1) !== sign.colon) return undefined;
  let at = from + 2;
  for (let depth = 0; source.kind(at) !== token.line && source.kind(at) !== token.end; at++) {
    const kind = source.kind(at);
    if (openers.includes(kind)) depth++; else if (closers.includes(kind)) depth--; else if (kind === sign.equals && depth === 0) break;
  }
  return at;
}

function wordOf(source: PythonSource, at: number, own: ReadonlyMap<string, number>): string {
  const word = source.word(at);
  // A keyword argument and an attribute are names of others.
  const isOwn =
    source.kind(at) === token.name &&
    source.kind(at - 1) !== sign.dot &&
    own.has(word) &&
    !(source.kind(at + 1) === sign.equals && (source.kind(at - 1) === sign.open || source.kind(at - 1) === sign.comma));
  return isOwn ? `#${own.get(word) ?? 0}` : source.kind(at) === token.string ? word.replaceAll("'", '"') : word;
}

/** A class whose lines are fields with types (dataclass, pydantic, TypedDict); methods are not counted. */
function readFields(source: PythonSource, span: Span, first: number, spans: readonly Span[]): ShapeFact | undefined {
  const inner = spans.filter((one) => one.start > span.start && one.end <= span.end);
  const fields: string[] = [];
  let indent: number | undefined;
  for (let at = first; source.start(at) < span.end && source.kind(at) !== token.end; at++) {
    if (source.kind(at) !== token.line) continue;
    indent ??= indentOf(source, at);
    const start = source.start(at + 1);
    if (indentOf(source, at) !== indent || inner.some((one) => start >= one.start && start < one.end)) continue;
    if (annotationOf(source, at + 1) === undefined) continue;
    const words: string[] = [];
    for (let next = at + 1; source.kind(next) !== token.line && source.kind(next) !== token.end; next++) words.push(source.word(next));
    fields.push(words.join(" "));
  }
  if (fields.length < membersMin) return undefined;
  const place = source.place(first);
  return {
    kind: "schema",
    name: span.name,
    ...place,
    endLine: source.lines.place(Math.max(span.start, span.end - 1)).line,
    size: fields.length * 4,
    members: fields.length,
    hash: fingerprint(`py ${fields.sort().join("\n")}`),
  };
}

/** A line token ends where its indentation does. */
const indentOf = (source: PythonSource, line: number): number => (line < 0 ? 0 : source.tokens.ends[line] ?? 0);

function lineBefore(source: PythonSource, at: number): number {
  let line = at - 1;
  while (line >= 0 && source.kind(line) !== token.line) line--;
  return line;
}
