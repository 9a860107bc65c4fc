// A tree as text again (format_query) and as the JSON of parse_query.
import { type AtModifier, type BinaryNode, type Expr, type Matcher, setOps, type VectorNode } from "./ast.ts";
import { signatures } from "./signatures.ts";
import { formatFloat } from "./format.ts";

const lineCharsMax = 100;
const units: readonly (readonly [string, number])[] = [["y", 31_536_000_000], ["w", 604_800_000], ["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000], ["ms", 1]];

export function printDuration(ms: number): string {
  if (ms === 0) return "0s";
  let rest = Math.abs(ms), text = "";
  for (const [unit, size] of units) {
    // Years and weeks only where nothing remains, as Prometheus prints them.
    const count = unit === "y" || unit === "w" ? (rest % size === 0 ? rest / size : 0) : Math.floor(rest / size);
    if (count === 0) continue;
    text += `${count}${unit}`;
    rest -= count * size;
  }
  return `${ms < 0 ? "-" : ""}${text}`;
}

const isPlainName = (name: string): boolean => /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
const isPlainLabel = (name: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
const label = (name: string): string => (isPlainLabel(name) ? name : JSON.stringify(name));
const printMatcher = ({ name, op, value }: Matcher): string => `${label(name)}${op}${JSON.stringify(value)}`;

function printModifiers(node: { readonly offsetMs: number; readonly at: AtModifier | undefined }): string {
  const at = node.at === undefined ? "" : node.at.kind === "time" ? ` @ ${(node.at.ms / 1000).toFixed(3)}` : ` @ ${node.at.kind}()`;
  const offset = node.offsetMs === 0 ? "" : ` offset ${printDuration(node.offsetMs)}`;
  return `${at}${offset}`;
}

function printVector(node: VectorNode): string {
  const matchers = node.matchers.filter((matcher) => node.name === undefined || matcher.name !== "__name__").map(printMatcher);
  const isPlain = node.name !== undefined && isPlainName(node.name);
  return `${isPlain ? node.name : ""}${matchers.length === 0 && isPlain ? "" : `{${matchers.join(",")}}`}`;
}

function printMatching(node: BinaryNode): string {
  const { matching } = node;
  const hasLabels = matching.labels.length > 0 || matching.isOn;
  const on = hasLabels ? ` ${matching.isOn ? "on" : "ignoring"} (${matching.labels.map(label).join(", ")})` : "";
  const group = matching.cardinality === "many-to-one" ? " group_left" : matching.cardinality === "one-to-many" ? " group_right" : "";
  return `${node.isBool ? " bool" : ""}${on}${group === "" ? "" : `${group} (${matching.include.map(label).join(", ")})`}`;
}

function printGrouping(grouping: readonly string[], isWithout: boolean): string {
  return grouping.length === 0 && !isWithout ? "" : ` ${isWithout ? "without" : "by"} (${grouping.map(label).join(", ")}) `;
}

/** On one line. */
function printLine(expr: Expr): string {
  switch (expr.kind) {
    case "number": return expr.isDuration ? printDuration(expr.value * 1000) : formatFloat(expr.value);
    case "string": return JSON.stringify(expr.text);
    case "vector": return printVector(expr) + printModifiers(expr);
    case "matrix": return `${printVector(expr.selector)}[${printDuration(expr.rangeMs)}]${printModifiers(expr.selector)}`;
    case "subquery": return `${printLine(expr.expr)}[${printDuration(expr.rangeMs)}:${expr.stepMs === undefined ? "" : printDuration(expr.stepMs)}]${printModifiers(expr)}`;
    case "paren": return `(${printLine(expr.expr)})`;
    case "unary": return `${expr.op}${printLine(expr.expr)}`;
    case "binary": return `${printLine(expr.left)} ${expr.op}${printMatching(expr)} ${printLine(expr.right)}`;
    case "aggregate": return `${expr.op}${printGrouping(expr.grouping, expr.isWithout)}(${expr.param ? `${printLine(expr.param)}, ` : ""}${printLine(expr.expr)})`;
    case "call": return `${expr.name}(${expr.args.map(printLine).join(", ")})`;
  }
}

/** Broken into lines where it is too long for one. */
export function printExpr(expr: Expr, indent = 0): string {
  const pad = "  ".repeat(indent);
  const line = printLine(expr);
  if (pad.length + line.length <= lineCharsMax) return pad + line;
  switch (expr.kind) {
    case "paren": return `${pad}(\n${printExpr(expr.expr, indent + 1)}\n${pad})`;
    case "binary": return `${printExpr(expr.left, indent + 1)}\n${pad}${expr.op}${printMatching(expr)}\n${printExpr(expr.right, indent + 1)}`;
    case "aggregate":
      return `${pad}${expr.op}${printGrouping(expr.grouping, expr.isWithout)}(\n${[...(expr.param ? [expr.param] : []), expr.expr].map((one) => printExpr(one, indent + 1)).join(",\n")}\n${pad})`;
    case "call": return `${pad}${expr.name}(\n${expr.args.map((one) => printExpr(one, indent + 1)).join(",\n")}\n${pad})`;
    case "unary": return `${pad}${expr.op}${printExpr(expr.expr, indent).trimStart()}`;
    default: return pad + line;
  }
}

/** Every selector of the tree. */
export function selectorsOf(expr: Expr): readonly VectorNode[] {
  switch (expr.kind) {
    case "number": case "string": return [];
    case "vector": return [expr];
    case "matrix": return [expr.selector];
    case "subquery": case "paren": case "unary": return selectorsOf(expr.expr);
    case "binary": return [...selectorsOf(expr.left), ...selectorsOf(expr.right)];
    case "aggregate": return [...(expr.param ? selectorsOf(expr.param) : []), ...selectorsOf(expr.expr)];
    case "call": return expr.args.flatMap(selectorsOf);
  }
}

function describeModifiers(node: { readonly offsetMs: number; readonly at: AtModifier | undefined }) {
  return { offset: node.offsetMs, timestamp: node.at?.kind === "time" ? node.at.ms : null, startOrEnd: node.at === undefined || node.at.kind === "time" ? null : node.at.kind };
}

function describeVector(node: VectorNode) {
  return { type: "vectorSelector", name: node.name ?? "", matchers: node.matchers.map(({ name, op, value }) => ({ name, type: op, value })), ...describeModifiers(node) };
}

/** The tree in the form that Prometheus' own UI reads. */
export function describeExpr(expr: Expr): unknown {
  switch (expr.kind) {
    case "number": return { type: "numberLiteral", val: formatFloat(expr.value) };
    case "string": return { type: "stringLiteral", val: expr.text };
    case "vector": return describeVector(expr);
    case "matrix": return { ...describeVector(expr.selector), type: "matrixSelector", range: expr.rangeMs };
    case "subquery": return { type: "subquery", expr: describeExpr(expr.expr), range: expr.rangeMs, step: expr.stepMs ?? 0, ...describeModifiers(expr) };
    case "paren": return { type: "parenExpr", expr: describeExpr(expr.expr) };
    case "unary": return { type: "unaryExpr", op: expr.op, expr: describeExpr(expr.expr) };
    case "aggregate":
      return {
        type: "aggregation",
        op: expr.op,
        expr: describeExpr(expr.expr),
        param: expr.param ? describeExpr(expr.param) : null,
        grouping: expr.grouping,
        without: expr.isWithout,
      };
    case "call": {
      const signature = signatures.get(expr.name);
      return {
        type: "call",
        func: { name: expr.name, argTypes: signature?.args ?? [], variadic: signature?.variadic ?? 0, returnType: signature?.returns ?? "vector" },
        args: expr.args.map(describeExpr),
      };
    }
    case "binary": {
      const { matching } = expr;
      return {
        type: "binaryExpr",
        op: expr.op,
        lhs: describeExpr(expr.left),
        rhs: describeExpr(expr.right),
        bool: expr.isBool,
        matching: { card: setOps.has(expr.op) ? "many-to-many" : matching.cardinality, labels: matching.labels, on: matching.isOn, include: matching.include },
      };
    }
  }
}
