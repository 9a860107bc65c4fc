// Regular expressions of queries: RE2 syntax, matched in bounded time. Fast where a proof is at hand, RE2's automaton otherwise.
import { RE2JS } from "re2js";
import { translateRegex, type Translation } from "./regex-translate.ts";

export interface Regex {
  test(text: string): boolean;
  /** The groups of the first match: by number (0 is the match) and by name, undefined where a group took no part; undefined where nothing matches. */
  exec(text: string): { readonly groups: readonly (string | undefined)[]; readonly named: ReadonlyMap<string, string> } | undefined;
  replaceAll(text: string, replacement: string): string;
  /** A text that every match contains, "" where none is known: a scan for it is a cheap first look. */
  readonly required: string;
  /** Set where the pattern is plain text, so that `required` decides alone. */
  readonly isLiteral: boolean;
}

/** A compiled RE2 program grows with counted repetition; RE2 itself refuses above 1000 repeats, this bounds the text. */
const patternCharsMax = 10_000;
/** Lines up to these lengths keep a worst case of (degree + 1) below some million steps; longer ones go to the automaton. */
const lengthMax = [1_000_000, 2_000, 200] as const;
/** Patterns repeat from query to query; compiling costs 0.1–1 ms. */
const cacheMax = 500;
const cache = new Map<string, Regex>();

/** What is wrong with a pattern, undefined where it compiles. */
export function checkRegex(pattern: string): string | undefined {
  if (pattern.length > patternCharsMax) return `the pattern has ${pattern.length} characters, expected at most ${patternCharsMax}`;
  try { compileRegex(pattern); return undefined; } catch (error) { return error instanceof Error ? error.message : String(error); }
}

/** Unanchored, as line filters and parsers search. Throws where the pattern is no RE2 (see checkRegex). */
export function compileRegex(pattern: string): Regex {
  return cached(`~${pattern}`, () => build(pattern, translateRegex(pattern)));
}

/** Anchored on both sides, as label matchers compare. */
export function compileAnchoredRegex(pattern: string): Regex {
  return cached(`^${pattern}`, () => {
    const translation = translateRegex(pattern, true);
    const anchored = translation === undefined || translation.flags.includes("i") || pattern.startsWith("(?") ? undefined
      : { ...translation, source: `^(?:${translation.source})$`, literal: undefined, required: translation.required };
    return build(`^(?s:${pattern})$`, anchored);
  });
}

function cached(key: string, make: () => Regex): Regex {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (cache.size >= cacheMax) for (const first of cache.keys()) { cache.delete(first); break; }
  cache.set(key, made);
  return made;
}

function build(pattern: string, translation: Translation | undefined): Regex {
  const automaton = RE2JS.compile(pattern);
  if (translation?.literal !== undefined && translation.literal !== "") return literalRegex(translation.literal, automaton);
  const script = translation === undefined ? undefined : new RegExp(translation.source, translation.flags);
  const isShort = (text: string) => translation !== undefined && text.length <= (lengthMax[translation.unboundedCount] ?? 0);
  const testScript = translation === undefined ? undefined : withoutEdges(translation);
  return {
    required: translation?.required ?? "",
    isLiteral: false,
    test: (text) => (testScript !== undefined && isShort(text) ? testScript.test(text) : automaton.test(text)),
    exec: (text) => (script !== undefined && isShort(text) ? execScript(script, text) : execAutomaton(automaton, text)),
    replaceAll: (text, replacement) => replaceMatches(automaton, text, replacement),
  };
}

/** For a yes or no, `.*` at the edges of an unanchored pattern asks nothing. */
function withoutEdges(translation: Translation): RegExp {
  const stripped = translation.source.replace(/^(?:\[\^\\n\]\*)+(?![?*+{])/, "").replace(/(?<!\\)(?:\[\^\\n\]\*)+$/, "");
  return new RegExp(stripped === "" || /^[*+?]/.test(stripped) || translation.source.includes("|") ? translation.source : stripped, translation.flags);
}

function literalRegex(literal: string, automaton: RE2JS): Regex {
  return {
    required: literal,
    isLiteral: true,
    test: (text) => text.includes(literal),
    exec: (text) => (text.includes(literal) ? { groups: [literal], named: new Map() } : undefined),
    replaceAll: (text, replacement) => replaceMatches(automaton, text, replacement),
  };
}

type Groups = ReturnType<Regex["exec"]>;

function execScript(script: RegExp, text: string): Groups {
  const match = script.exec(text);
  if (match === null) return undefined;
  const named = new Map<string, string>();
  for (const [name, value] of Object.entries(match.groups ?? {})) if (typeof value === "string") named.set(name, value);
  return { groups: [...match], named };
}

function execAutomaton(automaton: RE2JS, text: string): Groups {
  const matcher = automaton.matcher(text);
  if (!matcher.find()) return undefined;
  const groups: (string | undefined)[] = [];
  for (let index = 0; index <= matcher.groupCount(); index += 1) groups.push(matcher.group(index) ?? undefined);
  const named = new Map<string, string>();
  for (const [name, value] of Object.entries(matcher.getNamedGroups())) if (value !== null) named.set(name, value);
  return { groups, named };
}

function replaceMatches(automaton: RE2JS, text: string, replacement: string): string {
  if (!replacement.includes("$")) return automaton.matcher(text).replaceAll(() => replacement);
  return automaton.matcher(text).replaceAll((...parts: readonly unknown[]) => {
    const last = parts.at(-1);
    const named = new Map<string, string>();
    if (typeof last === "object" && last !== null) for (const [name, value] of Object.entries(last)) if (typeof value === "string") named.set(name, value);
    const groups = parts.slice(0, parts.findIndex((part) => typeof part === "number")).map((part) => (typeof part === "string" ? part : undefined));
    return expandReplacement(replacement, { groups, named });
  });
}

/** Go's Regexp.Expand: `$1`, `${1}`, `$name`, `${name}` and `$$`; what names no group becomes "". */
export function expandReplacement(replacement: string, match: { readonly groups: readonly (string | undefined)[]; readonly named: ReadonlyMap<string, string> }): string {
  return replacement.replaceAll(/\$(?:\{(\w+)\}|(\w+)|\$)/g, (all, braced: string | undefined, word: string | undefined) => {
    if (all === "$$") return "$";
    const name = braced ?? word ?? "";
    return (/^\d+$/.test(name) ? match.groups[Number(name)] : match.named.get(name)) ?? "";
  });
}
