// Patterns of log lines: the words that stay, <_> where they differ. Deterministic: no clustering state.

/** More patterns than this are lines without a form; the rest is counted together. */
const patternsMax = 500;
const lineCharsMax = 500;

const variable = /\d|^[0-9a-f]{8,}$|^".*"$/i;

/** The line with what looks like a value (numbers, ids, quoted text) as <_>. */
export function patternOf(line: string): string {
  const words = line.slice(0, lineCharsMax).split(/(\s+|[=:,{}[\]()"]+)/);
  return words.map((word) => (word !== "" && variable.test(word) ? "<_>" : word)).join("").replaceAll(/<_>(?:[.:,/-]?<_>)+/g, "<_>");
}

export interface PatternCounts { readonly counts: Map<string, number>; overflow: number }

export function countPattern(into: PatternCounts, line: string): string | undefined {
  const pattern = patternOf(line);
  const known = into.counts.get(pattern);
  if (known === undefined && into.counts.size >= patternsMax) { into.overflow += 1; return undefined; }
  into.counts.set(pattern, (known ?? 0) + 1);
  return pattern;
}
