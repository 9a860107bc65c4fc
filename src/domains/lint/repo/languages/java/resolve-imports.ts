// From Java's names to files: `a.b.C` is the file whose path ends with a/b/C.java, wherever its source root lies.
import type { FileFacts, ImportFact, ImportTarget, ResolvedFacts } from "../../../types/facts.ts";
import type { ImportResolver, ResolverInput } from "../../adapter.ts";

const builtinPackages =
  /^(java|jdk|sun|com\.sun|org\.w3c\.dom|org\.xml\.sax|org\.ietf\.jgss|javax\.(accessibility|annotation\.processing|crypto|imageio|lang|management|naming|net|print|rmi|script|security|sound|sql|swing|tools|transaction\.xa|xml))(\.|$)/;

export function loadJavaResolver(input: ResolverInput): Promise<ImportResolver> {
  let classes: JavaClasses | undefined;
  return Promise.resolve((facts) => Promise.resolve(resolveAll(facts, classes ??= new JavaClasses(input.files, input.isSource))));
}

function resolveAll(facts: FileFacts, classes: JavaClasses): ResolvedFacts {
  const imports = facts.imports.flatMap((fact) => {
    const target = resolveJavaName(facts.file, fact, classes);
    // A name in the middle of the code that leads nowhere was no class: a field of a field looks the same.
    if (fact.statement === undefined && target.kind !== "file" && target.kind !== "builtin") return [];
    return target.kind === "file" && target.file === facts.file ? [] : [{ ...fact, target }];
  });
  return { ...facts, imports };
}

/** The classes and packages of a repository by their names. */
export class JavaClasses {
  readonly #isSource: (file: string) => boolean;
  /** Files by simple name. */
  readonly #byName = new Map<string, string[]>();
  /** Folders with Java files, and the first file of each. */
  readonly #folders = new Map<string, string>();

  constructor(files: readonly string[], isSource: (file: string) => boolean) {
    this.#isSource = isSource;
    for (const file of files) {
      if (!file.endsWith(".java")) continue;
      const at = file.lastIndexOf("/");
      const name = file.slice(at + 1, -".java".length);
      const known = this.#byName.get(name);
      if (known === undefined) this.#byName.set(name, [file]); else known.push(file);
      const folder = file.slice(0, Math.max(0, at));
      if (!this.#folders.has(folder)) this.#folders.set(folder, file);
    }
  }

  /** The file of a class as `from` sees it: of several of one name the one with the longest common path. */
  file(from: string, path: string): string | undefined {
    const candidates =
      this.#byName
        .get(path.slice(path.lastIndexOf("/") + 1))
        ?.filter((file) => (file === `${path}.java` || file.endsWith(`/${path}.java`)) && this.#isSource(file)) ?? [];
    return nearest(from, candidates);
  }

  /** The first file of a package as `from` sees it. */
  package(from: string, path: string): string | undefined {
    const folders = [...this.#folders.keys()].filter((folder) => folder === path || folder.endsWith(`/${path}`));
    const folder = nearest(from, folders);
    return folder === undefined ? undefined : this.#folders.get(folder);
  }
}

function nearest(from: string, paths: readonly string[]): string | undefined {
  const shared = (path: string) => { let at = 0; while (at < path.length && path[at] === from[at]) at++; return at; };
  return [...paths].sort((left, right) => shared(right) - shared(left) || left.length - right.length || (left < right ? -1 : 1))[0];
}

/** A class, a class around it (nested classes and static members), or a package for `.*`. */
export function resolveJavaName(from: string, fact: Pick<ImportFact, "specifier">, classes: JavaClasses): ImportTarget {
  const specifier = fact.specifier ?? "";
  const isStar = specifier.endsWith(".*");
  const parts = (isStar ? specifier.slice(0, -2) : specifier).split(".");
  for (let end = parts.length; end > 0; end--) {
    const file = classes.file(from, parts.slice(0, end).join("/"));
    if (file !== undefined && (end > 1 || parts.length === 1)) return { kind: "file", file };
    // Below a class only names with capitals and static members follow; a package is lower case all through.
    if (end < parts.length - 2) break;
  }
  if (isStar) {
    const file = classes.package(from, parts.join("/"));
    if (file !== undefined) return { kind: "file", file };
  }
  if (builtinPackages.test(specifier)) return { kind: "builtin", name: specifier };
  const firstType = parts.findIndex((part) => /^[A-Z]/.test(part));
  const packageName = (firstType <= 0 ? parts.slice(0, isStar ? parts.length : -1) : parts.slice(0, firstType)).join(".");
  if (packageName !== "" && classes.package(from, packageName.replaceAll(".", "/")) !== undefined)
    return { kind: "unresolved", reason: `no file of the class ${specifier} in the package ${packageName}` };
  return { kind: "package", name: packageName === "" ? specifier : packageName, specifier };
}
