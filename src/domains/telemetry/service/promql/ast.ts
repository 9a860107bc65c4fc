// The tree of a PromQL expression. `start` and `end` are offsets into the text, for errors and annotations.

export interface Matcher { readonly name: string; readonly op: "=" | "!=" | "=~" | "!~"; readonly value: string }

export type AtModifier = { readonly kind: "time"; readonly ms: number } | { readonly kind: "start" } | { readonly kind: "end" };

interface Node { readonly start: number; end: number }

export interface NumberNode extends Node { readonly kind: "number"; readonly value: number; readonly isDuration: boolean }
export interface StringNode extends Node { readonly kind: "string"; readonly text: string }
export interface VectorNode extends Node {
  readonly kind: "vector";
  /** Undefined where the name is matched in the braces or not at all. */
  readonly name: string | undefined;
  /** All of them, the name's included. */
  readonly matchers: readonly Matcher[];
  offsetMs: number;
  at: AtModifier | undefined;
}
export interface MatrixNode extends Node { readonly kind: "matrix"; readonly selector: VectorNode; readonly rangeMs: number }
export interface SubqueryNode extends Node {
  readonly kind: "subquery"; readonly expr: Expr; readonly rangeMs: number; readonly stepMs: number | undefined;
  offsetMs: number;
  at: AtModifier | undefined;
}
export interface UnaryNode extends Node { readonly kind: "unary"; readonly op: "+" | "-"; readonly expr: Expr }
export interface ParenNode extends Node { readonly kind: "paren"; readonly expr: Expr }

export interface Matching {
  readonly cardinality: "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";
  readonly isOn: boolean;
  readonly labels: readonly string[];
  readonly include: readonly string[];
}
export type BinaryOp = "+" | "-" | "*" | "/" | "%" | "^" | "atan2" | "==" | "!=" | ">" | "<" | ">=" | "<=" | "and" | "or" | "unless" | "</" | ">/";
export interface BinaryNode extends Node {
  readonly kind: "binary"; readonly op: BinaryOp; readonly left: Expr; readonly right: Expr; readonly isBool: boolean;
  /** Undefined where neither side is a vector. */
  readonly matching: Matching;
  /** Where the operator stands. */
  readonly opStart: number;
}
export interface AggregateNode extends Node {
  readonly kind: "aggregate"; readonly op: string; readonly expr: Expr; readonly param: Expr | undefined;
  readonly grouping: readonly string[]; readonly isWithout: boolean;
}
export interface CallNode extends Node { readonly kind: "call"; readonly name: string; readonly args: readonly Expr[] }

export type Expr = NumberNode | StringNode | VectorNode | MatrixNode | SubqueryNode | UnaryNode | ParenNode | BinaryNode | AggregateNode | CallNode;
export type ValueType = "scalar" | "vector" | "matrix" | "string";

export const comparisonOps: ReadonlySet<string> = new Set(["==", "!=", ">", "<", ">=", "<="]);
/** Histograms cut at a bound. */
export const trimOps: ReadonlySet<string> = new Set(["</", ">/"]);
export const setOps: ReadonlySet<string> = new Set(["and", "or", "unless"]);
