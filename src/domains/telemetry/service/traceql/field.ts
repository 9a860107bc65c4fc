// Field expressions as functions of a row. A value that is absent is undefined; events and links give lists, of which any may match.
import { compileAnchoredRegex } from "../regex.ts";
import { valueString, valueJson } from "../otlp/any-value.ts";
import { hexTrace } from "../traces/ids.ts";
import type { TraceView } from "./trace-view.ts";
import type { AttributeField, CompareOperator, FieldExpression, FieldOperator, IntrinsicName } from "./ast.ts";

export type Value = string | number | boolean | undefined | readonly unknown[];
export type Read = (row: number) => Value;
export type Test = (row: number) => boolean;

export function compileTest(expression: FieldExpression | undefined, view: TraceView): Test {
  if (expression === undefined) return () => true;
  if (expression.kind === "binary") {
    if (expression.op === "&&") { const left = compileTest(expression.left, view); const right = compileTest(expression.right, view); return (row) => left(row) && right(row); }
    if (expression.op === "||") { const left = compileTest(expression.left, view); const right = compileTest(expression.right, view); return (row) => left(row) || right(row); }
    const fast = compileFast(expression, view);
    if (fast !== undefined) return fast;
    return compileComparison(expression.op, expression.left, expression.right, view);
  }
  if (expression.kind === "unary" && expression.op === "!") { const inner = compileRead(expression.of, view); return (row) => inner(row) === false; }
  const read = compileRead(expression, view);
  return (row) => read(row) === true;
}

/** The shapes that decide most queries, without a value made for each row. */
function compileFast(expression: Extract<FieldExpression, { kind: "binary" }>, view: TraceView): Test | undefined {
  const { left, right, op } = expression;
  const { store } = view;
  if (right.kind !== "static") return undefined;
  if (left.kind === "intrinsic" && !left.isParent) {
    if (left.name === "duration" && typeof right.value === "number") return numberTest(store.duration, op, right.value);
    if (left.name === "status" && typeof right.value === "number") return numberTest(store.status, op, right.value);
    if (left.name === "kind" && typeof right.value === "number") return numberTest(store.kind, op, right.value);
    if (left.name === "name" && typeof right.value === "string" && (op === "=" || op === "!=")) {
      const id = store.texts.find(right.value) ?? -1;
      const { name } = store;
      return op === "=" ? (row) => name[row] === id : (row) => name[row] !== id;
    }
    return undefined;
  }
  if (left.kind !== "attribute" || left.isParent || left.scope !== "span" || typeof right.value !== "string" || op !== "=") return undefined;
  const key = store.names.find(left.name);
  const id = store.texts.find(right.value);
  if (key === undefined) return () => false;
  const { attributes, attributeStart, attributeEnd } = store;
  return (row) => {
    const at = attributes.find(attributeStart[row] ?? 0, attributeEnd[row] ?? 0, key);
    if (at < 0) return false;
    if (attributes.typeAt(at) === valueString) return attributes.textIdAt(at) === id;
    return attributes.typeAt(at) === valueJson && anyOf(attributes.read(at), (one) => one === right.value);
  };
}

function numberTest(column: Float64Array | Uint8Array, op: FieldOperator, limit: number): Test | undefined {
  switch (op) {
    case "=": return (row) => column[row] === limit;
    case "!=": return (row) => column[row] !== limit;
    case "<": return (row) => (column[row] ?? 0) < limit;
    case "<=": return (row) => (column[row] ?? 0) <= limit;
    case ">": return (row) => (column[row] ?? 0) > limit;
    case ">=": return (row) => (column[row] ?? 0) >= limit;
    default: return undefined;
  }
}

function isList(value: unknown): value is readonly unknown[] { return Array.isArray(value); }
function anyOf(value: Value, test: (one: unknown) => boolean): boolean { return isList(value) ? value.some(test) : test(value); }

export function compareValues(op: CompareOperator, left: unknown, right: unknown): boolean {
  if (typeof left !== typeof right || left === undefined) return false;
  if (op === "=") return left === right;
  if (op === "!=") return left !== right;
  if (typeof left === "number" && typeof right === "number") return op === "<" ? left < right : op === "<=" ? left <= right : op === ">" ? left > right : left >= right;
  if (typeof left === "string" && typeof right === "string") return op === "<" ? left < right : op === "<=" ? left <= right : op === ">" ? left > right : left >= right;
  return false;
}

function compileComparison(op: FieldOperator, leftExpression: FieldExpression, rightExpression: FieldExpression, view: TraceView): Test {
  const left = compileRead(leftExpression, view);
  if (rightExpression.kind === "static" && rightExpression.type === "nil") return op === "=" ? (row) => isAbsent(left(row)) : (row) => !isAbsent(left(row));
  if (leftExpression.kind === "static" && leftExpression.type === "nil") {
    const right = compileRead(rightExpression, view);
    return op === "=" ? (row) => isAbsent(right(row)) : (row) => !isAbsent(right(row));
  }
  if (op === "=~" || op === "!~") {
    const regex = compileAnchoredRegex(rightExpression.kind === "static" && typeof rightExpression.value === "string" ? rightExpression.value : "");
    return (row) => {
      const value = left(row);
      return op === "=~"
        ? anyOf(value, (one) => typeof one === "string" && regex.test(one))
        : anyOf(value, (one) => typeof one === "string" && !regex.test(one));
    };
  }
  const right = compileRead(rightExpression, view);
  switch (op) {
    case "=": case "!=": case "<": case "<=": case ">": case ">=":
      return (row) => { const a = left(row); const b = right(row); return anyOf(a, (one) => anyOf(b, (two) => compareValues(op, one, two))); };
    default: { const read = compileRead({ kind: "binary", op, left: leftExpression, right: rightExpression }, view); return (row) => read(row) === true; }
  }
}

