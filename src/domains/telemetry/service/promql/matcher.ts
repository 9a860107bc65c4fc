// Label matchers: RE2 semantics in linear time, fully anchored, with short cuts for what queries mostly say (literals, prefixes, alternations).
import type { Matcher } from "./ast.ts";
import { re2 } from "./re2.ts";

export interface CompiledMatcher {
  readonly name: string;
  readonly isNegative: boolean;
  /** The values that can match, where they are a closed set and the matcher is positive. */
  readonly literals: readonly string[] | undefined;
  matches(value: string): boolean;
}

// A pattern above this size compiles into an automaton that is no longer small; RE2 in Go has a like bound.
const patternCharsMax = 64 * 1024;
// Compiled patterns that are kept; the same dashboards and rules ask the same again and again.
const cacheMax = 200;
const cache = new Map<string, (value: string) => boolean>();

const meta = /[\\.+*?()|[\]{}^$]/;

/** Literals of "a|b|c" or "(a|b)", undefined where the pattern is more than that. */
export function literalAlternatives(pattern: string): readonly string[] | undefined {
  const inner = /^\((?:\?:)?([^()]*)\)$/.exec(pattern)?.[1] ?? pattern;
  const parts = inner.split("|");
  return parts.every((part) => !meta.test(part)) ? parts : undefined;
}

/** A full match of the pattern; throws an Error with RE2's sentence where it is broken. "." matches newlines, as in Prometheus. */
export function compileRegex(pattern: string): (value: string) => boolean {
  const known = cache.get(pattern);
  if (known) return known;
  if (pattern.length > patternCharsMax) throw new Error(`the pattern has ${pattern.length} characters, expected at most ${patternCharsMax}`);
  const made = compile(pattern);
  if (cache.size >= cacheMax) cache.clear();
  cache.set(pattern, made);
  return made;
}

function compile(pattern: string): (value: string) => boolean {
  const literals = literalAlternatives(pattern);
  if (literals !== undefined) {
    const [only] = literals;
    if (literals.length === 1) return (value) => value === only;
    const set = new Set(literals);
    return (value) => set.has(value);
  }
  if (pattern === ".*") return () => true;
  if (pattern === ".+") return (value) => value !== "";
  const edge = /^(\.[*+])?([^\\.+*?()|[\]{}^$]*)(\.[*+])?$/.exec(pattern);
  if (edge) {
    const [, before, literal = "", after] = edge;
    const least = literal.length + (before === ".+" ? 1 : 0) + (after === ".+" ? 1 : 0);
    if (before === undefined) return (value) => value.length >= least && value.startsWith(literal);
    if (after === undefined) return (value) => value.length >= least && value.endsWith(literal);
    const from = before === ".+" ? 1 : 0, tail = after === ".+" ? 1 : 0;
    return (value) => { const at = value.indexOf(literal, from); return at >= 0 && (tail === 0 || at + literal.length < value.length); };
  }
  const engine = re2();
  const regex = engine.compile(pattern, engine.DOTALL);
  return (value) => regex.matches(value);
}

/** Throws an Error where a pattern is broken. */
export function compileMatcher(matcher: Matcher): CompiledMatcher {
  const { name, op, value } = matcher;
  switch (op) {
    case "=": return { name, isNegative: false, literals: [value], matches: (text) => text === value };
    case "!=": return { name, isNegative: true, literals: undefined, matches: (text) => text !== value };
    case "=~": return { name, isNegative: false, literals: literalAlternatives(value), matches: compileRegex(value) };
    case "!~": { const matches = compileRegex(value); return { name, isNegative: true, literals: undefined, matches: (text) => !matches(text) }; }
  }
}
