// Sets of labels as sorted pairs with a key that is equal where the sets are equal.

export interface LabelSet { readonly key: string; readonly map: ReadonlyMap<string, string> }

/** Sorted by name. Empty values stay: what removes them is the standard of each language. */
export function labelSet(entries: Iterable<readonly [string, string]>): LabelSet {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  let key = "";
  for (const [name, value] of sorted) key += `${name}\u0001${value}\u0002`;
  return { key, map: new Map(sorted) };
}

/** `{a="1", b="2"}` as the standards print sets. */
export function renderLabels(set: LabelSet): string {
  return `{${[...set.map].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ")}}`;
}

export function pickLabels(set: LabelSet, names: readonly string[]): LabelSet {
  return labelSet([...set.map].filter(([name]) => names.includes(name)));
}

export function dropLabels(set: LabelSet, names: readonly string[]): LabelSet {
  return labelSet([...set.map].filter(([name]) => !names.includes(name)));
}
