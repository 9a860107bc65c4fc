// Matches paths and names of packages by the globs of inspan.yaml. Loads no schema: it runs for single files too, where every millisecond counts.
import picomatch from "picomatch";
import type { Globs } from "./globs.ts";

// "s": a line break in a name is a character like another; without it "**" would not match such a file, and nobody would have to look at it.
const options = { dot: true, flags: "s" } as const;

export type Matcher = (path: string) => boolean;

export function listOf(globs: Globs | undefined): readonly string[] {
  if (globs === undefined) return [];
  return typeof globs === "string" ? [globs] : globs;
}

/** Matches paths relative to the root. No pattern matches nothing; only `!` patterns match all but those. */
export function compileGlobs(globs: Globs | undefined): Matcher {
  const patterns = listOf(globs);
  if (patterns.length === 0) return () => false;
  const negative = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  const positive = patterns.filter((pattern) => !pattern.startsWith("!"));
  const isIn = positive.length === 0 ? () => true : picomatch(positive, options);
  const isOut = negative.length === 0 ? () => false : picomatch(negative, options);
  return (path) => isIn(path) && !isOut(path);
}

/** Matches names of packages: `pino` also matches `pino/file`, `@scope/*` everything of that scope. */
export function compilePackages(patterns: readonly string[]): (name: string, specifier: string) => boolean {
  if (patterns.length === 0) return () => false;
  const isMatch = picomatch([...patterns], { dot: true });
  return (name, specifier) => isMatch(name) || isMatch(specifier);
}
