// What has to be there before the answer of a PromQL query proves anything: `… or vector(0)` answers where no series was ever seen.
import type { Expr } from "../promql/ast.ts";
import { parseQuery } from "../promql/parser.ts";
import { selectorsOf } from "../promql/print.ts";

/** Functions that answer although nothing was selected. */
const answersAlone: ReadonlySet<string> = new Set(["vector", "scalar", "absent", "absent_over_time"]);

function callsOf(expr: Expr): readonly string[] {
  switch (expr.kind) {
    case "number": case "string": case "vector": case "matrix": return [];
    case "subquery": case "paren": case "unary": return callsOf(expr.expr);
    case "binary": return [...callsOf(expr.left), ...callsOf(expr.right)];
    case "aggregate": return [...(expr.param ? callsOf(expr.param) : []), ...callsOf(expr.expr)];
    case "call": return [expr.name, ...expr.args.flatMap(callsOf)];
  }
}

/** Selectors of which one must have series; empty where the answer itself is the evidence, undefined where the query selects nothing at all. */
export function neededSelectors(query: string): readonly string[] | undefined {
  let expr: Expr;
  try { expr = parseQuery(query); } catch { return []; } // a server elsewhere may know more than we do, and says itself what is wrong
  const selectors = selectorsOf(expr);
  if (selectors.length === 0) return undefined;
  const calls = callsOf(expr);
  if (!calls.some((name) => answersAlone.has(name))) return [];
  // That a series is absent is seen only where others are there.
  if (calls.some((name) => name.startsWith("absent"))) return ['{__name__=~".+"}'];
  return [
    ...new Set(
      selectors.map(
        ({ matchers }) =>
          `{${matchers.map(({ name, op, value }) => `${/^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name)}${op}${JSON.stringify(value)}`).join(",")}}`,
      ),
    ),
  ];
}
