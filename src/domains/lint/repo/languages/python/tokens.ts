// Splits Python text into tokens and logical lines, by hand: ten times as fast as a syntax tree, and exact for what it says (Python reference, "Lexical analysis").
// Knows no statement. What looks wrong is noted as a suspicion only; a real parser judges it.

/** Kinds of tokens besides operators (their character's code) and keywords (from `keywordBase` on). */
export const token = {
  line: 1,
  name: 2,
  number: 3,
  string: 4,
  format: 5,
  fieldOpen: 6,
  fieldClose: 7,
  end: 8,
  walrus: 201,
  arrow: 202,
  comparison: 203,
  power: 204,
  floor: 205,
  shift: 206,
  assign: 207,
  ellipsis: 208,
} as const;

const keywordBase = 130;
const keywords = [
  "False",
  "None",
  "True",
  "and",
  "as",
  "assert",
  "async",
  "await",
  "break",
  "class",
  "continue",
  "def",
  "del",
  "elif",
  "else",
  "except",
  "finally",
  "for",
  "from",
  "global",
  "if",
  "import",
  "in",
  "is",
  "lambda",
  "nonlocal",
  "not",
  "or",
  "pass",
  "raise",
  "return",
  "try",
  "while",
  "with",
  "yield",
] as const;
export type Keyword = (typeof keywords)[number];
const keywordKinds: ReadonlyMap<string, number> = new Map(keywords.map((word, at) => [word, keywordBase + at]));

export function keywordKind(word: Keyword): number {
  return keywordBase + keywords.indexOf(word);
}

/** Undefined for what is no keyword. */
export function keywordOf(kind: number): Keyword | undefined {
  return kind >= keywordBase ? keywords[kind - keywordBase] : undefined;
}

/** A format string in a format string in a format string … deeper than this is no program. */
const formatDepthMax = 20;

const importAtLineStart = /[ \t]*(?:import[ \t]+[A-Za-z_]|from[ \t]+[.\w]+[ \t]+import\b)/y;

interface Format { readonly quote: number; readonly isTriple: boolean; readonly isRaw: boolean; readonly depth: number }

/** One text's tokens in arrays that are used again for the next text. A `line` token opens each logical line; its end is the line's indentation. */
export class PythonTokens {
  kinds = new Uint8Array(1 << 16);
  starts = new Int32Array(1 << 16);
  ends = new Int32Array(1 << 16);
  count = 0;
  /** Start and end offsets of comments, one after the other. */
  readonly comments: number[] = [];
  /** Offset of the first thing that no valid text has; -1 where there is none. */
  suspectAt = -1;
  #text = "";
  #at = 0;
  #depth = 0;
  readonly #formats: Format[] = [];

  scan(text: string): void {
    this.#text = text;
    this.count = 0;
    this.comments.length = 0;
    this.suspectAt = -1;
    this.#at = 0;
    this.#depth = 0;
    this.#formats.length = 0;
    this.#beginLine();
    while (this.#at < text.length) this.#next();
    if (this.#depth > 0 || this.#formats.length > 0) this.suspect(text.length);
    this.#add(token.end, text.length, text.length);
    this.#text = "";
  }

  suspect(offset: number): void {
    if (this.suspectAt === -1 || offset < this.suspectAt) this.suspectAt = offset;
  }

  #add(kind: number, start: number, end: number): void {
    if (this.count === this.kinds.length) this.#grow();
    this.kinds[this.count] = kind;
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }

  #grow(): void {
    const size = this.kinds.length * 2;
    const [kinds, starts, ends] = [new Uint8Array(size), new Int32Array(size), new Int32Array(size)];
    kinds.set(this.kinds);
    starts.set(this.starts);
    ends.set(this.ends);
    [this.kinds, this.starts, this.ends] = [kinds, starts, ends];
  }

