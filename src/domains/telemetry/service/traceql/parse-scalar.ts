// `count() > 2`, `max(duration) - min(duration) >= 1s`: filters of spansets by numbers.
import type { Cursor } from "./cursor.ts";
import { parseField, readsSpan, typeOf } from "./parse-field.ts";
import type { AggregateName, CompareOperator, ScalarExpression, Stage } from "./ast.ts";

const aggregates: ReadonlySet<string> = new Set(["count", "avg", "min", "max", "sum"]);

export function startsScalar(cursor: Cursor): boolean {
  let ahead = 0;
  while (cursor.peek(ahead).text === "(" && cursor.peek(ahead).kind === "operator") ahead += 1;
  const token = cursor.peek(ahead);
  return (
    token.kind === "int" ||
    token.kind === "float" ||
    token.kind === "duration" ||
    token.text === "-" ||
    (token.kind === "word" && aggregates.has(token.text) && cursor.peek(ahead + 1).text === "(")
  );
}

export function readCompare(text: string): CompareOperator | undefined {
  switch (text) {
    case "=": case "!=": case "<": case "<=": case ">": case ">=": return text;
    default: return undefined;
  }
}

export function parseScalarFilter(cursor: Cursor): Stage {
  const left = parseScalar(cursor, 1);
  const token = cursor.peek();
  const op = token.kind === "operator" ? readCompare(token.text) : undefined;
  if (op === undefined) return cursor.fail("=, !=, <, <=, > or >= after the aggregate");
  cursor.next();
  const right = parseScalar(cursor, 1);
  if (!hasAggregate(left) && !hasAggregate(right))
    throw cursor.error(token.start, "syntax error: a comparison of numbers only, expecting count(), avg(…), min(…), max(…) or sum(…) at one side");
  return { kind: "scalar-filter", op, left, right };
}

function hasAggregate(expression: ScalarExpression): boolean {
  return expression.kind === "aggregate" || (expression.kind === "arithmetic" && (hasAggregate(expression.left) || hasAggregate(expression.right)));
}

const levels: Readonly<Record<string, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "^": 3 };

function parseScalar(cursor: Cursor, minimum: number): ScalarExpression {
  return cursor.nested(() => {
    let left = parseScalarOperand(cursor);
    for (;;) {
      const token = cursor.peek();
      const level = token.kind === "operator" ? levels[token.text] : undefined;
      if (level === undefined || level < minimum) return left;
      cursor.next();
      left = { kind: "arithmetic", op: readArithmetic(token.text), left, right: parseScalar(cursor, level + (token.text === "^" ? 0 : 1)) };
    }
  });
}

function readArithmetic(text: string): "+" | "-" | "*" | "/" | "%" | "^" {
  switch (text) {
    case "+": case "-": case "*": case "/": case "%": case "^": return text;
    default: throw new Error(`BUG: expected arithmetic, got ${text}`);
  }
}

function parseScalarOperand(cursor: Cursor): ScalarExpression {
  if (cursor.takeOperator("(")) { const inner = parseScalar(cursor, 1); cursor.expectOperator(")"); return inner; }
  const isNegative = cursor.takeOperator("-");
  const token = cursor.peek();
  if (token.kind === "int" || token.kind === "float" || token.kind === "duration") {
    cursor.next();
    return { kind: "number", value: isNegative ? -token.value : token.value, isDuration: token.kind === "duration" };
  }
  const op = token.kind === "word" ? readAggregate(token.text) : undefined;
  if (op === undefined || isNegative) return cursor.fail("a number, a duration, count(), avg(…), min(…), max(…) or sum(…)");
  cursor.next();
  cursor.expectOperator("(");
  if (op === "count") { cursor.expectOperator(")"); return { kind: "aggregate", op, of: undefined }; }
  if (cursor.isOperator(")")) return cursor.fail(`a field: ${op}(duration)`);
  const of = parseField(cursor);
  const type = typeOf(of);
  if (type !== undefined && type !== "int" && type !== "float" && type !== "duration")
    throw cursor.error(token.start, `aggregate field expressions must resolve to a number type: ${op}(${type})`);
  if (!readsSpan(of)) throw cursor.error(token.start, `aggregate field expressions must reference the span, expecting an attribute or an intrinsic: ${op}(duration)`);
  cursor.expectOperator(")");
  return { kind: "aggregate", op, of };
}

function readAggregate(text: string): AggregateName | undefined {
  return text === "count" || text === "avg" || text === "min" || text === "max" || text === "sum" ? text : undefined;
}
