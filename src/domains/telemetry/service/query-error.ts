// What a query answers when it cannot be read or run: kind, position and expectation. Shared by LogQL and TraceQL; knows no wire form.

/** `syntax` and `execution` are the asker's (400), `limit` says that a bound was met (400), `cancelled` that time ran out (504). */
export type QueryErrorKind = "syntax" | "execution" | "limit" | "cancelled";

export class QueryError extends Error {
  readonly kind: QueryErrorKind;
  /** Line and column from 1; 0 where the error has no place in the text. */
  readonly line: number;
  readonly column: number;

  constructor(kind: QueryErrorKind, message: string, place: { readonly line: number; readonly column: number } = { line: 0, column: 0 }) {
    super(message);
    this.name = "QueryError";
    this.kind = kind;
    this.line = place.line;
    this.column = place.column;
  }
}

/** Line and column, both from 1, of an offset in a query. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (let index = text.indexOf("\n"); index !== -1 && index < offset; index = text.indexOf("\n", index + 1)) {
    line += 1;
    lineStart = index + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

/** A syntax error in the words that Loki's and Tempo's users know: `parse error at line L, col C: …`. */
export function syntaxError(text: string, offset: number, what: string): QueryError {
  const place = placeOf(text, offset);
  return new QueryError("syntax", `parse error at line ${place.line}, col ${place.column}: ${what}`, place);
}

/** A query longer than this is a mistake or an attack; Loki's own default bound is 128 KiB. */
export const queryCharsMax = 131_072;
/** Parentheses, braces and operators deeper than this would exhaust the stack of a recursive descent. */
export const queryDepthMax = 200;