  /** Skips blank lines and lines of a comment, and opens the next logical line. */
  #beginLine(): void {
    const text = this.#text;
    for (;;) {
      let indent = 0;
      for (; ; this.#at++) {
        const code = text.charCodeAt(this.#at);
        if (code === 0x20) indent++; else if (code === 0x09) indent = (indent & ~7) + 8; else if (code === 0x0c) indent = 0; else break;
      }
      const code = text.charCodeAt(this.#at);
      if (code === 0x23) this.#comment();
      else if (code !== 0x0a && code !== 0x0d) {
        if (this.#at < text.length) this.#add(token.line, this.#at, indent);
        return;
      }
      while (text.charCodeAt(this.#at) === 0x0d) this.#at++;
      if (text.charCodeAt(this.#at) !== 0x0a) { if (this.#at >= text.length) return; continue; }
      this.#at++;
    }
  }

  #comment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    const stop = end === -1 ? this.#text.length : end;
    this.comments.push(this.#at, stop);
    this.#at = stop;
  }

  #next(): void {
    const text = this.#text;
    const start = this.#at;
    const code = text.charCodeAt(start);
    if (code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0c) { this.#at++; return; }
    if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code > 0x7f) { this.#word(start); return; }
    if (code === 0x0a) { this.#newline(); return; }
    if (code === 0x23) { this.#comment(); return; }
    if (code === 0x22 || code === 0x27) { this.#string(start, start, false, false); return; }
    if ((code >= 0x30 && code <= 0x39) || (code === 0x2e && isDigit(text.charCodeAt(start + 1)))) { this.#number(start); return; }
    if (code === 0x5c) {
      const next = text.charCodeAt(start + 1) === 0x0d ? start + 2 : start + 1;
      if (text.charCodeAt(next) !== 0x0a) this.suspect(start);
      this.#at = next + 1;
      return;
    }
    this.#operator(start, code);
  }

  #newline(): void {
    this.#at++;
    if (this.#depth === 0) { this.#beginLine(); return; }
    // No bracket ever holds an import statement: one at the head of a line says that a bracket above was never closed.
    importAtLineStart.lastIndex = this.#at;
    if (this.#formats.length > 0 || !importAtLineStart.test(this.#text)) return;
    this.suspect(this.#at);
    this.#depth = 0;
    this.#beginLine();
  }

  #word(start: number): void {
    const text = this.#text;
    let at = start + 1;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (!((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x30 && code <= 0x39) || code > 0x7f)) break;
    }
    const quote = text.charCodeAt(at);
    if ((quote === 0x22 || quote === 0x27) && at - start <= 2) {
      const prefix = text.slice(start, at).toLowerCase();
      if (/^(?:[rubft]|rb|br|rf|fr|rt|tr)$/.test(prefix)) { this.#string(start, at, prefix.includes("r"), prefix.includes("f") || prefix.includes("t")); return; }
    }
    this.#at = at;
    this.#add(at - start <= 8 ? keywordKinds.get(text.slice(start, at)) ?? token.name : token.name, start, at);
  }

  #number(start: number): void {
    const text = this.#text;
    let at = start + 1;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      const isSign = (code === 0x2b || code === 0x2d) && (text.charCodeAt(at - 1) | 0x20) === 0x65 && (text.charCodeAt(start + 1) | 0x20) !== 0x78;
      if (!(isDigit(code) || code === 0x2e || code === 0x5f || (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || isSign)) break;
    }
    this.#at = at;
    this.#add(token.number, start, at);
  }

  #string(start: number, quoteAt: number, isRaw: boolean, isFormat: boolean): void {
    const text = this.#text;
    const quote = text.charCodeAt(quoteAt);
    const isTriple = text.charCodeAt(quoteAt + 1) === quote && text.charCodeAt(quoteAt + 2) === quote;
    this.#at = quoteAt + (isTriple ? 3 : 1);
    this.#rest(start, { quote, isTriple, isRaw, depth: this.#depth }, isFormat);
  }

  /** From inside of a string to its end, or to the next `{` of a format string. */
  #rest(start: number, format: Format, isFormat: boolean): void {
    const text = this.#text;
    for (let at = this.#at; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x5c) {
        if (isFormat && (text.charCodeAt(at + 1) === 0x7b)) continue;
        if (isFormat && !format.isRaw && text.startsWith("N{", at + 1)) at = Math.max(at, text.indexOf("}", at)); else at++;
      } else if (code === format.quote && (!format.isTriple || (text.charCodeAt(at + 1) === code && text.charCodeAt(at + 2) === code))) {
        this.#at = at + (format.isTriple ? 3 : 1);
        this.#add(isFormat ? token.format : token.string, start, this.#at);
        return;
      } else if (isFormat && code === 0x7b) {
        if (text.charCodeAt(at + 1) === 0x7b) { at++; continue; }
        this.#openField(start, at, format);
        return;
      } else if (code === 0x0a && !format.isTriple) {
        this.suspect(start);
        this.#at = at;
        this.#add(token.string, start, at);
        return;
      }
    }
    this.suspect(start);
    this.#at = text.length;
    this.#add(token.string, start, text.length);
  }

  #openField(start: number, at: number, format: Format): void {
    this.#at = at + 1;
    if (this.#formats.length >= formatDepthMax) { this.suspect(at); this.#at = this.#text.length; return; }
    this.#add(token.format, start, at);
    this.#add(token.fieldOpen, at, at + 1);
    this.#formats.push({ ...format, depth: ++this.#depth });
  }

  #closeField(start: number, format: Format): void {
    this.#formats.pop();
    this.#depth--;
    this.#add(token.fieldClose, start, start + 1);
    this.#at = start + 1;
    this.#rest(this.#at, format, true);
  }

  /** After `:` of a field: literal text with fields of its own, up to the field's `}`. */
  #formatSpec(format: Format): void {
    const text = this.#text;
    let nested = 0;
    for (let at = this.#at; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x7b) nested++;
      else if (code === 0x7d && nested > 0) nested--;
      else if (nested > 0 && (code === 0x22 || code === 0x27) && code !== format.quote) at = Math.max(at, text.indexOf(String.fromCharCode(code), at + 1));
      else if (code === 0x7d) { this.#closeField(at, format); return; }
      else if (code === 0x0a && !format.isTriple) { this.suspect(at); this.#formats.pop(); this.#depth--; this.#at = at; return; }
    }
    this.suspect(this.#at);
    this.#at = text.length;
  }

  #operator(start: number, code: number): void {
    const text = this.#text;
    const format = this.#formats.at(-1);
    if (format !== undefined && format.depth === this.#depth) {
      if (code === 0x7d) { this.#closeField(start, format); return; }
      const isConversion = code === 0x21 && text.charCodeAt(start + 1) !== 0x3d;
      if (code === 0x3a || isConversion) { this.#at = start + 1; this.#formatSpec(format); return; }
      // `f"{x=}"`
      if (code === 0x3d && /^=\s*[}:!]/.test(text.slice(start, start + 20))) { this.#at = start + 1; return; }
    }
    const next = text.charCodeAt(start + 1);
    switch (code) {
      case 0x28: case 0x5b: case 0x7b: this.#depth++; break;
      case 0x29: case 0x5d: case 0x7d: if (this.#depth > 0) this.#depth--; else this.suspect(start); break;
      default: {
        const kind = longOperator(text, start, code, next);
        if (kind !== undefined) { this.#at = start + kind.length; this.#add(kind.kind, start, this.#at); return; }
        if (code === 0x21 || code === 0x24 || code === 0x3f || code === 0x60 || code < 0x20) this.suspect(start);
      }
    }
    this.#at = start + 1;
    this.#add(code & 0x7f, start, start + 1);
  }
}

function longOperator(text: string, start: number, code: number, next: number): { readonly kind: number; readonly length: number } | undefined {
  const third = text.charCodeAt(start + 2);
  if (code === 0x2e && next === 0x2e && third === 0x2e) return { kind: token.ellipsis, length: 3 };
  if (code === 0x2d && next === 0x3e) return { kind: token.arrow, length: 2 };
  if (code === 0x3c && next === 0x3e) return { kind: token.comparison, length: 2 };
  if (next === code && (code === 0x2a || code === 0x2f || code === 0x3c || code === 0x3e)) {
    if (third === 0x3d) return { kind: token.assign, length: 3 };
    return { kind: code === 0x2a ? token.power : code === 0x2f ? token.floor : token.shift, length: 2 };
  }
  if (next !== 0x3d) return undefined;
  switch (code) {
    case 0x3d: case 0x21: case 0x3c: case 0x3e: return { kind: token.comparison, length: 2 };
    case 0x3a: return { kind: token.walrus, length: 2 };
    case 0x2b: case 0x2d: case 0x2a: case 0x2f: case 0x25: case 0x26: case 0x7c: case 0x5e: case 0x40: return { kind: token.assign, length: 2 };
    default: return undefined;
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
