// From Python's module names to files: relative to the importer's package, or below a source root. Path arithmetic over the list of files only.
import type { FileFacts, ImportedName, ImportFact, ImportTarget, ResolvedFacts, ResolvedImport } from "../../../types/facts.ts";
import type { ImportResolver, ResolverInput } from "../../adapter.ts";
import { readSourceRoots } from "./source-roots.ts";
import { isStandardLibrary } from "./standard-library.ts";

const endings = [".py", "/__init__.py", ".pyi", "/__init__.pyi"];
/** Compiled modules: their source is no Python, but they are there. */
const compiledEndings = [".pyx", ".so", ".pyd", ".c", ".cpp", ".rs"];

export function loadPythonResolver(input: ResolverInput): Promise<ImportResolver> {
  let modules: Promise<Modules> | undefined;
  return Promise.resolve(async (facts) => {
    if (facts.imports.length === 0) return { ...facts, imports: [] };
    modules ??= loadModules(input);
    return resolveAll(facts, await modules);
  });
}

async function loadModules(input: ResolverInput): Promise<Modules> {
  return new Modules(input.files, await readSourceRoots(input), input.isSource);
}

/** What lies under a path without its ending. */
type Found = { readonly kind: "file"; readonly file: string } | { readonly kind: "folder" } | { readonly kind: "compiled"; readonly file: string };

/** The modules of a repository by path. */
export class Modules {
  readonly #isSource: (file: string) => boolean;
  readonly #files: ReadonlySet<string>;
  /** Folders with Python anywhere below. */
  readonly #folders = new Set<string>();
  readonly #roots: readonly string[];
  readonly #tops = new Map<string, readonly string[]>();

