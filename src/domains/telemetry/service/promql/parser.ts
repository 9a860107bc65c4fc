// PromQL text to a checked tree, by operator precedence (Pratt). Errors name the position, what stands there and what was expected.
import type { AtModifier, BinaryOp, Expr, Matcher, Matching, VectorNode } from "./ast.ts";
import { checkTypes } from "./check.ts";
import { parseError, QueryError } from "./errors.ts";
import { parseDuration, type Token, tokenize } from "./lexer.ts";
import { aggregations, aggregationsWithParam, signatures } from "./signatures.ts";

// A query above this was not written by a person or an agent.
const queryCharsMax = 256 * 1024;
// Nesting above this would exhaust the stack of the evaluator.
const depthMax = 200;

const precedences: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  "==": 3,
  "!=": 3,
  ">": 3,
  "<": 3,
  ">=": 3,
  "<=": 3,
  "</": 3,
  ">/": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
  atan2: 5,
  "^": 7,
};
const unaryPrecedence = 6;
// Words that may name a metric although they mean something elsewhere.
const reserved = new Set(["and", "or", "unless", "atan2", "bool", "on", "ignoring", "group_left", "group_right"]);

function shown(token: Token): string {
  if (token.kind === "end") return "end of input";
  if (token.kind === "symbol") return `<${token.text}>`.replace(/^<(.*)>$/, '"$1"');
  return `${token.kind} ${JSON.stringify(token.text)}`;
}

