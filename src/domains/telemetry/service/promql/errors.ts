// How PromQL says what is wrong: where in the text (line:column, from 1), what stands there, what was expected.

export class QueryError extends Error {
  /** Which class of the Prometheus API it belongs to. */
  readonly type: "bad_data" | "execution" | "timeout";

  constructor(type: "bad_data" | "execution" | "timeout", message: string) {
    super(message);
    this.name = "QueryError";
    this.type = type;
  }
}

/** "line:column" of an offset, both from 1. */
export function positionOf(text: string, offset: number): string {
  let line = 1, lineStart = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) { line++; lineStart = at + 1; }
  return `${line}:${offset - lineStart + 1}`;
}

export function parseError(text: string, offset: number, message: string): QueryError {
  return new QueryError("bad_data", `${positionOf(text, offset)}: parse error: ${message}`);
}
