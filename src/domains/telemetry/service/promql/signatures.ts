// Names, argument types and stability of PromQL's functions and aggregations, as documented by Prometheus 3.
import type { ValueType } from "./ast.ts";

export interface Signature {
  readonly args: readonly ValueType[];
  /** How many of the last argument may follow beyond the others; -1 for any number. With more than 0 the last one is optional. */
  readonly variadic: number;
  readonly returns: ValueType;
}

const table = (names: string, args: readonly ValueType[], returns: ValueType = "vector", variadic = 0): (readonly [string, Signature])[] =>
  names.split(" ").map((name) => [name, { args, returns, variadic }]);

export const signatures: ReadonlyMap<string, Signature> = new Map([
  ...table(
    "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp",
    ["vector"],
  ),
  ...table(
    "absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time mad_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time",
    ["matrix"],
  ),
  ...table("clamp", ["vector", "scalar", "scalar"]),
  ...table("clamp_max clamp_min", ["vector", "scalar"]),
  ...table("days_in_month day_of_month day_of_week day_of_year hour minute month year", ["vector"], "vector", 1),
  ...table("histogram_fraction", ["scalar", "scalar", "vector"]),
  ...table("histogram_quantile", ["scalar", "vector"]),
  ...table("histogram_quantiles", ["vector", "string", "scalar", "scalar"], "vector", 9),
  ...table("double_exponential_smoothing", ["matrix", "scalar", "scalar"]),
  ...table("label_replace", ["vector", "string", "string", "string", "string"]),
  ...table("label_join", ["vector", "string", "string", "string"], "vector", -1),
  ...table("pi time step range start end", [], "scalar"),
  ...table("max_of min_of", ["scalar", "scalar"], "scalar"),
  ...table("predict_linear", ["matrix", "scalar"]),
  ...table("quantile_over_time", ["scalar", "matrix"]),
  ...table("round", ["vector", "scalar"], "vector", 1),
  ...table("scalar", ["vector"], "scalar"),
  ...table("sort_by_label sort_by_label_desc", ["vector", "string"], "vector", -1),
  ...table("vector", ["scalar"]),
]);

export const aggregations: ReadonlySet<string> = new Set([
  "sum",
  "avg",
  "count",
  "min",
  "max",
  "group",
  "stddev",
  "stdvar",
  "topk",
  "bottomk",
  "count_values",
  "quantile",
  "limitk",
  "limit_ratio",
]);
export const aggregationsWithParam: ReadonlySet<string> = new Set(["topk", "bottomk", "count_values", "quantile", "limitk", "limit_ratio"]);

export const typeNames: Readonly<Record<ValueType, string>> = { scalar: "scalar", vector: "instant vector", matrix: "range vector", string: "string" };
