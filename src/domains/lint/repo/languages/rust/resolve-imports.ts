// From Rust's paths to files: the crate, then as many modules of the path as are files. What follows the last of them is an item of it.
import { posix } from "node:path";
import type { FileFacts, ImportFact, ImportTarget, ResolvedFacts, ResolvedImport } from "../../../types/facts.ts";
import type { ImportResolver, ResolverInput } from "../../adapter.ts";
import { type Crate, readCrates } from "./crates.ts";

const standard = new Set(["std", "core", "alloc", "proc_macro", "test"]);

export function loadRustResolver(input: ResolverInput): Promise<ImportResolver> {
  let crates: Promise<readonly Crate[]> | undefined;
  const files = new Set(input.files.filter((file) => file.endsWith(".rs")));
  const isThere = (file: string) => files.has(file) && input.isSource(file);
  return Promise.resolve(async (facts) => {
    if (facts.imports.length === 0) return { ...facts, imports: [] };
    crates ??= readCrates(input);
    return resolveAll(facts, await crates, isThere);
  });
}

function resolveAll(facts: FileFacts, crates: readonly Crate[], isThere: (file: string) => boolean): ResolvedFacts {
  const modules = new RustModules(facts.file, crates, isThere);
  const declared = new Set(
    facts.imports.flatMap((fact) => (fact.names.length === 0 && fact.specifier?.startsWith("self::") === true ? [fact.specifier.slice("self::".length)] : [])),
  );
  const own = new Set(facts.exports.filter((one) => one.from === undefined).map((one) => one.name));
  const imports = facts.imports.flatMap((fact) => {
    const target = modules.resolve(fact, { declared, own });
    if (target === undefined || (target.kind === "file" && target.file === facts.file)) return [];
    return [{ ...fact, target }];
  });
  return { ...facts, imports: mergeLeaves(withoutRepeats(imports)) };
}

/** A path through another import says something new only where it leads on to a file of its own, the first time. */
function withoutRepeats(imports: readonly ResolvedImport[]): readonly ResolvedImport[] {
  const reached = new Set(imports.flatMap((fact) => (fact.isThroughAnother !== true && fact.target.kind === "file" ? [fact.target.file] : [])));
  return imports.filter((fact) => {
    if (fact.isThroughAnother !== true) return true;
    if (fact.target.kind !== "file" || reached.has(fact.target.file)) return false;
    reached.add(fact.target.file);
    return true;
  });
}

/** `use a::ui::{self, Page}` is one import of one file with two names: leaves of one statement, line and target become one. */
function mergeLeaves(imports: readonly ResolvedImport[]): readonly ResolvedImport[] {
  const merged = new Map<string, ResolvedImport>();
  for (const [index, fact] of imports.entries()) {
    const key =
      fact.statement === undefined || fact.target.kind !== "file"
        ? String(index)
        : JSON.stringify([fact.target.file, fact.line, fact.kind, fact.isTest === true, fact.statement]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? fact : { ...known, names: [...known.names, ...fact.names] });
  }
  return [...merged.values()];
}

interface Names { readonly declared: ReadonlySet<string>; readonly own: ReadonlySet<string> }

/** The modules as one file sees them. */
class RustModules {
  readonly #file: string;
  readonly #crates: readonly Crate[];
  readonly #isThere: (file: string) => boolean;
  readonly #crate: Crate | undefined;
  /** The file where the crate of this file begins. */
  readonly #root: string;

  constructor(file: string, crates: readonly Crate[], isThere: (file: string) => boolean) {
    this.#file = file;
    this.#crates = crates;
    this.#isThere = isThere;
    this.#crate = crates.find((one) => one.folder === "" || file.startsWith(`${one.folder}/`));
    this.#root = this.#rootOf();
  }

  /** Undefined where the import says nothing about files: an item of this very file, a local name. */
  resolve(fact: ImportFact, names: Names): ImportTarget | undefined {
    const { specifier = "" } = fact;
    if (specifier.startsWith("path:")) return this.#literalPath(specifier.slice("path:".length));
    const isModule = fact.names.length === 0;
    const [first = "", ...rest] = specifier.startsWith("::") ? ["::", ...specifier.slice(2).split("::")] : specifier.split("::");
    switch (first) {
      case "crate": return this.#descend(this.#root, rest);
      case "self": return isModule ? this.#childModule(rest) : this.#descend(this.#file, rest);
      case "super": return this.#super(rest);
      case "::": return this.#external(rest[0] ?? "", rest.slice(1), specifier, true);
      default:
    }
    // A path that begins with a module declared here, an item of this file, or the name of a crate (Rust 2018).
    if (names.declared.has(first)) return this.#descend(this.#file, [first, ...rest]);
    if (names.own.has(first)) return undefined;
    return this.#external(first, rest, specifier, fact.statement !== undefined);
  }

