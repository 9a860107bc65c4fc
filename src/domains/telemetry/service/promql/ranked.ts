// topk, bottomk, limitk, limit_ratio: aggregations that keep series as they are and choose among them at each step.
import { type Column, type Grid, isEmptyColumn, makeColumn } from "../vector/column.ts";
import { fingerprint } from "../../../../base/hash.ts";
import { groupColumns } from "./grouping.ts";
import type { AggregateNode } from "./ast.ts";
import type { EvalContext } from "./context.ts";

interface Options { readonly param: Float64Array; readonly grid: Grid; readonly context: EvalContext }

/** Larger first for sign 1; NaN always last. */
function ranker(step: number, sign: 1 | -1): (left: Column, right: Column) => number {
  return (left, right) => {
    const a = left.values[step] ?? 0, b = right.values[step] ?? 0;
    if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
    return Number.isNaN(b) ? -1 : sign * (b - a);
  };
}

/** Between 0 and 1, the same for the same labels. */
function position(column: Column): number {
  return Number.parseInt(fingerprint(column.labels.key).slice(0, 13), 16) / 2 ** 52;
}

function choose(node: AggregateNode, members: readonly Column[], step: number, options: Options): readonly Column[] {
  const present = members.filter((column) => column.present[step] !== 0);
  const param = options.param[step] ?? Number.NaN;
  if (node.op === "limit_ratio") {
    const ratio = Math.max(-1, Math.min(1, param));
    return present.filter((column) => (ratio >= 0 ? position(column) < ratio : position(column) >= 1 + ratio));
  }
  const count = Math.max(0, Math.trunc(param));
  if (count === 0) return [];
  if (node.op === "limitk") return present.slice(0, count);
  const floats = present.filter((column) => column.present[step] === 1);
  if (floats.length < present.length) options.context.notes.info(`ignored histogram in ${node.op} aggregation`, node);
  return [...floats].sort(ranker(step, node.op === "topk" ? 1 : -1)).slice(0, count);
}

/** The chosen series; with a single step in order of rank, group by group. */
export function evalRanked(node: AggregateNode, columns: readonly Column[], options: Options): Column[] {
  const outs = new Map<Column, Column>();
  for (const { columns: members } of groupColumns(columns, node.grouping, node.isWithout)) {
    options.context.budget.checkTime();
    for (let step = 0; step < options.grid.count; step++) {
      for (const column of choose(node, members, step, options)) {
        let out = outs.get(column);
        if (out === undefined) { out = makeColumn(column.labels, options.grid.count, column.dropName); outs.set(column, out); }
        out.present[step] = column.present[step] ?? 0;
        out.values[step] = column.values[step] ?? 0;
        const found = column.histograms?.[step];
        if (found) (out.histograms ??= [])[step] = found;
      }
    }
  }
  return [...outs.values()].filter((column) => !isEmptyColumn(column));
}
