// Facts of many files by path, and the questions that rules ask across files: where does a symbol come from, who exports it.
import type { ResolvedFacts } from "../types/facts.ts";

/** Chains of re-exports are short; a longer one is a circle. */
const hopsMax = 20;

export interface FactsIndex {
  readonly files: readonly ResolvedFacts[];
  get(file: string): ResolvedFacts | undefined;
  /** The files that pass `name` on, from `file` to the one that defines it; only `file` where it defines the name itself, empty where it does not export it. */
  originsOf(file: string, name: string): readonly string[];
  /** The files that may export the name; what they pass on by a star is not followed. */
  exportersOf(name: string): Iterable<string>;
}

export function indexFacts(files: readonly ResolvedFacts[]): FactsIndex {
  const byFile = new Map(files.map((facts) => [facts.file, facts]));
  const targets = new Map<string, Map<string, string>>();
  const targetOf = (facts: ResolvedFacts, specifier: string): string | undefined => {
    let known = targets.get(facts.file);
    if (known === undefined) {
      known = new Map(facts.imports.flatMap((one) => (one.target.kind === "file" && one.specifier !== undefined ? [[one.specifier, one.target.file] as const] : [])));
      targets.set(facts.file, known);
    }
    return known.get(specifier);
  };
  const follow = (file: string, name: string, seen: ReadonlySet<string>): readonly string[] => {
    const facts = byFile.get(file);
    if (facts === undefined || seen.has(`${file} ${name}`) || seen.size > hopsMax) return [];
    const next = new Set(seen).add(`${file} ${name}`);
    const own = facts.exports.find((one) => one.name === name);
    if (own !== undefined) {
      const target = own.from === undefined ? undefined : targetOf(facts, own.from.specifier);
      if (own.from === undefined || target === undefined || own.from.imported === "*") return [file];
      return [file, ...follow(target, own.from.imported, next)];
    }
    if (name === "default") return [];
    for (const star of facts.exports) {
      if (star.name !== "*" || star.from === undefined) continue;
      const target = targetOf(facts, star.from.specifier);
      const found = target === undefined ? [] : follow(target, name, next);
      if (found.length > 0) return [file, ...found];
    }
    return [];
  };
  let exporters: Map<string, Set<string>> | undefined;
  return {
    files, get: (file) => byFile.get(file), originsOf: (file, name) => follow(file, name, new Set()),
    exportersOf(name) {
      exporters ??= exportersByName(files);
      return new Set([...exporters.get(name) ?? [], ...name === "default" ? [] : exporters.get("*") ?? []]);
    },
  };
}

function exportersByName(files: readonly ResolvedFacts[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const facts of files) {
    for (const { name } of facts.exports) {
      const known = found.get(name);
      if (known === undefined) found.set(name, new Set([facts.file])); else known.add(facts.file);
    }
  }
  return found;
}
