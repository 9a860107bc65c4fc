// Types of a PromQL tree: which operand, argument or range stands where it may. Knows no data.
import { type AggregateNode, type BinaryNode, type CallNode, comparisonOps, type Expr, setOps, type ValueType, type VectorNode } from "./ast.ts";
import { parseError } from "./errors.ts";
import { compileMatcher } from "./matcher.ts";
import { signatures, typeNames } from "./signatures.ts";

export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case "number": return "scalar";
    case "string": return "string";
    case "vector": case "aggregate": return "vector";
    case "matrix": case "subquery": return "matrix";
    case "unary": case "paren": return typeOf(expr.expr);
    case "binary": return typeOf(expr.left) === "scalar" && typeOf(expr.right) === "scalar" ? "scalar" : "vector";
    case "call": return signatures.get(expr.name)?.returns ?? "vector";
  }
}

function expectType(expr: Expr, wanted: ValueType, where: string, text: string): void {
  const type = typeOf(expr);
  if (type !== wanted) throw parseError(text, expr.start, `expected type ${typeNames[wanted]} in ${where}, got ${typeNames[type]}`);
}

function checkBinary(node: BinaryNode, text: string): void {
  const left = typeOf(node.left), right = typeOf(node.right);
  for (const [type, side] of [[left, node.left], [right, node.right]] as const) {
    if (type !== "scalar" && type !== "vector") throw parseError(text, side.start, `binary expression must contain only scalar and instant vector types, got ${typeNames[type]}`);
  }
  const isComparison = comparisonOps.has(node.op), isScalar = left === "scalar" && right === "scalar";
  if (node.isBool && !isComparison) throw parseError(text, node.opStart, "bool modifier can only be used on comparison operators");
  if (isComparison && !node.isBool && isScalar) throw parseError(text, node.opStart, "comparisons between scalars must use BOOL modifier");
  const { matching } = node;
  const twice = matching.isOn ? matching.labels.find((name) => matching.include.includes(name)) : undefined;
  if (twice !== undefined) throw parseError(text, node.opStart, `label "${twice}" must not occur in ON and GROUP clause at once`);
  if (left !== "vector" || right !== "vector") {
    if (matching.labels.length > 0) throw parseError(text, node.start, "vector matching only allowed between instant vectors");
    if (setOps.has(node.op)) throw parseError(text, node.start, `set operator "${node.op}" not allowed in binary scalar expression`);
  } else if (setOps.has(node.op) && matching.cardinality !== "many-to-many") throw parseError(text, node.start, `no grouping allowed for "${node.op}" operation`);
}

function checkCall(node: CallNode, text: string): void {
  const signature = signatures.get(node.name);
  if (signature === undefined) throw new Error("BUG: expected a known function");
  const { args, variadic } = signature;
  const count = node.args.length;
  if (variadic === 0) {
    if (count !== args.length) throw parseError(text, node.start, `expected ${args.length} argument(s) in call to "${node.name}", got ${count}`);
  } else {
    const least = args.length - 1;
    if (count < least) throw parseError(text, node.start, `expected at least ${least} argument(s) in call to "${node.name}", got ${count}`);
    if (variadic > 0 && count > least + variadic) throw parseError(text, node.start, `expected at most ${least + variadic} argument(s) in call to "${node.name}", got ${count}`);
  }
  for (const [index, arg] of node.args.entries()) expectType(arg, args[Math.min(index, args.length - 1)] ?? "vector", `call to function "${node.name}"`, text);
}

function checkVector(node: VectorNode, text: string): void {
  const named = node.matchers.filter((matcher) => matcher.name === "__name__");
  if (node.name !== undefined && named.length > 1) throw parseError(text, node.start, `metric name must not be set twice: "${node.name}" or "${named[0]?.value}"`);
  let hasNonEmpty = false;
  for (const matcher of node.matchers) {
    try {
      if (!compileMatcher(matcher).matches("")) hasNonEmpty = true;
    } catch (error) {
      throw parseError(text, node.start, `error parsing regexp ${JSON.stringify(matcher.value)}: ${error instanceof Error ? error.message : "broken"}`);
    }
  }
  if (!hasNonEmpty) throw parseError(text, node.start, "vector selector must contain at least one non-empty matcher");
}

function checkAggregate(node: AggregateNode, text: string): void {
  expectType(node.expr, "vector", "aggregation expression", text);
  if (node.param) expectType(node.param, node.op === "count_values" ? "string" : "scalar", "aggregation parameter", text);
}

/** Throws QueryError at the first fault, innermost first. */
export function checkTypes(expr: Expr, text: string): void {
  switch (expr.kind) {
    case "number": case "string": return;
    case "vector": checkVector(expr, text); return;
    case "matrix": checkVector(expr.selector, text); return;
    case "subquery":
      checkTypes(expr.expr, text);
      if (typeOf(expr.expr) !== "vector") throw parseError(text, expr.start, `subquery is only allowed on instant vector, got ${typeNames[typeOf(expr.expr)]} instead`);
      return;
    case "paren": checkTypes(expr.expr, text); return;
    case "unary": {
      checkTypes(expr.expr, text);
      const type = typeOf(expr.expr);
      if (type !== "scalar" && type !== "vector")
        throw parseError(text, expr.start, `unary expression only allowed on expressions of type scalar or instant vector, got "${typeNames[type]}"`);
      return;
    }
    case "binary": checkTypes(expr.left, text); checkTypes(expr.right, text); checkBinary(expr, text); return;
    case "aggregate":
      if (expr.param) checkTypes(expr.param, text);
      checkTypes(expr.expr, text);
      checkAggregate(expr, text);
      return;
    case "call": for (const arg of expr.args) checkTypes(arg, text); checkCall(expr, text); return;
  }
}
