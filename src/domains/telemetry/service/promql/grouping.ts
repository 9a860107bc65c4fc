// Series by the labels that an aggregation keeps.
import type { Column } from "../vector/column.ts";
import { Labels, nameLabel } from "../vector/labels.ts";

export interface Group { readonly labels: Labels; readonly columns: Column[] }

/** Groups in the order in which their first series stands. */
export function groupColumns(columns: readonly Column[], names: readonly string[], isWithout: boolean): readonly Group[] {
  const groups = new Map<string, Group>();
  const without = [...names, nameLabel];
  const known = new Map<Labels, Labels>();
  for (const column of columns) {
    let labels = known.get(column.labels);
    if (labels === undefined) {
      labels = isWithout ? column.labels.without(without) : names.length === 0 ? Labels.empty : column.labels.keep(names);
      known.set(column.labels, labels);
    }
    const group = groups.get(labels.key);
    if (group) group.columns.push(column);
    else groups.set(labels.key, { labels, columns: [column] });
  }
  return [...groups.values()];
}
