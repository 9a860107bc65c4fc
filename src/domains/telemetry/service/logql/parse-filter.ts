// Label filters of LogQL: comparisons joined by and, or, comma and juxtaposition. `and` binds tighter than `or`.
import type { Cursor } from "./cursor.ts";
import { checkRegex } from "../regex.ts";
import { checkIpPattern } from "./ip.ts";
import type { CompareOperator, LabelFilter } from "./ast.ts";

export function parseLabelFilter(cursor: Cursor): LabelFilter {
  return cursor.nested(() => {
    let left = parseAnd(cursor);
    while (cursor.isWord("or") && startsFilter(cursor, 1)) {
      cursor.next();
      left = { kind: "or", left, right: parseAnd(cursor) };
    }
    return left;
  });
}

function parseAnd(cursor: Cursor): LabelFilter {
  let left = parseUnit(cursor);
  for (;;) {
    if ((cursor.isWord("and") || cursor.isOperator(",")) && startsFilter(cursor, 1)) cursor.next();
    else if (!startsFilter(cursor, 0)) return left;
    left = { kind: "and", left, right: parseUnit(cursor) };
  }
}

/** Whether a filter stands `ahead` tokens from here, so that `or` between two metric expressions is not taken. */
function startsFilter(cursor: Cursor, ahead: number): boolean {
  const token = cursor.peek(ahead);
  if (token.text === "(" && token.kind === "operator") return startsFilter(cursor, ahead + 1);
  return token.kind === "identifier" && ["=", "!=", "=~", "!~", "==", ">", ">=", "<", "<="].includes(cursor.peek(ahead + 1).text);
}

function parseUnit(cursor: Cursor): LabelFilter {
  if (cursor.takeOperator("(")) {
    const inner = parseLabelFilter(cursor);
    cursor.expectOperator(")");
    return inner;
  }
  const name = cursor.expectIdentifier("a label name");
  const token = cursor.peek();
  const op = token.kind === "operator" ? token.text : "";
  if (!["=", "!=", "=~", "!~", "==", ">", ">=", "<", "<="].includes(op)) return cursor.fail("=, !=, =~, !~, ==, >, >=, < or <=");
  cursor.next();
  const value = cursor.peek();
  if (cursor.isWord("ip")) return parseIp(cursor, name, op, token.start);
  if (value.kind === "string") return parseString(cursor, name, op);
  const compare = readCompare(op);
  if (compare === undefined) return cursor.fail("a string");
  const isNegative = cursor.takeOperator("-");
  const operand = cursor.peek();
  if (operand.kind !== "number" && operand.kind !== "duration" && operand.kind !== "bytes") return cursor.fail("a string, a number, a duration (5m), a size (10KB) or ip(");
  cursor.next();
  return { kind: operand.kind, name, op: compare, value: isNegative ? -operand.value : operand.value };
}

function parseString(cursor: Cursor, name: string, op: string): LabelFilter {
  if (op !== "=" && op !== "!=" && op !== "=~" && op !== "!~") return cursor.fail("a number, a duration or a size");
  const { text, start } = cursor.next();
  if (op === "=~" || op === "!~") {
    const problem = checkRegex(text);
    if (problem !== undefined) throw cursor.error(start, problem);
  }
  return { kind: "string", matcher: { name, op, value: text } };
}

function parseIp(cursor: Cursor, name: string, op: string, start: number): LabelFilter {
  if (op !== "=" && op !== "!=") throw cursor.error(start, `syntax error: unexpected ip after ${op}, expecting = or != before it`);
  cursor.next();
  cursor.expectOperator("(");
  const pattern = cursor.expectString();
  cursor.expectOperator(")");
  const problem = checkIpPattern(pattern);
  if (problem !== undefined) throw cursor.error(start, problem);
  return { kind: "ip", name, isNegated: op === "!=", pattern };
}

function readCompare(op: string): CompareOperator | undefined {
  switch (op) {
    case "=": case "==": return "==";
    case "!=": case ">": case ">=": case "<": case "<=": return op;
    default: return undefined;
  }
}