class Parser {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
  }

  get token(): Token {
    return this.#tokens[this.#index] ?? { kind: "end", text: "", value: 0, start: this.text.length, end: this.text.length };
  }
  get #after(): Token | undefined { return this.#tokens[this.#index + 1]; }
  get #lastEnd(): number { return this.#tokens[this.#index - 1]?.end ?? 0; }

  unexpected(where: string, expected: string, token = this.token): QueryError {
    return parseError(this.text, token.start, `unexpected ${shown(token)}${where === "" ? "" : ` in ${where}`}, expected ${expected}`);
  }

  #take(): Token {
    const token = this.token;
    this.#index++;
    return token;
  }

  #isSymbol(text: string): boolean { return this.token.kind === "symbol" && this.token.text === text; }
  #isWord(...words: string[]): boolean { return this.token.kind === "identifier" && words.includes(this.token.text.toLowerCase()); }

  #accept(symbol: string): boolean {
    if (!this.#isSymbol(symbol)) return false;
    this.#index++;
    return true;
  }

  #expect(symbol: string, where: string): Token {
    if (!this.#isSymbol(symbol)) throw this.unexpected(where, `"${symbol}"`);
    return this.#take();
  }

  parseWhole(): Expr {
    const first = this.token;
    if (first.kind === "end") throw parseError(this.text, 0, "no expression found in input, expected one, for example up");
    const expr = this.#expression(0);
    if (this.token.kind !== "end") throw this.unexpected("", "an operator or the end of the query");
    return expr;
  }

  parseWholeSelector(): VectorNode {
    const expr = this.#expression(0);
    if (this.token.kind !== "end" || expr.kind !== "vector" || expr.at !== undefined || expr.offsetMs !== 0)
      throw parseError(this.text, 0, 'expected a series selector, for example up{job="api"}');
    return expr;
  }

  #binaryOp(): string | undefined {
    const token = this.token;
    if (token.kind === "symbol" || token.kind === "identifier") {
      const op = token.kind === "symbol" ? token.text : token.text.toLowerCase();
      return precedences[op] === undefined ? undefined : op;
    }
    return undefined;
  }

  #expression(least: number): Expr {
    if (++this.#depth > depthMax) throw parseError(this.text, this.token.start, `the expression nests deeper than ${depthMax}`);
    let left = this.#unary();
    for (;;) {
      const op = this.#binaryOp();
      const precedence = op === undefined ? undefined : precedences[op];
      if (op === undefined || precedence === undefined || precedence < least) break;
      const opStart = this.#take().start;
      const { isBool, matching } = this.#modifiers(op);
      const right = this.#expression(op === "^" ? precedence : precedence + 1);
      left = { kind: "binary", op: op as BinaryOp, left, right, isBool, matching, start: left.start, end: right.end, opStart }; // one of the keys of `precedences`
    }
    this.#depth--;
    return left;
  }

  #modifiers(op: string): { isBool: boolean; matching: Matching } {
    const isBool = this.#isWord("bool");
    if (isBool) this.#take();
    const isSet = op === "and" || op === "or" || op === "unless";
    let cardinality: Matching["cardinality"] = isSet ? "many-to-many" : "one-to-one";
    let isOn = false;
    let labels: readonly string[] = [], include: readonly string[] = [];
    if (this.#isWord("on", "ignoring") && this.#after?.text === "(") {
      isOn = this.#take().text.toLowerCase() === "on";
      labels = this.#labelList("grouping opts");
      if (this.#isWord("group_left", "group_right")) {
        cardinality = this.#take().text.toLowerCase() === "group_left" ? "many-to-one" : "one-to-many";
        if (this.#isSymbol("(")) include = this.#labelList("grouping opts");
      }
    } else if (this.#isWord("group_left", "group_right")) throw this.unexpected("binary expression", "on or ignoring before it");
    return { isBool, matching: { cardinality, isOn, labels, include } };
  }

  #labelList(where: string): readonly string[] {
    this.#expect("(", where);
    const names: string[] = [];
    while (!this.#isSymbol(")")) {
      const token = this.#take();
      const isName = (token.kind === "identifier" && !token.text.includes(":")) || (token.kind === "string" && token.text !== "") ;
      if (!isName) throw this.unexpected(where, "label", token);
      names.push(token.text);
      if (!this.#accept(",") && !this.#isSymbol(")")) throw this.unexpected(where, '"," or ")"');
    }
    this.#take();
    return names;
  }

  #unary(): Expr {
    if (this.#isSymbol("+") || this.#isSymbol("-")) {
      const token = this.#take();
      if (++this.#depth > depthMax) throw parseError(this.text, token.start, `the expression nests deeper than ${depthMax}`);
      const expr = this.#expression(unaryPrecedence + 1);
      this.#depth--;
      const op = token.text === "-" ? "-" as const : "+" as const;
      if (expr.kind === "number") return { ...expr, value: op === "-" ? -expr.value : expr.value, start: token.start };
      return { kind: "unary", op, expr, start: token.start, end: expr.end };
    }
    return this.#postfix(this.#primary());
  }

  #primary(): Expr {
    const token = this.token;
    if (token.kind === "number" || token.kind === "duration") {
      this.#take();
      return { kind: "number", value: token.value, isDuration: token.kind === "duration", start: token.start, end: token.end };
    }
    if (token.kind === "string") { this.#take(); return { kind: "string", text: token.text, start: token.start, end: token.end }; }
    if (this.#isSymbol("(")) {
      this.#take();
      const expr = this.#expression(0);
      const end = this.#expect(")", "parenthesized expression").end;
      return { kind: "paren", expr, start: token.start, end };
    }
    if (this.#isSymbol("{")) return this.#selector(undefined, token.start);
    if (token.kind !== "identifier") throw this.unexpected("", "an expression: a selector, a number, a call or a parenthesis");
    return this.#word(token);
  }

  #word(token: Token): Expr {
    const lower = token.text.toLowerCase();
    const next = this.#after;
    const isCall = next?.kind === "symbol" && next.text === "(";
    if (aggregations.has(lower) && (isCall || (next?.kind === "identifier" && ["by", "without"].includes(next.text.toLowerCase())))) return this.#aggregate(lower);
    if (isCall && !reserved.has(lower)) return this.#call();
    if (lower === "inf" || lower === "nan") {
      this.#take();
      return { kind: "number", value: lower === "inf" ? Number.POSITIVE_INFINITY : Number.NaN, isDuration: false, start: token.start, end: token.end };
    }
    if (reserved.has(lower)) throw this.unexpected("", "an expression before it");
    this.#take();
    return this.#selector(token.text, token.start);
  }

  #call(): Expr {
    const token = this.#take();
    if (!signatures.has(token.text)) throw parseError(this.text, token.start, `unknown function with name "${token.text}"`);
    const args = this.#arguments(`call to function "${token.text}"`);
    return { kind: "call", name: token.text, args, start: token.start, end: this.#lastEnd };
  }

  #arguments(where: string): Expr[] {
    this.#expect("(", where);
    const args: Expr[] = [];
    if (this.#accept(")")) return args;
    for (;;) {
      args.push(this.#expression(0));
      if (this.#accept(")")) return args;
      if (!this.#isSymbol(",")) throw this.unexpected(where, '"," or ")"');
      const comma = this.#take();
      if (this.#isSymbol(")")) throw parseError(this.text, comma.start, `trailing commas not allowed in function call args`);
    }
  }

  #aggregate(op: string): Expr {
    const start = this.#take().start;
    let grouping: readonly string[] | undefined;
    let isWithout = false;
    const readGrouping = (): void => {
      if (!this.#isWord("by", "without")) return;
      isWithout = this.#take().text.toLowerCase() === "without";
      grouping = this.#labelList("grouping opts");
    };
    readGrouping();
    const args = this.#arguments("aggregation");
    if (grouping === undefined) readGrouping();
    const wanted = aggregationsWithParam.has(op) ? 2 : 1;
    if (args.length !== wanted) throw parseError(this.text, start, `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`);
    const [first, second] = args;
    const expr = second ?? first;
    if (expr === undefined || first === undefined) throw new Error("BUG: expected the arguments that were counted");
    return { kind: "aggregate", op, expr, param: wanted === 2 ? first : undefined, grouping: grouping ?? [], isWithout, start, end: this.#lastEnd };
  }

  #selector(name: string | undefined, start: number): VectorNode {
    const matchers: Matcher[] = [];
    if (this.#accept("{")) {
      while (!this.#isSymbol("}")) {
        matchers.push(this.#matcher());
        if (!this.#accept(",") && !this.#isSymbol("}")) throw this.unexpected("label matching", '"," or "}"');
      }
      this.#take();
    }
    if (name !== undefined) matchers.push({ name: "__name__", op: "=", value: name });
    return { kind: "vector", name, matchers, offsetMs: 0, at: undefined, start, end: this.#lastEnd };
  }

  #matcher(): Matcher {
    const token = this.#take();
    if (token.kind === "string" && (this.#isSymbol(",") || this.#isSymbol("}"))) return { name: "__name__", op: "=", value: token.text };
    if (token.kind !== "string" && (token.kind !== "identifier" || token.text.includes(":"))) throw this.unexpected("label matching", 'identifier or "}"', token);
    const op = this.token;
    if (op.kind !== "symbol" || !["=", "!=", "=~", "!~"].includes(op.text)) throw this.unexpected("label matching", 'label matching operator "=", "!=", "=~" or "!~"');
    this.#take();
    if (this.token.kind !== "string") throw this.unexpected("label matching", "string");
    return { name: token.text, op: op.text as Matcher["op"], value: this.#take().text }; // one of the four just above
  }

  #postfix(expr: Expr): Expr {
    let node = expr;
    for (;;) {
      if (this.#isSymbol("[")) node = this.#brackets(node);
      else if (this.#isWord("offset")) this.#offset(node);
      else if (this.#isSymbol("@")) this.#at(node);
      else return node;
    }
  }

  /** Where modifiers go: the selector itself, also inside of a range. */
  #modified(node: Expr, what: string, at: number): { offsetMs: number; at: AtModifier | undefined; end: number }[] {
    if (node.kind === "vector" || node.kind === "subquery") return [node];
    if (node.kind === "matrix") return [node.selector, { offsetMs: 0, at: undefined, get end() { return node.end; }, set end(value: number) { node.end = value; } }];
    throw parseError(this.text, at, `${what} must be preceded by an instant vector selector or range vector selector or a subquery`);
  }

  #offset(node: Expr): void {
    const word = this.#take();
    const sign = this.#accept("-") ? -1 : (this.#accept("+"), 1);
    const token = this.token;
    if (token.kind !== "number" && token.kind !== "duration") throw this.unexpected("offset", "number or duration, for example 5m");
    this.#take();
    const [target, outer] = this.#modified(node, "offset modifier", word.start);
    if (target === undefined) return;
    if (target.offsetMs !== 0) throw parseError(this.text, word.start, "offset may not be set multiple times");
    target.offsetMs = sign * Math.round(token.value * 1000);
    for (const one of [target, outer]) if (one) one.end = token.end;
  }

  #at(node: Expr): void {
    const symbol = this.#take();
    const [target, outer] = this.#modified(node, "@ modifier", symbol.start);
    if (target === undefined) return;
    if (target.at !== undefined) throw parseError(this.text, symbol.start, "@ <timestamp> may not be set multiple times");
    if (this.#isWord("start", "end")) {
      target.at = this.#take().text.toLowerCase() === "start" ? { kind: "start" } : { kind: "end" };
      this.#expect("(", "@ modifier");
      this.#expect(")", "@ modifier");
    } else {
      const sign = this.#accept("-") ? -1 : (this.#accept("+"), 1);
      const token = this.token;
      const isBad = this.#isWord("inf", "nan");
      if (token.kind !== "number" && token.kind !== "duration" && !isBad) throw this.unexpected("@ modifier", "timestamp, start() or end()");
      this.#take();
      if (isBad || Math.abs(token.value) > 9_223_372_036_854_775) throw parseError(this.text, token.start, "timestamp out of bounds for @ modifier: expected seconds since 1970");
      target.at = { kind: "time", ms: sign * Math.round(token.value * 1000) };
    }
    for (const one of [target, outer]) if (one) one.end = this.#lastEnd;
  }

  #durationMs(where: string): number {
    const token = this.token;
    if (token.kind !== "number" && token.kind !== "duration") throw this.unexpected(where, "number or duration, for example 5m");
    this.#take();
    const ms = Math.round(token.value * 1000);
    if (ms <= 0) throw parseError(this.text, token.start, "duration must be greater than 0");
    return ms;
  }

  #brackets(node: Expr): Expr {
    const open = this.#take();
    const rangeMs = this.#durationMs("subquery or range");
    if (this.#accept(":")) {
      const stepMs = this.#isSymbol("]") ? undefined : this.#durationMs("subquery selector");
      const end = this.#expect("]", "subquery selector").end;
      return { kind: "subquery", expr: node, rangeMs, stepMs, offsetMs: 0, at: undefined, start: node.start, end };
    }
    if (!this.#isSymbol("]")) throw this.unexpected("subquery or range", '":" or "]"');
    const end = this.#take().end;
    if (node.kind !== "vector") throw parseError(this.text, open.start, "ranges only allowed for vector selectors");
    if (node.offsetMs !== 0) throw parseError(this.text, open.start, "no offset modifiers allowed before range");
    if (node.at !== undefined) throw parseError(this.text, open.start, "no @ modifiers allowed before range");
    return { kind: "matrix", selector: node, rangeMs, start: node.start, end };
  }
}

/** The checked tree. Throws QueryError (bad_data) with "line:column: parse error: …". */
export function parseQuery(text: string): Expr {
  if (text.length > queryCharsMax) throw new QueryError("bad_data", `the query has ${text.length} characters, expected at most ${queryCharsMax}`);
  const expr = new Parser(text).parseWhole();
  checkTypes(expr, text);
  return expr;
}

/** Matchers of a series selector (`match[]`). */
export function parseSelector(text: string): readonly Matcher[] {
  const node = new Parser(text).parseWholeSelector();
  checkTypes(node, text);
  return node.matchers;
}

export { parseDuration };
