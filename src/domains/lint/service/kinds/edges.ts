// Small words about imports that several kinds of rules share.
import type { ImportTarget, PackageName, ResolvedFacts, ResolvedImport } from "../../types/facts.ts";
import type { KindDraft } from "./kind.ts";

/** Circles and chains of this length are readable; longer ones are cut in their middle. */
const chainShownMax = 8;

/** The statement in one line, or what it does in words where it is long. */
export function quoteImport(fact: ResolvedImport): string {
  const statement = fact.statement?.replaceAll(/\s+/g, " ");
  if (statement !== undefined && statement.length <= 160) return `\`${statement}\``;
  const verb =
    fact.kind === "dynamic"
      ? "import"
      : fact.kind === "require"
        ? "require"
        : fact.kind === "reexport"
          ? "export from"
          : fact.kind === "type"
            ? "import type"
            : "import";
  return `${verb} "${fact.specifier ?? "…"}"`;
}

export function placeOfImport(facts: ResolvedFacts, fact: ResolvedImport): Pick<KindDraft, "file" | "line" | "column" | "endLine"> {
  return { file: facts.file, line: fact.line, column: fact.column, endLine: fact.endLine };
}

/** What globs of a rule are matched against; the first names the target in messages. Empty where the target is not known. */
export function targetNames(target: ImportTarget): readonly string[] {
  switch (target.kind) {
    case "file": return [target.file];
    case "asset": return [target.path];
    // `node:fs` is also `fs`; `os.path` and `std::fs` are also `os` and `std`.
    case "builtin": return [...new Set([target.name, target.name.replace(/^node:/, ""), target.name.split(/\.|::/, 1)[0] ?? ""])];
    case "package": return namesOfPackage(target);
    case "unresolved": return target.package === undefined ? [] : namesOfPackage(target.package);
  }
}

/** The package that an import names, whether it is to be had here or not. */
export function packageOf(target: ImportTarget): PackageName | undefined {
  if (target.kind === "package") return target;
  return target.kind === "unresolved" ? target.package : undefined;
}

function namesOfPackage({ name, specifier }: PackageName): readonly string[] {
  return specifier === name ? [name] : [name, specifier];
}

export function showChain(chain: readonly string[]): string {
  if (chain.length <= chainShownMax) return chain.join(" → ");
  return [...chain.slice(0, chainShownMax - 3), `… ${chain.length - chainShownMax + 1} more …`, ...chain.slice(-2)].join(" → ");
}

/** `folder/file` below the root: the folder, "" for the root. */
export function folderOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf("/")));
}

/** The file itself and every folder above it, the longest first, without the root. */
export function prefixesOf(file: string): readonly string[] {
  const found: string[] = [];
  for (let path = file; path !== ""; path = folderOf(path)) found.push(path);
  return found;
}