  constructor(files: readonly string[], roots: readonly string[], isSource: (file: string) => boolean) {
    this.#isSource = isSource;
    this.#files = new Set(files.filter((file) => /\.(pyi?|pyx|so|pyd|c|cpp|rs)$/.test(file)));
    for (const file of files) {
      if (!/\.pyi?$/.test(file)) continue;
      for (let end = file.lastIndexOf("/"); end > 0; end = file.lastIndexOf("/", end - 1)) {
        const folder = file.slice(0, end);
        if (this.#folders.has(folder)) break;
        this.#folders.add(folder);
      }
    }
    this.#roots = roots.filter((root) => root === "" || this.#folders.has(root));
  }

  find(path: string): Found | undefined {
    for (const ending of endings) if (this.#files.has(path + ending) && this.#isSource(path + ending)) return { kind: "file", file: path + ending };
    if (this.#folders.has(path)) return { kind: "folder" };
    const compiled = compiledEndings.find((ending) => this.#files.has(path + ending));
    return compiled === undefined ? undefined : { kind: "compiled", file: path + compiled };
  }

  /** Paths where the module `dotted` may lie as `file` sees it, the best first: beside a script, in the folders above it, then below the roots of the repository. */
  candidates(file: string, dotted: string): readonly string[] {
    const folder = file.slice(0, Math.max(0, file.lastIndexOf("/")));
    const top = dotted.split(".", 1)[0] ?? dotted;
    const key = `${folder} ${top}`;
    let roots = this.#tops.get(key);
    if (roots === undefined) {
      const above = foldersUpFrom(folder).filter((one) => !this.#isPackage(one));
      const declared = this.#roots
        .filter((root) => !above.includes(root))
        .sort((left, right) => sharedLength(right, folder) - sharedLength(left, folder) || left.length - right.length || (left < right ? -1 : 1));
      roots = [...above, ...declared].filter((root) => this.find(below(root, top)) !== undefined);
      this.#tops.set(key, roots);
    }
    return roots.map((root) => below(root, dotted.replaceAll(".", "/")));
  }

  #isPackage(folder: string): boolean {
    return this.#files.has(below(folder, "__init__.py")) || this.#files.has(below(folder, "__init__.pyi"));
  }
}

function foldersUpFrom(folder: string): readonly string[] {
  const found: string[] = [];
  for (let at = folder; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) found.push(at);
  return [...found, ""];
}

function below(folder: string, path: string): string {
  return folder === "" ? path : path === "" ? folder : `${folder}/${path}`;
}

function sharedLength(left: string, right: string): number {
  let at = 0;
  const [one, other] = [left.split("/"), right.split("/")];
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function resolveAll(facts: FileFacts, modules: Modules): ResolvedFacts {
  return { ...facts, imports: facts.imports.flatMap((fact) => resolveFact(facts.file, fact, modules)) };
}

/** One import for each file that the statement reaches: `from pkg import a, b` reaches two where both are modules. */
export function resolveFact(file: string, fact: ImportFact, modules: Modules): readonly ResolvedImport[] {
  const { specifier } = fact;
  if (specifier === undefined) return [{ ...fact, target: { kind: "unresolved", reason: "the name of the module is computed at run time" } }];
  const base = baseOf(file, specifier, modules);
  if (typeof base !== "string") return [{ ...fact, target: base }];
  const whole = modules.find(base);
  const own = targetOf(whole, base);
  const groups = new Map<string, { readonly target: ImportTarget; readonly specifier: string; readonly names: ImportedName[] }>();
  const add = (key: string, target: ImportTarget, written: string, name: ImportedName | undefined) => {
    const group = groups.get(key) ?? { target, specifier: written, names: [] };
    if (name !== undefined) group.names.push(name);
    groups.set(key, group);
  };
  for (const name of fact.names) {
    const found = name.imported === "*" || isModuleFile(whole) ? undefined : modules.find(below(base, name.imported));
    if (found !== undefined && found.kind !== "folder")
      add(`${base}/${name.imported}`, targetOf(found, base), specifier.endsWith(".") ? specifier + name.imported : `${specifier}.${name.imported}`, {
        imported: "*",
        isType: name.isType,
      });
    else if (found === undefined && whole?.kind === "folder" && name.imported !== "*") add(base, missing(specifier, below(base, name.imported), modules), specifier, name);
    else add(base, found?.kind === "folder" ? targetOf(found, below(base, name.imported)) : own, specifier, name);
  }
  if (groups.size === 0) add(base, own, specifier, undefined);
  return [...groups.values()].map((group) => ({ ...fact, specifier: group.specifier, names: group.names, target: group.target }));
}

/** A folder without `__init__.py` may bear the name of a package that is installed: only what is found below it is its own. */
function missing(specifier: string, path: string, modules: Modules): ImportTarget {
  const top = specifier.split(".", 1)[0] ?? specifier;
  const isOwn = top === "" || modules.find(path.split("/").slice(0, path.split("/").lastIndexOf(top) + 1).join("/"))?.kind !== "folder";
  return isOwn ? { kind: "unresolved", reason: `no such module: ${path}` } : { kind: "package", name: top, specifier };
}

/** `a/b.py` has no modules below, `a/b/__init__.py` may. */
function isModuleFile(found: Found | undefined): boolean {
  return found?.kind === "file" && !/\/__init__\.pyi?$/.test(found.file);
}

function targetOf(found: Found | undefined, path: string): ImportTarget {
  switch (found?.kind) {
    case "file": return { kind: "file", file: found.file };
    case "compiled": return { kind: "asset", path: found.file };
    // A namespace package is a folder without a file of its own.
    case "folder": return { kind: "asset", path };
    case undefined: return { kind: "unresolved", reason: `no such module: ${path}` };
  }
}

/** The path that a specifier stands for, or what it is instead. */
function baseOf(file: string, specifier: string, modules: Modules): string | ImportTarget {
  const dots = /^\.+/.exec(specifier)?.[0].length ?? 0;
  if (dots > 0) {
    const parts = file.split("/").slice(0, -1);
    if (dots - 1 > parts.length) return { kind: "unresolved", reason: "the relative import leads out of the repository" };
    return below(parts.slice(0, parts.length - (dots - 1)).join("/"), specifier.slice(dots).replaceAll(".", "/"));
  }
  const top = specifier.split(".", 1)[0] ?? specifier;
  const candidates = modules.candidates(file, specifier);
  const isStandard = isStandardLibrary(top);
  // Of a module of the repository and one of the standard library with the same name, only a name below it can tell.
  if (!isStandard || specifier !== top) {
    const found = candidates.find((path) => modules.find(path)?.kind === "file") ?? candidates.find((path) => modules.find(path) !== undefined);
    if (found !== undefined) return found;
  }
  if (isStandard) return { kind: "builtin", name: specifier };
  const [nearest] = candidates;
  if (nearest === undefined) return { kind: "package", name: top, specifier };
  return missing(specifier, nearest, modules);
}