  #external(name: string, rest: readonly string[], specifier: string, isCertain: boolean): ImportTarget | undefined {
    if (standard.has(name)) return { kind: "builtin", name: specifier.replace(/^::/, "") };
    const declared = this.#crate?.dependencies.get(name);
    const wanted = declared ?? name;
    const libraries = this.#crates.filter((one) => one.library !== undefined);
    const crate = libraries.find((one) => one.name === wanted) ?? (declared === undefined ? undefined : libraries.find((one) => one.packageName === wanted));
    if (crate?.library !== undefined) return this.#descend(crate.library, rest);
    // In the middle of the code a name of a dependency is certain too: `tracing::info!(…)` needs no use.
    if (!isCertain && declared === undefined) return undefined;
    return { kind: "package", name: wanted, specifier: specifier.replace(/^::/, "") };
  }

  #super(rest: readonly string[]): ImportTarget {
    let file: string | undefined = this.#parentOf(this.#file);
    let segments = rest;
    while (segments[0] === "super" && file !== undefined) { file = this.#parentOf(file); segments = segments.slice(1); }
    return file === undefined ? { kind: "unresolved", reason: "no module above this one is a file of the crate" } : this.#descend(file, segments);
  }

  /** Goes down as long as a segment is a file; the rest are items of the last one. */
  #descend(from: string, segments: readonly string[]): ImportTarget {
    let file = from;
    for (const segment of segments) {
      const child = this.#childOf(file, segment);
      if (child === undefined) break;
      file = child;
    }
    return this.#isThere(file) ? { kind: "file", file } : { kind: "unresolved", reason: `no such file: ${file}` };
  }

  #childModule(segments: readonly string[]): ImportTarget {
    const folder = posix.join(this.#folderOf(this.#file), ...segments.slice(0, -1));
    const name = segments.at(-1) ?? "";
    const child = this.#fileIn(folder, name);
    return child === undefined
      ? { kind: "unresolved", reason: `no such file: ${posix.join(folder, `${name}.rs`)} or ${posix.join(folder, name, "mod.rs")}` }
      : { kind: "file", file: child };
  }

  #literalPath(path: string): ImportTarget {
    const file = posix.normalize(posix.join(posix.dirname(this.#file), path));
    return this.#isThere(file) ? { kind: "file", file } : { kind: "unresolved", reason: `no such file: ${file}` };
  }

  #childOf(file: string, name: string): string | undefined {
    return this.#fileIn(this.#folderOf(file), name);
  }

  #fileIn(folder: string, name: string): string | undefined {
    return [posix.join(folder, `${name}.rs`), posix.join(folder, name, "mod.rs")].find(this.#isThere);
  }

  /** Where the modules of a file lie: beside a root and mod.rs, else in the folder of its name. */
  #folderOf(file: string): string {
    const folder = posix.dirname(file);
    return this.#isRoot(file) || posix.basename(file) === "mod.rs" ? folder : posix.join(folder, posix.basename(file, ".rs"));
  }

  #isRoot(file: string): boolean {
    return this.#crates.some((one) => one.roots.has(file)) || /(^|\/)(lib|main)\.rs$/.test(file);
  }

  /** The file of the module around: folder.rs or mod.rs above, at last the root of the crate. */
  #parentOf(file: string): string | undefined {
    if (file === this.#root || this.#isRoot(file)) return undefined;
    const folder = posix.basename(file) === "mod.rs" ? posix.dirname(posix.dirname(file)) : posix.dirname(file);
    if (folder === posix.dirname(this.#root)) return this.#root;
    return [`${folder}.rs`, posix.join(folder, "mod.rs")].find(this.#isThere);
  }

  #rootOf(): string {
    if (this.#isRoot(this.#file)) return this.#file;
    const roots = [...this.#crate?.roots ?? []].filter(this.#isThere);
    const above = roots.filter((root) => this.#file.startsWith(`${posix.dirname(root)}/`)).sort((left, right) => posix.dirname(right).length - posix.dirname(left).length);
    const deepest = above.filter((root) => posix.dirname(root) === posix.dirname(above[0] ?? ""));
    const found = deepest.find((root) => root === this.#crate?.library) ?? deepest.find((root) => root.endsWith("/main.rs")) ?? deepest[0];
    if (found !== undefined) return found;
    // Without a manifest: the nearest lib.rs or main.rs above.
    for (let folder = posix.dirname(this.#file); ; folder = posix.dirname(folder)) {
      const root = [posix.join(folder, "lib.rs"), posix.join(folder, "main.rs")].find(this.#isThere);
      if (root !== undefined) return root;
      if (folder === "." || folder === "/") return this.#file;
    }
  }
}
