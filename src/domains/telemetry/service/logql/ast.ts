// The tree of a LogQL query, as the public documentation of Loki describes the language. Positions are offsets in the text.

export type MatchOperator = "=" | "!=" | "=~" | "!~";
export interface Matcher { readonly name: string; readonly op: MatchOperator; readonly value: string }

export type CompareOperator = "==" | "!=" | ">" | ">=" | "<" | "<=";
export type LabelFilter =
  | { readonly kind: "string"; readonly matcher: Matcher }
  | { readonly kind: "number" | "duration" | "bytes"; readonly name: string; readonly op: CompareOperator; readonly value: number }
  | { readonly kind: "ip"; readonly name: string; readonly isNegated: boolean; readonly pattern: string }
  | { readonly kind: "and" | "or"; readonly left: LabelFilter; readonly right: LabelFilter };

export type LineFilterOperator = "|=" | "!=" | "|~" | "!~" | "|>" | "!>";
export interface LineFilterTerm { readonly isIp: boolean; readonly text: string }
export interface ExtractedField { readonly label: string; readonly path: string }
export interface LabelFormat { readonly label: string; readonly source: string; readonly isTemplate: boolean }
export interface NameOrMatcher { readonly name: string; readonly matcher: Matcher | undefined }
export type Conversion = "duration" | "duration_seconds" | "bytes";

export type Stage =
  | { readonly kind: "line-filter"; readonly op: LineFilterOperator; readonly terms: readonly LineFilterTerm[] }
  | { readonly kind: "json"; readonly fields: readonly ExtractedField[] }
  | { readonly kind: "logfmt"; readonly fields: readonly ExtractedField[]; readonly isStrict: boolean; readonly keepsEmpty: boolean }
  | { readonly kind: "regexp" | "pattern" | "line-format"; readonly text: string }
  | { readonly kind: "unpack" | "decolorize" }
  | { readonly kind: "label-filter"; readonly filter: LabelFilter }
  | { readonly kind: "label-format"; readonly formats: readonly LabelFormat[] }
  | { readonly kind: "drop" | "keep"; readonly items: readonly NameOrMatcher[] }
  | { readonly kind: "distinct"; readonly labels: readonly string[] }
  | { readonly kind: "unwrap"; readonly label: string; readonly conversion: Conversion | undefined };

export interface LogExpression { readonly kind: "log"; readonly matchers: readonly Matcher[]; readonly stages: readonly Stage[] }

export interface Grouping { readonly isWithout: boolean; readonly labels: readonly string[] }

export interface RangeAggregation {
  readonly kind: "range";
  readonly op: string;
  readonly parameter: number | undefined;
  readonly log: LogExpression;
  readonly rangeNs: number;
  readonly offsetNs: number;
  readonly grouping: Grouping | undefined;
}
export interface VectorMatching { readonly isOn: boolean; readonly labels: readonly string[]; readonly group: "left" | "right" | undefined; readonly include: readonly string[] }
export type BinaryOperator = "+" | "-" | "*" | "/" | "%" | "^" | CompareOperator | "and" | "or" | "unless";

export type MetricExpression =
  | RangeAggregation
  | { readonly kind: "aggregation"; readonly op: string; readonly parameter: number | undefined; readonly of: MetricExpression; readonly grouping: Grouping | undefined }
  | {
      readonly kind: "binary";
      readonly op: BinaryOperator;
      readonly left: MetricExpression;
      readonly right: MetricExpression;
      readonly isBool: boolean;
      readonly matching: VectorMatching | undefined;
    }
  | { readonly kind: "literal"; readonly value: number }
  | { readonly kind: "vector"; readonly value: number }
  | { readonly kind: "label-replace"; readonly of: MetricExpression; readonly target: string; readonly replacement: string; readonly source: string; readonly pattern: string };

export type Expression = LogExpression | MetricExpression;

export const rangeOperators: ReadonlySet<string> = new Set([
  "rate", "rate_counter", "bytes_rate", "count_over_time", "bytes_over_time", "sum_over_time", "avg_over_time", "min_over_time", "max_over_time",
  "first_over_time", "last_over_time", "stddev_over_time", "stdvar_over_time", "quantile_over_time", "absent_over_time",
]);
export const vectorOperators: ReadonlySet<string> = new Set(["sum", "avg", "min", "max", "stddev", "stdvar", "count", "topk", "bottomk", "sort", "sort_desc", "approx_topk"]);
