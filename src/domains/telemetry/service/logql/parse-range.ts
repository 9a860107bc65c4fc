// Range aggregations of LogQL: `op(parameter, {…} | pipeline [5m] | unwrap x offset 1m) by (…)`, and which parts each operation allows.
import { parseNames, type Cursor } from "./cursor.ts";
import { parseLogExpression, parseStages } from "./parse-log.ts";
import type { Grouping, LogExpression, RangeAggregation } from "./ast.ts";

const unwrapRequired: ReadonlySet<string> = new Set([
  "sum_over_time", "avg_over_time", "max_over_time", "min_over_time", "stddev_over_time", "stdvar_over_time", "quantile_over_time",
  "first_over_time", "last_over_time", "rate_counter",
]);
const unwrapAllowed: ReadonlySet<string> = new Set([...unwrapRequired, "rate", "absent_over_time"]);
const groupingAllowed: ReadonlySet<string> = new Set([
  "avg_over_time", "max_over_time", "min_over_time", "stddev_over_time", "stdvar_over_time", "quantile_over_time", "first_over_time", "last_over_time",
]);

/** `by (…)` or `without (…)`, or undefined where neither stands here. */
export function parseGrouping(cursor: Cursor): Grouping | undefined {
  if (!cursor.isWord("by", "without")) return undefined;
  const isWithout = cursor.next().text === "without";
  return { isWithout, labels: parseNames(cursor) };
}

export function parseRangeAggregation(cursor: Cursor): RangeAggregation {
  const token = cursor.next();
  const op = token.text;
  cursor.expectOperator("(");
  let parameter: number | undefined;
  if (cursor.peek().kind === "number") {
    parameter = cursor.next().value;
    if (op !== "quantile_over_time") throw cursor.error(token.start, `parameter ${parameter} not supported for operation ${op}`);
    cursor.expectOperator(",");
  } else if (cursor.isOperator("-", "+")) cursor.fail("NUMBER without a sign, or a log selector");
  else if (op === "quantile_over_time") throw cursor.error(token.start, `parameter required for operation ${op}`);
  const body = parseRange(cursor);
  cursor.expectOperator(")");
  const grouping = parseGrouping(cursor);
  if (grouping !== undefined && !groupingAllowed.has(op)) throw cursor.error(token.start, `grouping not allowed for ${op} aggregation`);
  const hasUnwrap = body.log.stages.some((stage) => stage.kind === "unwrap");
  if (hasUnwrap && !unwrapAllowed.has(op)) throw cursor.error(token.start, `invalid aggregation ${op} with unwrap`);
  if (!hasUnwrap && unwrapRequired.has(op)) throw cursor.error(token.start, `invalid aggregation ${op} without unwrap`);
  return { kind: "range", op, parameter, ...body, grouping };
}

interface RangeBody { readonly log: LogExpression; readonly rangeNs: number; readonly offsetNs: number }

/** The selector with its window in any of the documented places: before, between or after the pipeline, also in parentheses. */
function parseRange(cursor: Cursor): RangeBody {
  return cursor.nested(() => {
    let log: LogExpression;
    if (cursor.takeOperator("(")) {
      const inner = parseRangeOrLog(cursor);
      cursor.expectOperator(")");
      if ("rangeNs" in inner) return inner;
      log = inner;
    } else log = parseLogExpression(cursor, undefined, true);
    return finishRange(cursor, log);
  });
}

function parseRangeOrLog(cursor: Cursor): RangeBody | LogExpression {
  const log = cursor.isOperator("(") ? parseRange(cursor) : parseLogExpression(cursor, undefined, true);
  if ("rangeNs" in log) return log;
  return cursor.isOperator("[") ? finishRange(cursor, log) : log;
}

function finishRange(cursor: Cursor, log: LogExpression): RangeBody {
  let stages = [...log.stages, ...parseStages(cursor, true)];
  const open = cursor.expectOperator("[");
  const token = cursor.peek();
  if (token.kind !== "duration") cursor.fail("a duration such as 5m");
  cursor.next();
  cursor.expectOperator("]");
  if (token.value <= 0) throw cursor.error(open.start, `syntax error: unexpected range ${token.text}, expecting a duration above 0`);
  let offsetNs = parseOffset(cursor) ?? 0;
  stages = [...stages, ...parseStages(cursor, true)];
  offsetNs = parseOffset(cursor) ?? offsetNs;
  return { log: { kind: "log", matchers: log.matchers, stages }, rangeNs: token.value, offsetNs };
}

function parseOffset(cursor: Cursor): number | undefined {
  if (!cursor.takeWord("offset")) return undefined;
  const isNegative = cursor.takeOperator("-");
  const token = cursor.peek();
  if (token.kind !== "duration" && !(token.kind === "number" && token.value === 0)) cursor.fail("a duration such as 5m");
  cursor.next();
  return isNegative ? -token.value : token.value;
}
