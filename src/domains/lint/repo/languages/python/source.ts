// One Python file as the readers of facts see it: tokens, statements, and small questions about them.
import { LineIndex } from "../../line-index.ts";
import type { PythonStatements } from "./statements.ts";
import { type PythonTokens, token } from "./tokens.ts";

export const sign = { comma: 0x2c, dot: 0x2e, open: 0x28, close: 0x29, colon: 0x3a, semicolon: 0x3b, equals: 0x3d, star: 0x2a } as const;

/** Statements above this length are not quoted in a fix: a message has to stay readable. */
const statementCharsMax = 400;

export interface Place { readonly line: number; readonly column: number }

export class PythonSource {
  readonly text: string;
  readonly tokens: PythonTokens;
  readonly statements: PythonStatements;
  readonly lines: LineIndex;

  constructor(text: string, tokens: PythonTokens, statements: PythonStatements) {
    this.text = text;
    this.tokens = tokens;
    this.statements = statements;
    this.lines = new LineIndex(text);
  }

  kind(at: number): number {
    // Beyond the last token stand those of the file before.
    return at < 0 ? 0 : at >= this.tokens.count ? token.end : this.tokens.kinds[at] ?? token.end;
  }

  word(at: number): string {
    return this.text.slice(this.tokens.starts[at] ?? 0, this.tokens.ends[at] ?? 0);
  }

  start(at: number): number {
    return this.tokens.starts[at] ?? 0;
  }

  end(at: number): number {
    return this.tokens.ends[at] ?? 0;
  }

  place(at: number): Place {
    return this.lines.place(this.start(at));
  }

  /** Line of the last character of a token. */
  endLine(at: number): number {
    return this.lines.place(Math.max(this.start(at), this.end(at) - 1)).line;
  }

  /** Index of the last token of the statement that begins at `from`. */
  lastOfStatement(from: number): number {
    let at = from;
    for (let depth = 0; ; at++) {
      const kind = this.kind(at + 1);
      if (kind === sign.open) depth++; else if (kind === sign.close) depth--;
      if (kind === token.line || kind === token.end || (kind === sign.semicolon && depth === 0)) return at;
    }
  }

  /** The text from one token to another, copied so that it does not keep the file alive; undefined where it is too long. */
  quote(from: number, to: number): string | undefined {
    const [start, end] = [this.start(from), this.end(to)];
    return end - start > statementCharsMax ? undefined : Buffer.from(this.text.slice(start, end)).toString();
  }

  /** `a.b.c` that begins at a token; the index after it. */
  dotted(from: number): { readonly name: string; readonly next: number } {
    let at = from + 1;
    while (this.kind(at) === sign.dot && this.kind(at + 1) === token.name) at += 2;
    return { name: at === from + 1 ? this.word(from) : this.text.slice(this.start(from), this.end(at - 1)).replaceAll(/[\s\\]+/g, ""), next: at };
  }

  /** The value of a string token that is one literal; undefined for anything else. */
  literal(at: number): string | undefined {
    if (this.kind(at) !== token.string) return undefined;
    const match = /^([rbu]{0,2})("""|'''|"|')([^]*)\2$/i.exec(this.word(at));
    if (match === null) return undefined;
    const [, prefix = "", , body = ""] = match;
    return prefix.toLowerCase().includes("r")
      ? body
      : body.replaceAll(/\\(\r?\n|[^])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped === "t" ? "\t" : /\n$/.test(escaped) ? "" : escaped));
  }
}
