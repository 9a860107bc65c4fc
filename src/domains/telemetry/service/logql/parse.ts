// LogQL text → tree: metric expressions by precedence climbing; log selectors and their pipelines come from parse-log.ts.
import { queryCharsMax, QueryError } from "../query-error.ts";
import { parseGrouping, parseRangeAggregation } from "./parse-range.ts";
import { parseLogExpression } from "./parse-log.ts";
import { Cursor, parseNames } from "./cursor.ts";
import { checkRegex } from "../regex.ts";
import { rangeOperators, vectorOperators, type BinaryOperator, type Expression, type LogExpression, type MetricExpression, type VectorMatching } from "./ast.ts";

const precedence: Readonly<Record<string, number>> = {
  or: 1, and: 2, unless: 2, "==": 3, "!=": 3, ">": 3, ">=": 3, "<": 3, "<=": 3, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "^": 6,
};
const comparisons: ReadonlySet<string> = new Set(["==", "!=", ">", ">=", "<", "<="]);
const logical: ReadonlySet<string> = new Set(["and", "or", "unless"]);

// `bool` and group_left on and, or, unless are read and mean nothing there, as in other implementations of the language.

/** The tree of a query. Throws QueryError `syntax` with line, column and what was expected. */
export function parseLogql(text: string): Expression {
  if (text.length > queryCharsMax) throw new QueryError("syntax", `the query has ${text.length} characters, expected at most ${queryCharsMax}`);
  const cursor = new Cursor(text);
  if (cursor.peek().kind === "end") throw cursor.error(0, "syntax error: unexpected $end, expecting a stream selector or a metric expression");
  const expression = parseAny(cursor, 0);
  if (cursor.peek().kind !== "end") cursor.fail("the end of the query");
  return expression;
}

/** A query that selects lines, e.g. for tail and series. */
export function parseLogSelector(text: string): LogExpression {
  const expression = parseLogql(text);
  if (expression.kind !== "log") throw new QueryError("syntax", "only log selectors are supported here, expected a query that begins with {…} and yields lines");
  return expression;
}

function parseAny(cursor: Cursor, minimum: number): Expression {
  return cursor.nested(() => {
    let left = parseOperand(cursor);
    for (;;) {
      const token = cursor.peek();
      const level = token.kind === "operator" || token.kind === "identifier" ? precedence[token.text] : undefined;
      if (level === undefined || level < minimum || left.kind === "log") return left;
      left = parseBinary(cursor, left, token.text, level);
    }
  });
}

function parseBinary(cursor: Cursor, left: MetricExpression, text: string, level: number): MetricExpression {
  const operator = readOperator(text);
  const start = cursor.next().start;
  const isBool = cursor.takeWord("bool");
  if (isBool && !comparisons.has(operator) && !logical.has(operator)) throw cursor.error(start, `syntax error: unexpected bool after ${operator}, expecting a comparison`);
  const matching = parseMatching(cursor);
  const right = parseMetric(cursor, operator === "^" ? level : level + 1);
  for (const [name, side] of [["left", left], ["right", right]] as const) {
    if (logical.has(operator) && side.kind === "literal")
      throw cursor.error(start, `unexpected literal for ${name} leg of logical/set binary operation (${operator}): ${side.value}`);
  }
  return { kind: "binary", op: operator, left, right, isBool, matching };
}

function readOperator(text: string): BinaryOperator {
  switch (text) {
    case "+": case "-": case "*": case "/": case "%": case "^": case "==": case "!=": case ">": case ">=": case "<": case "<=": case "and": case "or": case "unless": return text;
    default: throw new Error(`BUG: expected a binary operator, got ${text}`);
  }
}

function parseMatching(cursor: Cursor): VectorMatching | undefined {
  if (!cursor.isWord("on", "ignoring")) return undefined;
  const isOn = cursor.next().text === "on";
  const labels = parseNames(cursor);
  if (!cursor.isWord("group_left", "group_right")) return { isOn, labels, group: undefined, include: [] };
  const token = cursor.next();
  // What follows in parentheses is a list of labels, unless it can only be the other operand.
  const isList = cursor.isOperator("(") && (cursor.peek(1).text === ")" || (cursor.peek(1).kind === "identifier" && [",", ")"].includes(cursor.peek(2).text)));
  const include = isList ? parseNames(cursor) : [];
  return { isOn, labels, group: token.text === "group_left" ? "left" : "right", include };
}

