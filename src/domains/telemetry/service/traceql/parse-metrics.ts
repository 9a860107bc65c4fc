// Metrics queries of TraceQL: `{…} | rate() by(…) | topk(5)`, comparisons with a number, and arithmetic between such pipelines in parentheses.
import type { Cursor } from "./cursor.ts";
import type { Token } from "./lexer.ts";
import { parseField, typeOf } from "./parse-field.ts";
import { readCompare } from "./parse-scalar.ts";
import type { FieldExpression, MetricsExpression, MetricsOperation, SpansetExpression, Stage } from "./ast.ts";

const words: ReadonlySet<string> = new Set([
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

/** Whether a metrics function stands anywhere ahead as a stage: it decides what the whole query is. */
export function startsMetrics(cursor: Cursor): boolean {
  for (let ahead = 0; cursor.peek(ahead).kind !== "end"; ahead += 1) {
    const token = cursor.peek(ahead);
    if (token.kind === "operator" && token.text === "|" && words.has(cursor.peek(ahead + 1).text) && cursor.peek(ahead + 1).kind === "word") return true;
  }
  return false;
}

type ParsePipeline = (cursor: Cursor) => readonly Stage[];

const mathLevels: Readonly<Record<string, number>> = { "+": 1, "-": 1, "*": 2, "/": 2 };

export function parseMetricsQuery(cursor: Cursor, parsePipeline: ParsePipeline, minimum = 0): MetricsExpression {
  return cursor.nested(() => {
    const open = cursor.peek();
    const operand = parseOperand(cursor, parsePipeline);
    let left = parseSecondStages(cursor, operand);
    for (;;) {
      const token = cursor.peek();
      const level = token.kind === "operator" ? mathLevels[token.text] : undefined;
      if (level === undefined || level < minimum) {
        if (minimum > 0) checkOperand(cursor, open, operand);
        return left;
      }
      if (left === operand) checkOperand(cursor, open, operand);
      if (hasCompare(left)) throw cursor.error(token.start, "compare() cannot be part of arithmetic");
      cursor.next();
      const op = readMath(token.text);
      const right = parseMetricsQuery(cursor, parsePipeline, level + 1);
      if (hasCompare(right)) throw cursor.error(token.start, "compare() cannot be part of arithmetic");
      left =
        left.kind === "number" && right.kind === "number"
          ? { kind: "number", value: compute(op, left.value, right.value) }
          : parseSecondStages(cursor, { kind: "math", op, left, right });
    }
  });
}

/** An operand of arithmetic is a number or stands in parentheses. */
function checkOperand(cursor: Cursor, open: Token, operand: MetricsExpression): void {
  if (operand.kind !== "number" && open.text !== "(")
    throw cursor.error(open.start, "syntax error: a metrics pipeline within arithmetic, expecting it in parentheses: ({…} | rate()) * 2");
}

function compute(op: "+" | "-" | "*" | "/", left: number, right: number): number {
  return op === "+" ? left + right : op === "-" ? left - right : op === "*" ? left * right : left / right;
}

function hasCompare(expression: MetricsExpression): boolean {
  switch (expression.kind) {
    case "aggregate": return expression.op === "compare";
    case "rank": case "filter": return hasCompare(expression.of);
    case "math": return hasCompare(expression.left) || hasCompare(expression.right);
    case "number": return false;
  }
}

function readMath(text: string): "+" | "-" | "*" | "/" {
  switch (text) {
    case "+": case "-": case "*": case "/": return text;
    default: throw new Error(`BUG: expected arithmetic, got ${text}`);
  }
}

/** Whether the parenthesis here holds a whole metrics pipeline (and not a spanset in parentheses). */
function isMetricsParenthesis(cursor: Cursor): boolean {
  const end = cursor.closing(0);
  if (end === undefined) return false;
  for (let ahead = 1; ahead < end; ahead += 1) if (cursor.peek(ahead).text === "|" && words.has(cursor.peek(ahead + 1).text)) return true;
  return false;
}

/** Whether the parenthesis here holds numbers only. */
function isNumberParenthesis(cursor: Cursor): boolean {
  const end = cursor.closing(0);
  if (end === undefined) return false;
  for (let ahead = 1; ahead < end; ahead += 1) {
    const { kind, text } = cursor.peek(ahead);
    if (kind !== "int" && kind !== "float" && !(kind === "operator" && "+-*/()".includes(text))) return false;
  }
  return true;
}

function parseOperand(cursor: Cursor, parsePipeline: ParsePipeline): MetricsExpression {
  const isSigned = cursor.isOperator("-");
  const token = cursor.peek(isSigned ? 1 : 0);
  if (token.kind === "int" || token.kind === "float") {
    if (isSigned) cursor.next();
    cursor.next();
    if (token.kind === "int" && token.value > 2 ** 63) throw cursor.error(token.start, `number out of range: ${token.text}`);
    return { kind: "number", value: isSigned ? -token.value : token.value };
  }
  if (token.kind === "duration")
    throw cursor.error(token.start, `syntax error: unexpected DURATION ${token.text}, expecting a number without a unit or a metrics pipeline in parentheses`);
  if (cursor.isOperator("(") && (isMetricsParenthesis(cursor) || isNumberParenthesis(cursor))) {
    cursor.next();
    const inner = parseMetricsQuery(cursor, parsePipeline);
    cursor.expectOperator(")");
    return inner;
  }
  const pipeline = parsePipeline(cursor);
  if (!cursor.takeOperator("|")) return cursor.fail("| and a metrics function such as rate()");
  return parseFunction(cursor, pipeline);
}

function readFunction(text: string): MetricsOperation | undefined {
  switch (text) {
    case "rate":
    case "count_over_time":
    case "min_over_time":
    case "max_over_time":
    case "avg_over_time":
    case "sum_over_time":
    case "quantile_over_time":
    case "histogram_over_time":
    case "compare":
      return text;
    default: return undefined;
  }
}

function parseFunction(cursor: Cursor, pipeline: readonly Stage[]): MetricsExpression {
  const token = cursor.next();
  const op = readFunction(token.text);
  if (op === undefined) throw cursor.error(token.start, `syntax error: unexpected ${token.text}, expecting a metrics function such as rate()`);
  cursor.expectOperator("(");
  let field: FieldExpression | undefined;
  let selection: SpansetExpression | undefined;
  const numbers: number[] = [];
  if (op === "compare") {
    const open = cursor.expectOperator("{");
    const expression = cursor.isOperator("}") ? undefined : parseField(cursor);
    cursor.expectOperator("}");
    if (expression !== undefined && typeOf(expression) !== undefined && typeOf(expression) !== "boolean")
      throw cursor.error(open.start, "span filter field expressions must resolve to a boolean");
    selection = { kind: "filter", expression };
  } else if (op !== "rate" && op !== "count_over_time") {
    field = parseField(cursor);
    const type = typeOf(field);
    if (type !== undefined && type !== "int" && type !== "float" && type !== "duration") throw cursor.error(token.start, `${op}: expecting a number or a duration, got ${type}`);
  }
  while (cursor.takeOperator(",")) {
    const value = cursor.next();
    if (value.kind !== "int" && value.kind !== "float") throw cursor.error(value.start, "syntax error: expecting a number");
    numbers.push(value.value);
  }
  cursor.expectOperator(")");
  if (op === "quantile_over_time" && numbers.length === 0)
    throw cursor.error(token.start, "quantile_over_time: expecting at least one quantile: quantile_over_time(duration, .95)");
  if (op === "quantile_over_time" && numbers.some((number) => number < 0 || number > 1)) throw cursor.error(token.start, "quantile must be between 0 and 1");
  if (op !== "quantile_over_time" && op !== "compare" && numbers.length > 0) throw cursor.error(token.start, `${op} takes no numbers`);
  return {
    kind: "aggregate",
    pipeline,
    op,
    field,
    quantiles: op === "quantile_over_time" ? numbers : [],
    by: parseBy(cursor),
    selection,
    numbers: op === "compare" ? numbers : [],
  };
}

function parseBy(cursor: Cursor): readonly FieldExpression[] {
  if (!cursor.isWord("by")) return [];
  const { start } = cursor.next();
  cursor.expectOperator("(");
  const by = [parseField(cursor)];
  while (cursor.takeOperator(",")) by.push(parseField(cursor));
  cursor.expectOperator(")");
  if (by.some((field) => field.kind !== "attribute" && field.kind !== "intrinsic")) throw cursor.error(start, "by() takes attributes and intrinsics only");
  return by;
}

/** `| topk(3)`, `| bottomk(3)` and `> 5` after a metrics function. */
function parseSecondStages(cursor: Cursor, of: MetricsExpression): MetricsExpression {
  let result = of;
  for (;;) {
    const token = cursor.peek();
    const compare = token.kind === "operator" ? readCompare(token.text) : undefined;
    if (compare !== undefined && result.kind !== "number") {
      if (hasCompare(result)) throw cursor.error(token.start, "the answer of compare() cannot be compared with a number");
      cursor.next();
      const isNegative = cursor.takeOperator("-");
      const value = cursor.peek();
      if (value.kind !== "int" && value.kind !== "float" && value.kind !== "duration") return cursor.fail("a number to compare with");
      cursor.next();
      result = { kind: "filter", op: compare, value: (isNegative ? -1 : 1) * (value.kind === "duration" ? value.value / 1e9 : value.value), of: result };
      continue;
    }
    const word = cursor.peek(1).text;
    if (!cursor.isOperator("|") || (word !== "topk" && word !== "bottomk")) return result;
    if (hasCompare(result)) throw cursor.error(token.start, `${word}() cannot follow compare()`);
    cursor.next();
    cursor.next();
    cursor.expectOperator("(");
    const limit = cursor.peek();
    if (limit.kind !== "int" || limit.value < 1) return cursor.fail("a whole number above 0");
    cursor.next();
    cursor.expectOperator(")");
    result = { kind: "rank", op: word, limit: limit.value, of: result };
  }
}
