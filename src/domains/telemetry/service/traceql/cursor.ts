// A place in a list of TraceQL tokens, with the expectations that name what would have been right.
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

  get place(): number { return this.index; }
  /** Back to a place for a second reading; the reader bounds how often. */
  backTo(place: number): void { this.index = place; }

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
  isOperator(...texts: readonly string[]): boolean { const token = this.peek(); return token.kind === "operator" && texts.includes(token.text); }
  isWord(...words: readonly string[]): boolean { const token = this.peek(); return token.kind === "word" && words.includes(token.text); }
  takeOperator(text: string): boolean {
    if (!this.isOperator(text)) return false;
    this.next();
    return true;
  }
  expectOperator(text: string): Token { return this.isOperator(text) ? this.next() : this.fail(text); }
  /** The place of the parenthesis that closes the one at `this.peek(ahead)`, in tokens from here; undefined where none does. */
  closing(ahead: number): number | undefined {
    let depth = 0;
    for (let at = ahead; this.index + at < this.tokens.length - 1; at += 1) {
      const token = this.peek(at);
      if (token.kind !== "operator") continue;
      if (token.text === "(") depth += 1;
      if (token.text === ")" && (depth -= 1) === 0) return at;
    }
    return undefined;
  }
  fail(expected: string): never {
    const token = this.peek();
    throw this.error(token.start, `syntax error: unexpected ${describeToken(token)}, expecting ${expected}`);
  }
  error(offset: number, what: string): QueryError { return syntaxError(this.text, offset, what); }
  nested<T>(work: () => T): T {
    if (this.depth >= queryDepthMax) throw this.error(this.peek().start, `the query is nested deeper than ${queryDepthMax} levels`);
    this.depth += 1;
    try { return work(); } finally { this.depth -= 1; }
  }
}