function isAbsent(value: Value): boolean { return value === undefined || (isList(value) && value.length === 0); }

export function compileRead(expression: FieldExpression, view: TraceView): Read {
  switch (expression.kind) {
    case "static": { const { value } = expression; return () => value; }
    case "attribute": return withParent(expression.isParent, compileAttribute(expression, view), view);
    case "intrinsic": return withParent(expression.isParent, compileIntrinsic(expression.name, view), view);
    case "unary": {
      const read = compileRead(expression.of, view);
      return expression.op === "-"
        ? (row) => {
            const value = read(row);
            return typeof value === "number" ? -value : undefined;
          }
        : (row) => {
            const value = read(row);
            return typeof value === "boolean" ? !value : undefined;
          };
    }
    case "binary": {
      if (!"+-*/%^".includes(expression.op)) return compileTest(expression, view);
      const left = compileRead(expression.left, view);
      const right = compileRead(expression.right, view);
      return (row) => { const a = left(row); const b = right(row); return typeof a === "number" && typeof b === "number" ? arithmetic(expression.op, a, b) : undefined; };
    }
  }
}

export function arithmetic(op: string, a: number, b: number): number {
  switch (op) {
    case "+": return a + b;
    case "-": return a - b;
    case "*": return a * b;
    case "/": return a / b;
    case "%": return a % b;
    default: return a ** b;
  }
}

function withParent(isParent: boolean, read: Read, view: TraceView): Read {
  if (!isParent) return read;
  const { parent } = view.store;
  return (row) => { const up = parent[row] ?? -1; return up < 0 ? undefined : read(up); };
}

function compileAttribute(field: AttributeField, view: TraceView): Read {
  const { store } = view;
  const { attributes } = store;
  const key = store.names.find(field.name);
  if (key === undefined) return field.scope === "event" || field.scope === "link" ? () => [] : () => undefined;
  const inRun = (start: number, end: number): Value => { const at = attributes.find(start, end, key); return at < 0 ? undefined : attributes.read(at); };
  const inSpan: Read = (row) => inRun(store.attributeStart[row] ?? 0, store.attributeEnd[row] ?? 0);
  const byResource: Value[] = store.resources.map((resource) => inRun(resource.start, resource.end));
  const inResource: Read = (row) => byResource[store.resource[row] ?? 0];
  switch (field.scope) {
    case "span": return inSpan;
    case "resource": return inResource;
    case "any": return (row) => inSpan(row) ?? inResource(row);
    case "instrumentation": { const byScope: Value[] = store.scopes.map((scope) => inRun(scope.start, scope.end)); return (row) => byScope[store.scope[row] ?? 0]; }
    case "event": return (row) => (store.events.get(row) ?? []).flatMap((event) => { const value = inRun(event.start, event.end); return value === undefined ? [] : [value]; });
    case "link": return (row) => (store.links.get(row) ?? []).flatMap((link) => { const value = inRun(link.start, link.end); return value === undefined ? [] : [value]; });
  }
}

function compileIntrinsic(name: IntrinsicName, view: TraceView): Read {
  const { store } = view;
  const { texts } = store;
  const root = (row: number) => view.summary(store.trace[row] ?? 0).rootRow;
  switch (name) {
    case "name": return (row) => texts.get(store.name[row] ?? 0);
    case "status": return (row) => store.status[row];
    case "kind": return (row) => store.kind[row];
    case "statusMessage": return (row) => texts.get(store.message[row] ?? 0);
    case "duration": return (row) => store.duration[row];
    case "traceDuration": return (row) => view.summary(store.trace[row] ?? 0).durationNs;
    case "rootName": return (row) => (view.hasRoot(store.trace[row] ?? 0) ? store.nameOf(root(row)) : "");
    case "rootServiceName": return (row) => (view.hasRoot(store.trace[row] ?? 0) ? store.serviceOf(root(row)) : "");
    case "nestedSetLeft": return (row) => view.nestedSet(row).left;
    case "nestedSetRight": return (row) => view.nestedSet(row).right;
    case "nestedSetParent": return (row) => view.nestedSet(row).parent;
    case "childCount": return (row) => view.childCount(row);
    case "trace:id": return (row) => hexTrace(store.traces.hex(store.trace[row] ?? 0));
    case "span:id": return (row) => store.spanIdOf(row);
    case "span:parentID": return (row) => store.parentIdOf(row);
    case "parent": return (row) => { const id = store.parentIdOf(row); return id === "" ? undefined : id; };
    case "event:name": return (row) => (store.events.get(row) ?? []).map((event) => event.name);
    case "event:timeSinceStart":
      return (row) => (store.events.get(row) ?? []).map((event) => (event.tsMs - (store.startMs[row] ?? 0)) * 1e6 + event.tsNs - (store.startNs[row] ?? 0));
    case "link:traceID": return (row) => (store.links.get(row) ?? []).map((link) => hexTrace(link.traceId));
    case "link:spanID": return (row) => (store.links.get(row) ?? []).map((link) => link.spanId);
    case "instrumentation:name": return (row) => store.scopes[store.scope[row] ?? 0]?.name;
    case "instrumentation:version": return (row) => store.scopes[store.scope[row] ?? 0]?.version;
  }
}
