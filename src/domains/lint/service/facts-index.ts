// Facts of many files by path, and the questions that rules ask across files: where does a symbol come from, who exports it.
import type { ResolvedFacts } from "../types/facts.ts";
import { packageOf } from "./kinds/edges.ts";

/** Chains of re-exports are short; a longer one is a circle. */
const hopsMax = 20;

export interface FactsIndex {
  readonly files: readonly ResolvedFacts[];
  /** Paths of `files`, in their order. */
  readonly paths: readonly string[];
  get(file: string): ResolvedFacts | undefined;
  /** The files that pass `name` on, from `file` to the one that defines it; only `file` where it defines the name itself, empty where it does not export it. Every file that was looked at is added to `seen`. */
  originsOf(file: string, name: string, seen?: Set<string>): readonly string[];
  /** The files that may export the name; what they pass on by a star is not followed. */
  exportersOf(name: string): Iterable<string>;
  /** The files that import this file, in the order of `files`, each once. */
  importersOf(file: string): readonly ResolvedFacts[];
  /** The files that import this package, in the order of `files`, each once. */
  usersOf(packageName: string): readonly string[];
}

/** Which facts of other files a verdict about one file rests on: while these stay, it stays. */
export interface FactsUse {
  /** Files whose imports and exports were looked at. */
  readonly files: readonly string[];
  /** Names whose exporters were asked for. */
  readonly names: readonly string[];
  /** True where it was asked who imports what. */
  readonly isAnyImport: boolean;
  /** True where all facts of all files may have been looked at. */
  readonly isAny: boolean;
}

/** The same index, with what is asked of it written down; `take` gives what was asked since it was called last. */
export function recordUse(index: FactsIndex): { readonly index: FactsIndex; take(): FactsUse } {
  let [files, names, isAnyImport, isAny] = [new Set<string>(), new Set<string>(), false, false];
  return {
    index: {
      get files() { isAny = true; return index.files; },
      paths: index.paths,
      get(file) { files.add(file); return index.get(file); },
      originsOf: (file, name) => index.originsOf(file, name, files),
      exportersOf(name) { names.add(name); return index.exportersOf(name); },
      importersOf(file) { isAnyImport = true; return index.importersOf(file); },
      usersOf(name) { isAnyImport = true; return index.usersOf(name); },
    },
    take() {
      const use = { files: [...files], names: [...names], isAnyImport, isAny };
      if (files.size > 0) files = new Set();
      if (names.size > 0) names = new Set();
      isAnyImport = false; // isAny stays: what was made of all files may be remembered by whoever asked
      return use;
    },
  };
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
  const follow = (file: string, name: string, seen: ReadonlySet<string>, looked: Set<string> | undefined): readonly string[] => {
    looked?.add(file);
    const facts = byFile.get(file);
    if (facts === undefined || seen.has(`${file} ${name}`) || seen.size > hopsMax) return [];
    const next = new Set(seen).add(`${file} ${name}`);
    const own = facts.exports.find((one) => one.name === name);
    if (own !== undefined) {
      const target = own.from === undefined ? undefined : targetOf(facts, own.from.specifier);
      if (own.from === undefined || target === undefined || own.from.imported === "*") return [file];
      return [file, ...follow(target, own.from.imported, next, looked)];
    }
    if (name === "default") return [];
    for (const star of facts.exports) {
      if (star.name !== "*" || star.from === undefined) continue;
      const target = targetOf(facts, star.from.specifier);
      const found = target === undefined ? [] : follow(target, name, next, looked);
      if (found.length > 0) return [file, ...found];
    }
    return [];
  };
  let exporters: Map<string, Set<string>> | undefined;
  let importers: Map<string, ResolvedFacts[]> | undefined;
  let users: Map<string, string[]> | undefined;
  return {
    files, paths: files.map((one) => one.file), get: (file) => byFile.get(file), originsOf: (file, name, seen) => follow(file, name, new Set(), seen),
    exportersOf(name) {
      exporters ??= exportersByName(files);
      return new Set([...exporters.get(name) ?? [], ...name === "default" ? [] : exporters.get("*") ?? []]);
    },
    importersOf: (file) =>
      (importers ??= groupBy(
        files,
        (facts) => facts.imports.flatMap(({ target }) => (target.kind === "file" ? [target.file] : [])),
        (facts) => facts,
      )).get(file) ?? [],
    usersOf: (name) => (users ??= groupBy(files, (facts) => facts.imports.flatMap(({ target }) => packageOf(target)?.name ?? []), (facts) => facts.file)).get(name) ?? [],
  };
}

/** Each file once below each of its keys. */
function groupBy<Item>(files: readonly ResolvedFacts[], keysOf: (facts: ResolvedFacts) => readonly string[], itemOf: (facts: ResolvedFacts) => Item): Map<string, Item[]> {
  const found = new Map<string, Item[]>();
  for (const facts of files) {
    for (const key of new Set(keysOf(facts))) {
      const list = found.get(key);
      if (list === undefined) found.set(key, [itemOf(facts)]); else list.push(itemOf(facts));
    }
  }
  return found;
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
