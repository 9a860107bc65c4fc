// Field expressions of TraceQL: what stands within { } and in aggregates, with the types that can be told before a span was seen.
import { checkRegex } from "../regex.ts";
import type { Cursor } from "./cursor.ts";
import type { Token } from "./lexer.ts";
import { intrinsicNames, type FieldExpression, type FieldOperator, type IntrinsicName, type Scope, type StaticType } from "./ast.ts";

const precedence: Readonly<Record<string, number>> = {
  "&&": 1,
  "||": 1,
  "=": 2,
  "!=": 2,
  "<": 2,
  "<=": 2,
  ">": 2,
  ">=": 2,
  "=~": 2,
  "!~": 2,
  "+": 3,
  "-": 3,
  "*": 4,
  "/": 4,
  "%": 4,
  "^": 5,
};
const statuses = ["unset", "ok", "error"] as const;
const kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
/** Status and kind as OTLP numbers them. */
export const statusNumbers: ReadonlyMap<string, number> = new Map(statuses.map((name, number) => [name, number]));
export const kindNumbers: ReadonlyMap<string, number> = new Map(kinds.map((name, number) => [name, number]));
export const statusNames: readonly string[] = statuses;
export const kindNames: readonly string[] = kinds;

const aliases: Readonly<Record<string, IntrinsicName>> = {
  "span:name": "name",
  "span:duration": "duration",
  "span:kind": "kind",
  "span:status": "status",
  "span:statusMessage": "statusMessage",
  "span:childCount": "childCount",
  "trace:duration": "traceDuration",
  "trace:rootName": "rootName", "trace:rootService": "rootServiceName", "span:parentId": "span:parentID", "link:traceId": "link:traceID", "link:spanId": "link:spanID",
};
const types: Readonly<Partial<Record<IntrinsicName, StaticType>>> = {
  name: "string",
  statusMessage: "string",
  rootName: "string",
  rootServiceName: "string",
  status: "status",
  kind: "kind",
  duration: "duration",
  traceDuration: "duration",
  nestedSetLeft: "int",
  nestedSetRight: "int",
  nestedSetParent: "int",
  childCount: "int",
  "trace:id": "string",
  "span:id": "string",
  "span:parentID": "string",
  "event:name": "string",
  "event:timeSinceStart": "duration",
  "link:traceID": "string", "link:spanID": "string", "instrumentation:name": "string", "instrumentation:version": "string", parent: "nil",
};

/** The type of an expression; undefined where only spans can tell (attributes). */
export function typeOf(expression: FieldExpression): StaticType | undefined {
  switch (expression.kind) {
    case "static": return expression.type;
    case "attribute": return undefined;
    case "intrinsic": return types[expression.name];
    case "unary": return expression.op === "!" ? "boolean" : typeOf(expression.of);
    case "binary": {
      if ("+-*/%^".includes(expression.op)) {
        const left = typeOf(expression.left);
        const right = typeOf(expression.right);
        return left === "duration" || right === "duration"
          ? "duration"
          : left === undefined || right === undefined
            ? undefined
            : left === "float" || right === "float"
              ? "float"
              : "int";
      }
      return "boolean";
    }
  }
}

/** Whether an expression asks for anything of a span, an attribute or an intrinsic. */
export function readsSpan(expression: FieldExpression): boolean {
  switch (expression.kind) {
    case "static": return false;
    case "attribute": case "intrinsic": return true;
    case "unary": return readsSpan(expression.of);
    case "binary": return readsSpan(expression.left) || readsSpan(expression.right);
  }
}

/** What every span has: it is never nil. */
const alwaysThere: ReadonlySet<IntrinsicName> = new Set([
  "name",
  "status",
  "statusMessage",
  "duration",
  "kind",
  "traceDuration",
  "rootName",
  "rootServiceName",
  "trace:id",
  "span:id",
]);

function isNeverNil(field: FieldExpression): boolean {
  if (field.kind === "intrinsic") return !field.isParent && alwaysThere.has(field.name);
  return field.kind === "attribute" && !field.isParent && field.scope === "resource" && field.name === "service.name";
}

const numeric: ReadonlySet<StaticType> = new Set(["int", "float", "duration"]);

export function parseField(cursor: Cursor, minimum = 0): FieldExpression {
  return cursor.nested(() => {
    let left = parseUnary(cursor);
    for (;;) {
      const token = cursor.peek();
      const level = token.kind === "operator" ? precedence[token.text] : undefined;
      if (level === undefined || level < minimum) return left;
      cursor.next();
      const op = readOperator(token.text);
      const right = parseField(cursor, op === "^" ? level : level + 1);
      checkTypes(cursor, token, op, { left, right });
      left = { kind: "binary", op, left, right };
    }
  });
}

function readOperator(text: string): FieldOperator {
  switch (text) {
    case "=":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "=~":
    case "!~":
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
    case "^":
    case "&&":
    case "||":
      return text;
    default: throw new Error(`BUG: expected an operator, got ${text}`);
  }
}

