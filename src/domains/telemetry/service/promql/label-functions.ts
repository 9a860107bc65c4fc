// label_replace, label_join, sort_by_label: functions that look at labels only.
import type { RE2JS } from "re2js";
import { type Column, isEmptyColumn, type Grid } from "../vector/column.ts";
import { Labels, nameLabel } from "../vector/labels.ts";
import { QueryError } from "./errors.ts";
import { columnsOf, type FunctionCall, textOf } from "./functions.ts";
import type { Value } from "./context.ts";
import { re2 } from "./re2.ts";

const isLabelName = (name: string): boolean => name !== "";

/** "$1" and "${name}" of a replacement, as Go's Regexp.Expand: an unknown group is empty, "$$" a dollar. */
function expand(template: string, groups: (name: string) => string): string {
  return template.replaceAll(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => (whole === "$$" ? "$" : groups(braced ?? bare ?? "")));
}

function relabel(column: Column, name: string, value: string): Column {
  return { ...column, labels: column.labels.with(name, value), dropName: name === nameLabel ? false : column.dropName };
}

/** Series that became the same are joined where their steps do not overlap. */
export function mergeSame(columns: readonly Column[]): readonly Column[] {
  const merged = new Map<string, Column>();
  for (const column of columns) {
    const known = merged.get(column.labels.key);
    if (known === undefined) { merged.set(column.labels.key, column); continue; }
    const present = new Uint8Array(known.present), values = new Float64Array(known.values);
    const histograms = known.histograms || column.histograms ? [...known.histograms ?? []] : undefined;
    for (let step = 0; step < present.length; step++) {
      const state = column.present[step] ?? 0;
      if (state === 0) continue;
      if (present[step] !== 0) throw new QueryError("execution", "vector cannot contain metrics with the same labelset");
      present[step] = state;
      values[step] = column.values[step] ?? 0;
      if (histograms) histograms[step] = column.histograms?.[step];
    }
    merged.set(column.labels.key, { ...known, present, values, histograms, dropName: known.dropName && column.dropName });
  }
  return merged.size === columns.length ? columns : [...merged.values()];
}

function replace({ args }: FunctionCall): readonly Column[] {
  const [target, template, source, pattern] = args.slice(1).map(textOf);
  let regex: RE2JS;
  try { regex = re2().compile(`^(?s:${pattern ?? ""})$`); } catch { throw new QueryError("execution", `invalid regular expression in label_replace(): ${pattern}`); }
  if (target === undefined || !isLabelName(target)) throw new QueryError("execution", `invalid destination label name in label_replace(): ${target}`);
  return mergeSame(columnsOf(args[0]).map((column) => {
    const matcher = regex.matcher(column.labels.get(source ?? ""));
    if (!matcher.matches()) return column;
    const group = (name: string): string => { try { return matcher.group(/^\d+$/.test(name) ? Number(name) : name) ?? ""; } catch { return ""; } }; // an unknown group is empty
    return relabel(column, target, expand(template ?? "", group));
  }));
}

function join({ args }: FunctionCall): readonly Column[] {
  const [target, separator, ...sources] = args.slice(1).map(textOf);
  for (const source of sources) if (!isLabelName(source)) throw new QueryError("execution", `invalid source label name in label_join(): ${source}`);
  if (target === undefined || !isLabelName(target)) throw new QueryError("execution", `invalid destination label name in label_join(): ${target}`);
  return mergeSame(columnsOf(args[0]).map((column) => relabel(column, target, sources.map((source) => column.labels.get(source)).join(separator))));
}

/** "a2" before "a10": digits count as numbers. */
function compareNatural(left: string, right: string): number {
  const parts = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  const a = parts(left), b = parts(right);
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const one = a[index] ?? "", other = b[index] ?? "";
    if (one === other) continue;
    const isNumeric = /^\d/.test(one) && /^\d/.test(other);
    if (isNumeric && Number(one) !== Number(other)) return Number(one) - Number(other);
    return one < other ? -1 : 1;
  }
  return a.length - b.length;
}

function compareAll(left: Labels, right: Labels, names: readonly string[]): number {
  for (const name of names) {
    const order = compareNatural(left.get(name), right.get(name));
    if (order !== 0) return order;
  }
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0;
}

function sortByLabel({ node, args, grid, context }: FunctionCall): readonly Column[] {
  const columns = columnsOf(args[0]);
  if (grid.count > 1) { context.notes.warn("sort is ineffective for range queries since results are always ordered by labels", node); return columns; }
  const names = args.slice(1).map(textOf);
  const sign = node.name === "sort_by_label" ? 1 : -1;
  return [...columns].sort((left, right) => sign * compareAll(left.labels, right.labels, names));
}

export function evalLabelFunction(call: FunctionCall): Value | undefined {
  switch (call.node.name) {
    case "label_replace": return { kind: "vector", columns: replace(call) };
    case "label_join": return { kind: "vector", columns: join(call) };
    case "sort_by_label": case "sort_by_label_desc": return { kind: "vector", columns: sortByLabel(call) };
    default: return undefined;
  }
}

/** What a whole query's vector looks like: names dropped where a function asked for it, no two series alike. */
export function finishColumns(columns: readonly Column[], grid: Grid): readonly Column[] {
  const named = columns.map((column) => (column.dropName ? { ...column, labels: column.labels.withoutName() } : column));
  const merged = mergeSame(named);
  return grid.count === 0 ? [] : merged.filter((column) => !isEmptyColumn(column));
}
