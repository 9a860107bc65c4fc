// TraceQL text → tokens with offsets. Attribute names take every character that is no operator, so `.a-b` is one name.
import { readEscape } from "../logql/lexer.ts";
import { syntaxError } from "../query-error.ts";
import { parseDurationNs } from "../units.ts";

export type TokenKind = "word" | "attribute" | "intrinsic" | "string" | "int" | "float" | "duration" | "operator" | "end";
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly value: number;
  readonly start: number;
  readonly end: number;
  /** Scope of an attribute, with `parent.` where it stood. */ readonly scope: string;
}

const operators = [
  "!>>",
  "!<<",
  "&>>",
  "&<<",
  "&&",
  "||",
  "!>",
  "!<",
  "!~",
  "&>",
  "&<",
  "&~",
  "!=",
  "=~",
  ">=",
  "<=",
  ">>",
  "<<",
  "~",
  ">",
  "<",
  "=",
  "!",
  "{",
  "}",
  "(",
  ")",
  "|",
  ",",
  "+",
  "-",
  "*",
  "/",
  "%",
  "^",
];
const scopePrefix = /(parent\.)?(span|resource|event|link|instrumentation)\.|parent\.|\./y;
const scopedIntrinsic = /(?:trace|span|event|link|instrumentation):[a-zA-Z]+/y;
const attributeEnd = /[\s{}()=~!<>&|^,]/g;
const number = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const durationText = /(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d))+/y;
const wordText = /[a-zA-Z_][a-zA-Z0-9_]*/y;

export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] ?? "")) { at += 1; continue; }
    if (text.startsWith("//", at)) { const end = text.indexOf("\n", at); at = end === -1 ? text.length : end; continue; }
    const token = nextToken(text, at);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: "end", text: "", value: 0, start: text.length, end: text.length, scope: "" });
  return tokens;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function nextToken(text: string, at: number): Token {
  const char = text[at] ?? "";
  if (char === '"' || char === "`") { const { value, end } = readString(text, at, char); return { kind: "string", text: value, value: 0, start: at, end, scope: "" }; }
  if (/\d/.test(char) || (char === "." && /\d/.test(text[at + 1] ?? ""))) return numberToken(text, at);
  const scoped = matchAt(scopedIntrinsic, text, at);
  if (scoped !== null) return { kind: "intrinsic", text: scoped[0], value: 0, start: at, end: at + scoped[0].length, scope: "" };
  const scope = matchAt(scopePrefix, text, at);
  if (scope !== null) return attributeToken(text, at, scope[0]);
  const word = matchAt(wordText, text, at);
  if (word !== null) return { kind: "word", text: word[0], value: 0, start: at, end: at + word[0].length, scope: "" };
  const operator = operators.find((one) => text.startsWith(one, at));
  if (operator === undefined) throw syntaxError(text, at, `unknown character ${JSON.stringify(char)}`);
  return { kind: "operator", text: operator, value: 0, start: at, end: at + operator.length, scope: "" };
}

function numberToken(text: string, at: number): Token {
  const duration = matchAt(durationText, text, at)?.[0];
  if (duration !== undefined) return { kind: "duration", text: duration, value: parseDurationNs(duration) ?? 0, start: at, end: at + duration.length, scope: "" };
  const digits = matchAt(number, text, at)?.[0] ?? "";
  const end = at + digits.length;
  if (/[a-zA-Z_]/.test(text[end] ?? ""))
    throw syntaxError(text, at, `unexpected ${JSON.stringify(/^[\w.]+/.exec(text.slice(at))?.[0] ?? "")}, expecting a number or a duration such as 100ms`);
  return { kind: /^\d+$/.test(digits) ? "int" : "float", text: digits, value: Number(digits), start: at, end, scope: "" };
}

/** A name is runs of plain characters and quoted parts: `span."http url".x`. */
function attributeToken(text: string, at: number, scope: string): Token {
  let name = "";
  let end = at + scope.length;
  for (;;) {
    if (text[end] === '"') { const quoted = readString(text, end, '"', true); name += quoted.value; end = quoted.end; continue; }
    attributeEnd.lastIndex = end;
    const stop = Math.min(attributeEnd.exec(text)?.index ?? text.length, quoteAfter(text, end));
    if (stop === end) break;
    name += text.slice(end, stop);
    end = stop;
  }
  if (name === "") throw syntaxError(text, at, `syntax error: unexpected ${scope}, expecting an attribute name after it`);
  return { kind: "attribute", text: name, value: 0, start: at, end, scope: scope.slice(0, -1) };
}

function quoteAfter(text: string, at: number): number {
  const quote = text.indexOf('"', at);
  return quote === -1 ? text.length : quote;
}

/** `isName`: the quoted part of an attribute's name, which may hold a line break. */
function readString(text: string, at: number, quote: string, isName = false): { readonly value: string; readonly end: number } {
  let value = "";
  let index = at + 1;
  for (;;) {
    const char = text[index];
    if (char === undefined || (char === "\n" && quote === '"' && !isName)) throw syntaxError(text, at, `literal not terminated: expecting a closing ${quote}`);
    if (char === quote) return { value, end: index + 1 };
    const escape = char === "\\" && quote === '"' ? readEscape(text, index) : undefined;
    if (char === "\\" && quote === '"' && escape === undefined) throw syntaxError(text, index, `invalid escape sequence ${JSON.stringify(text.slice(index, index + 2))}`);
    value += escape?.text ?? char;
    index = escape?.end ?? index + 1;
  }
}

export function describeToken(token: Token): string {
  if (token.kind === "end") return "$end";
  if (token.kind === "string") return `STRING ${JSON.stringify(token.text.slice(0, 40))}`;
  if (token.kind === "attribute") return `attribute ${token.scope}.${token.text}`;
  return token.kind === "operator" ? token.text : `${token.kind.toUpperCase()} ${token.text}`;
}