function parseMetric(cursor: Cursor, minimum: number): MetricExpression {
  const start = cursor.peek().start;
  const expression = parseAny(cursor, minimum);
  if (expression.kind === "log") throw cursor.error(start, "syntax error: unexpected log selector, expecting a metric expression such as count_over_time({…}[5m])");
  return expression;
}

function parseOperand(cursor: Cursor): Expression {
  const token = cursor.peek();
  if (token.kind === "number") return { kind: "literal", value: cursor.next().value };
  if (cursor.isOperator("+", "-")) {
    const ahead = cursor.peek(1);
    if (ahead.kind !== "number") { cursor.next(); return cursor.fail("NUMBER after the sign"); }
    return { kind: "literal", value: cursor.expectNumber() };
  }
  if (cursor.isOperator("{")) return parseLogExpression(cursor);
  if (cursor.isOperator("(")) return parseParenthesis(cursor);
  if (token.kind === "identifier") {
    if (rangeOperators.has(token.text)) return parseRangeAggregation(cursor);
    if (vectorOperators.has(token.text)) return parseVectorAggregation(cursor);
    if (token.text === "vector") return parseVector(cursor);
    if (token.text === "label_replace") return parseLabelReplace(cursor);
  }
  return cursor.fail("{, (, a number or an aggregation");
}

function parseParenthesis(cursor: Cursor): Expression {
  cursor.expectOperator("(");
  const inner = parseAny(cursor, 0);
  cursor.expectOperator(")");
  if (inner.kind !== "log") return inner;
  return parseLogExpression(cursor, inner);
}

function parseVector(cursor: Cursor): MetricExpression {
  cursor.next();
  cursor.expectOperator("(");
  const value = cursor.expectNumber("NUMBER");
  cursor.expectOperator(")");
  return { kind: "vector", value };
}

function parseVectorAggregation(cursor: Cursor): MetricExpression {
  const token = cursor.next();
  const op = token.text;
  let grouping = parseGrouping(cursor);
  cursor.expectOperator("(");
  const needsParameter = op === "topk" || op === "bottomk" || op === "approx_topk";
  const sort = op === "sort" || op === "sort_desc";
  let parameter: number | undefined;
  if (cursor.peek().kind === "number" && cursor.peek(1).text === ",") {
    parameter = cursor.expectNumber();
    if (!needsParameter) throw cursor.error(token.start, `unsupported parameter for operation ${op}(${parameter},`);
    if (!Number.isInteger(parameter) || parameter <= 0) throw cursor.error(token.start, `invalid parameter (must be greater than 0) ${op}(${parameter}`);
    cursor.expectOperator(",");
  }
  if (needsParameter && parameter === undefined) throw cursor.error(token.start, `parameter required for operation ${op}`);
  const of = parseMetric(cursor, 0);
  cursor.expectOperator(")");
  grouping ??= parseGrouping(cursor);
  if ((sort || op === "approx_topk") && grouping !== undefined) throw cursor.error(token.start, `grouping not allowed for ${op} operation`);
  return { kind: "aggregation", op, parameter, of, grouping };
}

function parseLabelReplace(cursor: Cursor): MetricExpression {
  const { start } = cursor.next();
  cursor.expectOperator("(");
  const of = parseMetric(cursor, 0);
  const strings: string[] = [];
  for (let count = 0; count < 4; count += 1) {
    cursor.expectOperator(",");
    strings.push(cursor.expectString());
  }
  cursor.expectOperator(")");
  const [target = "", replacement = "", source = "", pattern = ""] = strings;
  const problem = checkRegex(pattern);
  if (problem !== undefined) throw cursor.error(start, `invalid regex in label_replace: ${problem}`);
  return { kind: "label-replace", of, target, replacement, source, pattern };
}
