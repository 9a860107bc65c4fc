// The tree of a TraceQL query, as the public documentation of Tempo describes the language.

export type Scope = "span" | "resource" | "event" | "link" | "instrumentation" | "any";
export type StaticType = "string" | "int" | "float" | "boolean" | "duration" | "status" | "kind" | "nil";
export interface AttributeField { readonly kind: "attribute"; readonly scope: Scope; readonly name: string; readonly isParent: boolean }
export interface IntrinsicField { readonly kind: "intrinsic"; readonly name: IntrinsicName; readonly isParent: boolean }
export type FieldExpression =
  | { readonly kind: "static"; readonly type: StaticType; readonly value: string | number | boolean | undefined }
  | AttributeField
  | IntrinsicField
  | { readonly kind: "unary"; readonly op: "-" | "!"; readonly of: FieldExpression }
  | { readonly kind: "binary"; readonly op: FieldOperator; readonly left: FieldExpression; readonly right: FieldExpression };

export type CompareOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";
export type FieldOperator = CompareOperator | "=~" | "!~" | "+" | "-" | "*" | "/" | "%" | "^" | "&&" | "||";

export const intrinsicNames = [
  "name", "status", "statusMessage", "duration", "kind", "traceDuration", "rootName", "rootServiceName", "nestedSetLeft", "nestedSetRight", "nestedSetParent", "childCount",
  "trace:id", "span:id", "span:parentID", "event:name", "event:timeSinceStart", "link:traceID", "link:spanID", "instrumentation:name", "instrumentation:version", "parent",
] as const;
export type IntrinsicName = (typeof intrinsicNames)[number];

export type StructuralOperator = ">" | ">>" | "<" | "<<" | "~" | "!>" | "!>>" | "!<" | "!<<" | "!~" | "&>" | "&>>" | "&<" | "&<<" | "&~";
export type SpansetOperator = StructuralOperator | "&&" | "||";
export type SpansetExpression =
  | { readonly kind: "filter"; readonly expression: FieldExpression | undefined }
  | { readonly kind: "operation"; readonly op: SpansetOperator; readonly left: SpansetExpression; readonly right: SpansetExpression }
  | { readonly kind: "pipeline"; readonly stages: readonly Stage[] };

export type AggregateName = "count" | "avg" | "min" | "max" | "sum";
export type ScalarExpression =
  | { readonly kind: "number"; readonly value: number; readonly isDuration: boolean }
  | { readonly kind: "aggregate"; readonly op: AggregateName; readonly of: FieldExpression | undefined }
  | { readonly kind: "arithmetic"; readonly op: "+" | "-" | "*" | "/" | "%" | "^"; readonly left: ScalarExpression; readonly right: ScalarExpression };

export type Stage =
  | { readonly kind: "spanset"; readonly expression: SpansetExpression }
  | { readonly kind: "scalar-filter"; readonly op: CompareOperator; readonly left: ScalarExpression; readonly right: ScalarExpression }
  | { readonly kind: "by"; readonly expression: FieldExpression }
  | { readonly kind: "coalesce" }
  | { readonly kind: "select"; readonly fields: readonly FieldExpression[] };

export type MetricsOperation =
  "rate" | "count_over_time" | "min_over_time" | "max_over_time" | "avg_over_time" | "sum_over_time" | "quantile_over_time" | "histogram_over_time" | "compare";
export type MetricsExpression =
  | {
    readonly kind: "aggregate"; readonly pipeline: readonly Stage[]; readonly op: MetricsOperation; readonly field: FieldExpression | undefined;
    readonly quantiles: readonly number[]; readonly by: readonly FieldExpression[]; readonly selection: SpansetExpression | undefined; readonly numbers: readonly number[];
  }
  | { readonly kind: "rank"; readonly op: "topk" | "bottomk"; readonly limit: number; readonly of: MetricsExpression }
  | { readonly kind: "filter"; readonly op: CompareOperator; readonly value: number; readonly of: MetricsExpression }
  | { readonly kind: "math"; readonly op: "+" | "-" | "*" | "/"; readonly left: MetricsExpression; readonly right: MetricsExpression }
  | { readonly kind: "number"; readonly value: number };

export interface TraceqlQuery {
  readonly root: { readonly kind: "search"; readonly stages: readonly Stage[] } | { readonly kind: "metrics"; readonly expression: MetricsExpression };
  readonly hints: ReadonlyMap<string, string | number | boolean>;
}
