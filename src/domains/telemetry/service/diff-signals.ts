// What changed between two runs: patterns of lines and timings of spans, only differences that stand out.

export interface SpanFigures { readonly count: number; readonly p50Ms: number; readonly p95Ms: number }
export interface RunSignals {
  /** Lines by pattern. */
  readonly patterns: ReadonlyMap<string, number>;
  /** Figures by "service name". */
  readonly spans: ReadonlyMap<string, SpanFigures>;
  /** Last values by series. */
  readonly metrics: ReadonlyMap<string, number>;
}
export interface Change<T> { readonly name: string; readonly change: "new" | "gone" | "changed"; readonly before: T | undefined; readonly after: T | undefined }
export interface SignalsDiff { readonly patterns: readonly Change<number>[]; readonly spans: readonly Change<SpanFigures>[]; readonly metrics: readonly Change<number>[] }

/** A count or a timing that moved by less than this factor is noise between two runs. */
const factorMin = 1.5;
/** Timings below this differ by chance. */
const durationMsMin = 5;

function differs(before: number, after: number): boolean {
  if (before === after) return false;
  const [low, high] = before < after ? [before, after] : [after, before];
  return low <= 0 ? true : high / low >= factorMin;
}

function compare<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>, isChanged: (a: T, b: T) => boolean): readonly Change<T>[] {
  const changes: Change<T>[] = [];
  for (const [name, value] of after) {
    const old = before.get(name);
    if (old === undefined) changes.push({ name, change: "new", before: undefined, after: value });
    else if (isChanged(old, value)) changes.push({ name, change: "changed", before: old, after: value });
  }
  for (const [name, value] of before) if (!after.has(name)) changes.push({ name, change: "gone", before: value, after: undefined });
  return changes;
}

/** New first, then gone, then changed; within each the largest counts first. */
export function diffSignals(before: RunSignals, after: RunSignals): SignalsDiff {
  const order = { new: 0, gone: 1, changed: 2 } as const;
  const sort = <T,>(changes: readonly Change<T>[], size: (value: T) => number) =>
    [...changes].sort((a, b) => order[a.change] - order[b.change] || sizeOf(b, size) - sizeOf(a, size) || (a.name < b.name ? -1 : 1));
  return {
    patterns: sort(compare(before.patterns, after.patterns, (a, b) => differs(a, b) && Math.abs(a - b) > 2), (value) => value),
    spans: sort(
      compare(
        before.spans,
        after.spans,
        (a, b) =>
          [
            [a.p50Ms, b.p50Ms],
            [a.p95Ms, b.p95Ms],
          ].some(([x = 0, y = 0]) => differs(x, y) && Math.max(x, y) >= durationMsMin) || differs(a.count, b.count),
      ),
      (value) => value.p95Ms,
    ),
    metrics: sort(compare(before.metrics, after.metrics, differs), Math.abs),
  };
}

function sizeOf<T>(change: Change<T>, size: (value: T) => number): number {
  return Math.max(change.before === undefined ? 0 : size(change.before), change.after === undefined ? 0 : size(change.after));
}
