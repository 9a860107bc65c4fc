// Which series bear which label values: an inverted index, and the one copy of every label string.
import type { CompiledMatcher } from "../promql/matcher.ts";
import { Labels } from "../vector/labels.ts";
import type { Series } from "./series.ts";

interface ValueEntry { readonly text: string; readonly series: Series[] }
interface NameEntry { readonly text: string; readonly values: Map<string, ValueEntry> }

export class LabelIndex {
  #names = new Map<string, NameEntry>();
  #all: Series[] = [];

  get size(): number { return this.#all.length; }
  get all(): readonly Series[] { return this.#all; }

  #name(name: string): NameEntry {
    let entry = this.#names.get(name);
    if (entry === undefined) { entry = { text: name, values: new Map() }; this.#names.set(name, entry); }
    return entry;
  }

  /** The same labels with the index's own strings, so that no request's text is held alive. */
  intern(labels: Labels): Labels {
    const names: string[] = [], values: string[] = [];
    for (const [name, value] of labels.entries()) {
      const entry = this.#name(name);
      let found = entry.values.get(value);
      if (found === undefined) { found = { text: value, series: [] }; entry.values.set(value, found); }
      names.push(entry.text);
      values.push(found.text);
    }
    return new Labels(names, values);
  }

  /** The series' labels have come through `intern`. */
  add(series: Series): void {
    this.#all.push(series);
    for (const [name, value] of series.labels.entries()) this.#names.get(name)?.values.get(value)?.series.push(series);
  }

  rebuild(kept: readonly Series[]): void {
    this.#names = new Map();
    this.#all = [];
    for (const series of kept) { this.intern(series.labels); this.add(series); }
  }

  labelNames(): readonly string[] { return [...this.#names.keys()].sort(); }
  labelValues(name: string): readonly string[] { return [...this.#names.get(name)?.values.keys() ?? []].sort(); }

  /** The smallest list that surely holds all that match. */
  #candidates(matchers: readonly CompiledMatcher[]): readonly Series[] {
    let best: readonly Series[] | undefined;
    for (const matcher of matchers) {
      if (matcher.isNegative || matcher.matches("")) continue;
      const values = this.#names.get(matcher.name)?.values;
      if (values === undefined) return [];
      const lists = matcher.literals ? matcher.literals.flatMap((literal) => values.get(literal)?.series ?? []) : undefined;
      if (matcher.literals?.length === 1) {
        const only = values.get(matcher.literals[0] ?? "")?.series ?? [];
        if (best === undefined || only.length < best.length) best = only;
      } else if (lists && (best === undefined || lists.length < best.length)) best = [...new Set(lists)].sort((left, right) => left.id - right.id);
      else if (best === undefined && !lists) {
        const found: Series[] = [];
        for (const entry of values.values()) if (matcher.matches(entry.text)) for (const one of entry.series) found.push(one);
        best = found.sort((left, right) => left.id - right.id);
      }
      if (best?.length === 0) return [];
    }
    return best ?? this.#all;
  }

  select(matchers: readonly CompiledMatcher[]): readonly Series[] {
    const candidates = this.#candidates(matchers);
    const checks = matchers.map((matcher) => ({ matcher, known: new Map<string, boolean>() }));
    return candidates.filter((series) => checks.every(({ matcher, known }) => {
      const value = series.labels.get(matcher.name);
      let isMatch = known.get(value);
      if (isMatch === undefined) { isMatch = matcher.matches(value); known.set(value, isMatch); }
      return isMatch;
    }));
  }
}
