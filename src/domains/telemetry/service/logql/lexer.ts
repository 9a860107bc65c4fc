// LogQL text → tokens with offsets. Knows strings, numbers with units and operators, nothing of grammar.
import { parseBytes, parseDurationNs, parseGoFloat } from "../units.ts";
import { syntaxError } from "../query-error.ts";

export type TokenKind = "identifier" | "string" | "number" | "duration" | "bytes" | "operator" | "flag" | "end";
export interface Token { readonly kind: TokenKind; readonly text: string; readonly value: number; readonly start: number; readonly end: number }

const operators = ["|=", "|~", "|>", "!=", "!~", "!>", "=~", "==", ">=", "<=", "|", "=", ">", "<", "+", "-", "*", "/", "%", "^", "(", ")", "{", "}", "[", "]", ",", ".", ":"];
const identifierStart = /[\p{L}_]/u;
const identifier = /[\p{L}_][\p{L}\p{N}_]*/uy;
const numberWithUnit = /(?:0[xX][0-9a-fA-F_.]+(?:[pP][+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?:[a-zA-Zµμ][a-zA-Z0-9µμ.]*)?/y;

/** Tokens in order, the last of kind `end`. Comments (`# …`) and white space are left out. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (char === " " || char === "\t" || char === "\n" || char === "\r") { at += 1; continue; }
    if (char === "#") { const end = text.indexOf("\n", at); at = end === -1 ? text.length : end; continue; }
    const token = nextToken(text, at, char);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: "end", text: "", value: 0, start: text.length, end: text.length });
  return tokens;
}

function nextToken(text: string, at: number, char: string): Token {
  if (char === '"' || char === "`") return stringToken(text, at, char);
  if ((char >= "0" && char <= "9") || (char === "." && /\d/.test(text[at + 1] ?? ""))) return numberToken(text, at);
  if (identifierStart.test(char)) {
    identifier.lastIndex = at;
    const word = identifier.exec(text)?.[0] ?? char;
    return { kind: "identifier", text: word, value: 0, start: at, end: at + word.length };
  }
  for (const flag of ["--strict", "--keep-empty"]) {
    if (text.startsWith(flag, at)) return { kind: "flag", text: flag, value: 0, start: at, end: at + flag.length };
  }
  const operator = operators.find((one) => text.startsWith(one, at));
  if (operator === undefined) throw syntaxError(text, at, `syntax error: unexpected character ${JSON.stringify(char)}`);
  return { kind: "operator", text: operator, value: 0, start: at, end: at + operator.length };
}

function numberToken(text: string, at: number): Token {
  numberWithUnit.lastIndex = at;
  const word = numberWithUnit.exec(text)?.[0] ?? "";
  const end = at + word.length;
  const number = parseGoFloat(word.replaceAll("_", ""));
  if (number !== undefined) return { kind: "number", text: word, value: number, start: at, end };
  if (/^0[xXbBoO]/.test(word)) throw syntaxError(text, at, `unable to parse literal as a float: strconv.ParseFloat: parsing ${JSON.stringify(word)}: invalid syntax`);
  const duration = parseDurationNs(word);
  if (duration !== undefined) return { kind: "duration", text: word, value: duration, start: at, end };
  // A small m after the number is minutes, so that 1mb is no size.
  const bytes = /^[\d.]+m/.test(word) ? undefined : parseBytes(word);
  if (bytes !== undefined) return { kind: "bytes", text: word, value: bytes, start: at, end };
  throw syntaxError(text, at, `syntax error: unexpected ${JSON.stringify(word)}, expecting a number, a duration (5m) or a size (10KB)`);
}

function stringToken(text: string, at: number, quote: string): Token {
  if (quote === "`") {
    const end = text.indexOf("`", at + 1);
    if (end === -1) throw syntaxError(text, at, "literal not terminated: expecting a closing `");
    return { kind: "string", text: text.slice(at + 1, end), value: 0, start: at, end: end + 1 };
  }
  let out = "";
  let index = at + 1;
  for (;;) {
    const char = text[index];
    if (char === undefined || char === "\n") throw syntaxError(text, at, 'literal not terminated: expecting a closing "');
    if (char === quote) return { kind: "string", text: out, value: 0, start: at, end: index + 1 };
    if (char !== "\\") { out += char; index += 1; continue; }
    const escape = readEscape(text, index);
    if (escape === undefined) throw syntaxError(text, index, `invalid escape sequence ${JSON.stringify(text.slice(index, index + 2))} in a string`);
    out += escape.text;
    index = escape.end;
  }
}

const simpleEscapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\u0007", b: "\b", f: "\f", v: "\v", "\\": "\\", '"': '"', "'": "'" };

/** One Go escape sequence that begins with the backslash at `at`; undefined where it is none. */
export function readEscape(text: string, at: number): { readonly text: string; readonly end: number } | undefined {
  const char = text[at + 1] ?? "";
  const simple = simpleEscapes[char];
  if (simple !== undefined) return { text: simple, end: at + 2 };
  const digits = char === "x" ? 2 : char === "u" ? 4 : char === "U" ? 8 : 0;
  if (digits > 0) {
    const hex = text.slice(at + 2, at + 2 + digits);
    const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? parseInt(hex, 16) : Infinity;
    return code <= 0x10ffff ? { text: String.fromCodePoint(code), end: at + 2 + digits } : undefined;
  }
  const octal = /^[0-7]{3}/.exec(text.slice(at + 1, at + 4))?.[0];
  return octal === undefined ? undefined : { text: String.fromCharCode(parseInt(octal, 8)), end: at + 4 };
}

/** Words of the grammar that are named as they are. */
const keywords: ReadonlySet<string> = new Set(["bool", "ip", "by", "without", "on", "ignoring", "group_left", "group_right", "offset", "unwrap", "and", "or", "unless"]);

/** How a token is named in an error. */
export function describeToken(token: Token): string {
  if (token.kind === "end") return "$end";
  if (token.kind === "string") return `STRING ${JSON.stringify(token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text)}`;
  return token.kind === "operator" || keywords.has(token.text) ? token.text : `${token.kind.toUpperCase()} ${token.text}`;
}
