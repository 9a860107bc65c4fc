// TraceQL text → tree: spansets, pipelines and metrics. Field expressions come from parse-field.ts.
import { queryCharsMax, QueryError } from "../query-error.ts";
import { Cursor } from "./cursor.ts";
import { parseField, readsSpan, typeOf } from "./parse-field.ts";
import { parseMetricsQuery, startsMetrics } from "./parse-metrics.ts";
import { parseScalarFilter, startsScalar } from "./parse-scalar.ts";
import type { SpansetExpression, SpansetOperator, Stage, TraceqlQuery } from "./ast.ts";

const structural: ReadonlySet<string> = new Set([">", ">>", "<", "<<", "~", "!>", "!>>", "!<", "!<<", "!~", "&>", "&>>", "&<", "&<<", "&~"]);

/** The tree of a query; "" is `{}`. Throws QueryError `syntax` with line, column and what was expected. */
export function parseTraceql(text: string): TraceqlQuery {
  if (text.length > queryCharsMax) throw new QueryError("syntax", `the query has ${text.length} characters, expected at most ${queryCharsMax}`);
  const cursor = new Cursor(text);
  if (cursor.peek().kind === "end") throw cursor.error(0, "syntax error: unexpected $end, expecting { or (");
  const root = startsMetrics(cursor)
    ? ({ kind: "metrics", expression: parseMetricsQuery(cursor, parsePipeline) } as const)
    : ({ kind: "search", stages: parsePipeline(cursor) } as const);
  const hints = parseHints(cursor);
  if (cursor.peek().kind !== "end") cursor.fail("an operator, | or the end of the query");
  return { root, hints };
}

function parseHints(cursor: Cursor): ReadonlyMap<string, string | number | boolean> {
  const hints = new Map<string, string | number | boolean>();
  if (!cursor.isWord("with")) return hints;
  cursor.next();
  cursor.expectOperator("(");
  do {
    if (cursor.peek().kind !== "word") cursor.fail("the name of a hint");
    const name = cursor.next().text;
    cursor.expectOperator("=");
    const token = cursor.next();
    if (token.kind === "string") hints.set(name, token.text);
    else if (token.kind === "int" || token.kind === "float" || token.kind === "duration") hints.set(name, token.value);
    else if (token.kind === "word" && (token.text === "true" || token.text === "false")) hints.set(name, token.text === "true");
    else throw cursor.error(token.start, "syntax error: expecting a literal as the value of a hint");
  } while (cursor.takeOperator(","));
  cursor.expectOperator(")");
  return hints;
}

/** `{…} | … | …`, up to a metrics function, a closing parenthesis or the end. */
export function parsePipeline(cursor: Cursor): readonly Stage[] {
  return cursor.nested(() => {
    const first = cursor.peek();
    if (first.kind === "word" && first.text === "coalesce")
      throw cursor.error(first.start, `syntax error: unexpected ${first.text} at the beginning of a pipeline, expecting { or (`);
    const stages: Stage[] = [parseStage(cursor)];
    while (cursor.isOperator("|") && !startsMetricsFunction(cursor)) {
      cursor.next();
      stages.push(parseStage(cursor));
    }
    return stages;
  });
}

const metricsWords: ReadonlySet<string> = new Set([
  "rate",
  "count_over_time",
  "min_over_time",
  "max_over_time",
  "avg_over_time",
  "sum_over_time",
  "quantile_over_time",
  "histogram_over_time",
  "compare",
]);

function startsMetricsFunction(cursor: Cursor): boolean {
  const word = cursor.peek(1);
  return word.kind === "word" && metricsWords.has(word.text) && cursor.peek(2).text === "(";
}

function parseStage(cursor: Cursor): Stage {
  if (cursor.isWord("by") && cursor.peek(1).text === "(") return parseBy(cursor);
  if (cursor.isWord("coalesce")) { cursor.next(); cursor.expectOperator("("); cursor.expectOperator(")"); return { kind: "coalesce" }; }
  if (cursor.isWord("select")) {
    cursor.next();
    cursor.expectOperator("(");
    const fields = [parseField(cursor)];
    while (cursor.takeOperator(",")) fields.push(parseField(cursor));
    cursor.expectOperator(")");
    return { kind: "select", fields };
  }
  if (startsScalar(cursor)) return parseScalarFilter(cursor);
  return { kind: "spanset", expression: parseSpanset(cursor, 1) };
}

function parseBy(cursor: Cursor): Stage {
  const { start } = cursor.next();
  cursor.next();
  const expression = parseField(cursor);
  if (!readsSpan(expression)) throw cursor.error(start, "by() expressions must reference the span, expecting an attribute or an intrinsic");
  cursor.expectOperator(")");
  return { kind: "by", expression };
}

function operatorLevel(text: string): number | undefined {
  return text === "&&" || text === "||" ? 1 : structural.has(text) ? 2 : undefined;
}

export function parseSpanset(cursor: Cursor, minimum: number): SpansetExpression {
  return cursor.nested(() => {
    let left = parseSpansetOperand(cursor);
    for (;;) {
      const token = cursor.peek();
      const level = token.kind === "operator" ? operatorLevel(token.text) : undefined;
      if (level === undefined || level < minimum) return left;
      cursor.next();
      left = { kind: "operation", op: readOperator(token.text), left, right: parseSpanset(cursor, level + 1) };
    }
  });
}

function readOperator(text: string): SpansetOperator {
  switch (text) {
    case "&&":
    case "||":
    case ">":
    case ">>":
    case "<":
    case "<<":
    case "~":
    case "!>":
    case "!>>":
    case "!<":
    case "!<<":
    case "!~":
    case "&>":
    case "&>>":
    case "&<":
    case "&<<":
    case "&~":
      return text;
    default: throw new Error(`BUG: expected a spanset operator, got ${text}`);
  }
}

function parseSpansetOperand(cursor: Cursor): SpansetExpression {
  if (cursor.takeOperator("(")) {
    const stages = parsePipeline(cursor);
    cursor.expectOperator(")");
    const [only] = stages;
    return stages.length === 1 && only?.kind === "spanset" ? only.expression : { kind: "pipeline", stages };
  }
  const open = cursor.expectOperator("{");
  if (cursor.takeOperator("}")) return { kind: "filter", expression: undefined };
  const expression = parseField(cursor);
  cursor.expectOperator("}");
  const type = typeOf(expression);
  if (type !== undefined && type !== "boolean") throw cursor.error(open.start, `span filter field expressions must resolve to a boolean, got ${type}`);
  return { kind: "filter", expression };
}
