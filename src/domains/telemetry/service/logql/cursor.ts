// A place in a list of tokens, with the expectations that name what would have been right.
import { queryDepthMax, syntaxError, type QueryError } from "../query-error.ts";
import { describeToken, tokenize, type Token } from "./lexer.ts";

export class Cursor {
  readonly text: string;
  private readonly tokens: readonly Token[];
  private index = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = tokenize(text);
  }

  peek(ahead = 0): Token {
    const token = this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)];
    if (token === undefined) throw new Error("BUG: expected a token");
    return token;
  }

  next(): Token {
    const token = this.peek();
    if (this.index < this.tokens.length - 1) this.index += 1;
    return token;
  }

  isOperator(...texts: readonly string[]): boolean {
    const token = this.peek();
    return token.kind === "operator" && texts.includes(token.text);
  }

  isWord(...words: readonly string[]): boolean {
    const token = this.peek();
    return token.kind === "identifier" && words.includes(token.text);
  }

  takeOperator(text: string): boolean {
    if (!this.isOperator(text)) return false;
    this.next();
    return true;
  }

  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.next();
    return true;
  }

  expectOperator(text: string): Token {
    return this.isOperator(text) ? this.next() : this.fail(text);
  }

  expectIdentifier(what = "an identifier"): string {
    return this.peek().kind === "identifier" ? this.next().text : this.fail(what);
  }

  expectString(what = "a string"): string {
    return this.peek().kind === "string" ? this.next().text : this.fail(what);
  }

  /** A number with an optional sign. */
  expectNumber(what = "a number"): number {
    const sign = this.isOperator("-", "+") ? this.next().text : "";
    if (this.peek().kind !== "number") return this.fail(what);
    const { value } = this.next();
    return sign === "-" ? -value : value;
  }

  fail(expected: string): never {
    const token = this.peek();
    throw this.error(token.start, `syntax error: unexpected ${describeToken(token)}, expecting ${expected}`);
  }

  error(offset: number, what: string): QueryError {
    return syntaxError(this.text, offset, what);
  }

  /** Runs `work` one level deeper; refuses what would exhaust the stack. */
  nested<T>(work: () => T): T {
    if (this.depth >= queryDepthMax) throw this.error(this.peek().start, `the query is nested deeper than ${queryDepthMax} levels`);
    this.depth += 1;
    try { return work(); } finally { this.depth -= 1; }
  }
}

/** `(a, b)`, possibly empty. */
export function parseNames(cursor: Cursor): readonly string[] {
  cursor.expectOperator("(");
  const names: string[] = [];
  while (!cursor.isOperator(")")) {
    names.push(cursor.expectIdentifier("a label name or )"));
    if (!cursor.takeOperator(",")) break;
  }
  cursor.expectOperator(")");
  return names;
}