function checkTypes(cursor: Cursor, token: Token, op: FieldOperator, sides: { readonly left: FieldExpression; readonly right: FieldExpression }): void {
  const left = typeOf(sides.left);
  const right = typeOf(sides.right);
  const wrong = (why: string) => cursor.error(token.start, `${why}: ${left ?? "attribute"} ${op} ${right ?? "attribute"}`);
  if (op === "=~" || op === "!~") {
    if ((left !== undefined && left !== "string") || right !== "string") throw wrong("regular expressions operate on strings");
    if (sides.right.kind !== "static" || typeof sides.right.value !== "string") throw wrong("expecting a quoted regular expression at the right");
    const problem = checkRegex(sides.right.value);
    if (problem !== undefined) throw cursor.error(token.start, `invalid regular expression: ${problem}`);
    return;
  }
  if (op === "&&" || op === "||") {
    if ((left !== undefined && left !== "boolean") || (right !== undefined && right !== "boolean")) throw wrong("illegal operation for the given types");
    return;
  }
  const isNil = left === "nil" || right === "nil";
  if (isNil && op !== "=" && op !== "!=") throw wrong("nil can only be compared with = and !=");
  if (isNil && op === "=" && (isNeverNil(sides.left) || isNeverNil(sides.right))) throw wrong("intrinsics and resource.service.name cannot be nil");
  const isArithmetic = "+-*/%^".includes(op);
  if (isArithmetic && [left, right].some((type) => type !== undefined && !numeric.has(type))) throw wrong("illegal operation for the given types");
  if (isNil || left === undefined || right === undefined) return;
  if (left !== right && !(numeric.has(left) && numeric.has(right))) throw wrong("binary operations must operate on the same type");
  if (["<", "<=", ">", ">="].includes(op) && !numeric.has(left) && left !== "string") throw wrong("illegal operation for the given types");
}

function parseUnary(cursor: Cursor): FieldExpression {
  const token = cursor.peek();
  if (cursor.isOperator("!")) {
    cursor.next();
    const of = cursor.nested(() => parseUnary(cursor));
    const type = typeOf(of);
    if (type !== undefined && type !== "boolean") throw cursor.error(token.start, `illegal operation for the given type: !${type}`);
    return { kind: "unary", op: "!", of };
  }
  if (cursor.isOperator("-")) {
    cursor.next();
    const of = cursor.nested(() => parseUnary(cursor));
    const type = typeOf(of);
    if (type !== undefined && !numeric.has(type)) throw cursor.error(token.start, `illegal operation for the given type: -${type}`);
    return of.kind === "static" && typeof of.value === "number" ? { ...of, value: -of.value } : { kind: "unary", op: "-", of };
  }
  if (cursor.takeOperator("(")) {
    const inner = parseField(cursor);
    cursor.expectOperator(")");
    return inner;
  }
  return parseOperand(cursor);
}

function parseOperand(cursor: Cursor): FieldExpression {
  const token = cursor.peek();
  switch (token.kind) {
    case "string": cursor.next(); return { kind: "static", type: "string", value: token.text };
    case "int": case "float": case "duration": cursor.next(); return { kind: "static", type: token.kind, value: token.value };
    case "attribute": cursor.next(); return attributeOf(token);
    case "intrinsic": case "word": {
      const found = wordOf(token.text);
      if (found === undefined) return cursor.fail("an attribute, an intrinsic or a literal");
      cursor.next();
      return found;
    }
    default: return cursor.fail("an attribute, an intrinsic or a literal");
  }
}

function attributeOf(token: Token): FieldExpression {
  const isParent = token.scope.startsWith("parent");
  const scope = token.scope.replace(/^parent\.?/, "");
  const readScope = (text: string): Scope => (text === "span" || text === "resource" || text === "event" || text === "link" || text === "instrumentation" ? text : "any");
  if (isParent && scope === "") {
    const intrinsic = intrinsicNames.find((name) => name === token.text && ["name", "status", "statusMessage", "duration", "kind"].includes(name));
    if (intrinsic !== undefined) return { kind: "intrinsic", name: intrinsic, isParent: true };
  }
  return { kind: "attribute", scope: readScope(scope), name: token.text, isParent };
}

function wordOf(text: string): FieldExpression | undefined {
  if (text === "true" || text === "false") return { kind: "static", type: "boolean", value: text === "true" };
  if (text === "nil") return { kind: "static", type: "nil", value: undefined };
  const status = statusNumbers.get(text);
  if (status !== undefined) return { kind: "static", type: "status", value: status };
  const kind = kindNumbers.get(text);
  if (kind !== undefined) return { kind: "static", type: "kind", value: kind };
  const name = aliases[text] ?? intrinsicNames.find((one) => one === text);
  return name === undefined ? undefined : { kind: "intrinsic", name, isParent: false };
}
