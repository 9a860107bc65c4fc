// PromQL text to tokens. Positions are UTF-16 offsets; durations are numbers of their own kind, as in Prometheus 3.
import { parseError } from "./errors.ts";

export interface Token {
  readonly kind: "identifier" | "number" | "duration" | "string" | "symbol" | "end";
  /** Identifiers and symbols as written; strings without quotes and escapes. */
  readonly text: string;
  /** Numbers as they are; durations in seconds. */
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };
const durationPattern = /^(?:\d+(?:ms|[smhdwy]))+$/;
const orderedUnits = ["y", "w", "d", "h", "m", "s", "ms"];

/** Milliseconds of "1h30m"; undefined where it is none: units fall in size and come once. */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return text === "0" ? 0 : undefined;
  let ms = 0, last = -1;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) {
    const order = orderedUnits.indexOf(unit ?? "");
    if (order <= last) return undefined;
    last = order;
    ms += Number(count) * (unitMs[unit ?? ""] ?? 0);
  }
  return ms;
}

const simpleEscapes: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\", "'": "'", '"': '"' };

/** A Go string literal; bytes of \x and octal escapes are read as UTF-8 together. */
function readString(text: string, start: number): { value: string; end: number } {
  const quote = text[start] ?? "";
  let value = "";
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length === 0) return;
    try {
      value += decodeURIComponent(bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
    } catch {
      throw parseError(text, start, "string literal holds bytes that are no UTF-8");
    }
    bytes = [];
  };
  let at = start + 1;
  for (;;) {
    const char = text[at];
    if (char === undefined || (quote !== "`" && char === "\n")) throw parseError(text, start, `unterminated ${quote === "`" ? "raw" : "quoted"} string`);
    if (char === quote) { flush(); return { value, end: at + 1 }; }
    if (char !== "\\" || quote === "`") { flush(); value += char; at++; continue; }
    const next = text[at + 1] ?? "";
    const hexLength = next === "x" ? 2 : next === "u" ? 4 : next === "U" ? 8 : 0;
    const digits = text.slice(at + 2, at + 2 + hexLength);
    if (hexLength > 0 && digits.length === hexLength && /^[\da-f]+$/i.test(digits)) {
      const code = Number.parseInt(digits, 16);
      if (next !== "x" && code > 0x10ffff) throw parseError(text, at, "escape sequence is an invalid Unicode code point");
      if (next === "x") bytes.push(code);
      else { flush(); value += String.fromCodePoint(code); }
      at += 2 + hexLength;
      continue;
    }
    const octal = /^[0-3][0-7]{2}/.exec(text.slice(at + 1, at + 4))?.[0];
    if (octal !== undefined) { bytes.push(Number.parseInt(octal, 8)); at += 4; continue; }
    const simple = simpleEscapes[next];
    if (simple === undefined || ((next === "'" || next === '"') && next !== quote))
      throw parseError(text, at, `unknown escape sequence "\\${next}", expected one of \\a \\b \\f \\n \\r \\t \\v \\\\ \\${quote} \\x \\u \\U`);
    flush();
    value += simple;
    at += 2;
  }
}

const numberPattern = /(?:0[xX](?:_?[\da-fA-F])+|(?:\d(?:_?\d)*)?\.?(?:\d(?:_?\d)*)?(?:[eE][+-]?\d+)?)/y;
const durationSticky = /(?:\d+(?:ms|[smhdwy]))+/y;
const identifierSticky = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const symbols = ["==", "=~", "!=", "!~", ">=", "<=", "</", ">/", "+", "-", "*", "/", "%", "^", ">", "<", "=", "(", ")", "{", "}", "[", "]", ",", "@"];

function sticky(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function readNumber(text: string, start: number): Token {
  const duration = sticky(durationSticky, text, start);
  const number = sticky(numberPattern, text, start);
  const isDuration = duration.length > 0 && duration.length >= number.length;
  const word = isDuration ? duration : number;
  const end = start + word.length;
  const after = text[end] ?? "";
  if (/[a-zA-Z0-9_.]/.test(after)) {
    const bad = text.slice(start, end) + sticky(/[a-zA-Z0-9_.]+/y, text, end);
    throw parseError(text, start, `bad number or duration syntax: "${bad}"`);
  }
  if (isDuration) {
    const ms = parseDuration(word);
    if (ms === undefined) throw parseError(text, start, `bad duration syntax: "${word}", expected units from large to small, each once`);
    return { kind: "duration", text: word, value: ms / 1000, start, end };
  }
  const plain = word.replaceAll("_", "");
  const value = /^0\d+$/.test(plain) && !/[89]/.test(plain) ? Number.parseInt(plain, 8) : Number(plain); // as Go reads it: a leading zero is octal
  if (word === "" || Number.isNaN(value)) throw parseError(text, start, `bad number or duration syntax: "${word}"`);
  return { kind: "number", text: word, value, start, end };
}

/** Every token with an "end" as the last. `inBrackets` colons are symbols: they divide range and step of a subquery. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const closers: string[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (/\s/.test(char)) { at++; continue; }
    if (char === "#") { const end = text.indexOf("\n", at); at = end < 0 ? text.length : end + 1; continue; }
    if (char === '"' || char === "'" || char === "`") {
      const { value, end } = readString(text, at);
      tokens.push({ kind: "string", text: value, value: 0, start: at, end });
      at = end;
      continue;
    }
    if (/\d/.test(char) || (char === "." && /\d/.test(text[at + 1] ?? ""))) {
      const token = readNumber(text, at);
      tokens.push(token);
      at = token.end;
      continue;
    }
    if (char === ":" && closers.at(-1) === "]") { tokens.push({ kind: "symbol", text: ":", value: 0, start: at, end: at + 1 }); at++; continue; }
    const word = sticky(identifierSticky, text, at);
    if (word !== "") { tokens.push({ kind: "identifier", text: word, value: 0, start: at, end: at + word.length }); at += word.length; continue; }
    const symbol = symbols.find((one) => text.startsWith(one, at));
    if (symbol === undefined) throw parseError(text, at, `unexpected character: '${String.fromCodePoint(text.codePointAt(at) ?? 32)}'`);
    if (symbol === "(" || symbol === "[" || symbol === "{") closers.push(symbol === "(" ? ")" : symbol === "[" ? "]" : "}");
    else if (symbol === ")" || symbol === "]" || symbol === "}") {
      const wanted = closers.pop();
      if (wanted === undefined) throw parseError(text, at, `unexpected right ${symbol === ")" ? "parenthesis" : symbol === "]" ? "bracket" : "brace"} '${symbol}'`);
      if (wanted !== symbol) throw parseError(text, at, `unexpected "${symbol}", expected "${wanted}"`);
    }
    tokens.push({ kind: "symbol", text: symbol, value: 0, start: at, end: at + symbol.length });
    at += symbol.length;
  }
  const open = closers.pop();
  if (open !== undefined) throw parseError(text, text.length, `unclosed left ${open === ")" ? "parenthesis" : open === "]" ? "bracket" : "brace"}, expected "${open}"`);
  tokens.push({ kind: "end", text: "", value: 0, start: text.length, end: text.length });
  return tokens;
}
