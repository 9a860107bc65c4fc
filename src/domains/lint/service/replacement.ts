// The exact edit that repairs a forbidden import: the same names from a file that the importer may see. Pure text.
import type { ResolvedImport } from "../types/facts.ts";
import type { FactsIndex } from "./facts-index.ts";

export interface ReplacementInput {
  readonly file: string;
  readonly fact: ResolvedImport;
  readonly index: FactsIndex;
  /** Whether `file` may import this file. */
  readonly isAllowed: (target: string) => boolean;
  /** Files that are looked through when the forbidden one does not pass a name on, with their places: the nearest has the lowest. */
  readonly neighbours: ReadonlyMap<string, number>;
}

export interface Replacement {
  /** The imperative sentence, complete with both statements. */
  readonly fix: string;
}

/** Undefined where no name, or only a part of the statement that cannot be told apart, is found elsewhere. */
export function planReplacement(input: ReplacementInput): Replacement | undefined {
  const { fact, file } = input;
  if (fact.target.kind !== "file" || fact.statement === undefined || fact.specifier === undefined) return undefined;
  const wanted = fact.names.map((one) => one.imported);
  if (wanted.length === 0 || wanted.includes("*")) return undefined;
  const found = new Map<string, { readonly source: string; readonly name: string; readonly isDefined: boolean }>();
  for (const name of wanted) {
    const source = sourceOf(name, fact.target.file, input);
    if (source !== undefined) found.set(name, source);
  }
  const sources = [...new Set([...found.values()].map((one) => one.source))];
  const [source] = sources;
  if (source === undefined) return undefined;
  const isRenamed = [...found].some(([name, one]) => one.name !== name);
  const isPartial = found.size < wanted.length || sources.length > 1 || isRenamed;
  if (isPartial && isOtherLanguage(file)) return undefined;
  if (isPartial) return { fix: partialFix(wanted, found, input) };
  const specifier = specifierFor(file, source, fact.specifier, fact.target.file);
  const at = isModuleName(file) ? fact.statement.indexOf(` ${fact.specifier} `) + 1 : fact.statement.lastIndexOf(fact.specifier);
  if (specifier === undefined || at < (isModuleName(file) ? 1 : 0)) return undefined;
  const replaced = fact.statement.slice(0, at) + specifier + fact.statement.slice(at + fact.specifier.length);
  const isDefined = [...found.values()].every((one) => one.isDefined);
  const symbols = wanted.join(", ");
  return {
    fix: `In ${file}, line ${fact.line}, replace \`${fact.statement}\` by \`${replaced}\`: ${source} ${isDefined ? "defines" : "exports"} ${symbols}, and may be imported here.`,
  };
}

function partialFix(wanted: readonly string[], found: ReadonlyMap<string, { readonly source: string; readonly name: string }>, input: ReplacementInput): string {
  const { file, fact } = input;
  const groups = new Map<string, string[]>();
  for (const [name, one] of found) groups.set(one.source, [...(groups.get(one.source) ?? []), one.name === name ? name : `${one.name} as ${name}`]);
  const keyword = fact.kind === "reexport" ? "export" : "import";
  const statements = [...groups].map(
    ([source, list]) => `\`${keyword}${fact.isType ? " type" : ""} { ${list.join(", ")} } from "${specifierFor(file, source, fact.specifier ?? "") ?? ""}";\``,
  );
  const rest = wanted.filter((name) => !found.has(name));
  const tail = rest.length === 0 ? "" : ` For ${rest.join(", ")}: move the definition to where it may be imported from here, or pass it in as a parameter.`;
  return `In ${file}, line ${fact.line}, take ${[...found.keys()].join(", ")} out of \`${fact.statement ?? ""}\` and add ${statements.join(" and ")}.${tail}`;
}

/** Along the chain of re-exports first (the file that defines the name, then the ones before it), then a neighbour with an export of that name. */
function sourceOf(name: string, target: string, input: ReplacementInput): { readonly source: string; readonly name: string; readonly isDefined: boolean } | undefined {
  const chain = input.index.originsOf(target, name);
  const origin = chain.at(-1);
  for (const source of [...chain].reverse()) {
    if (!input.isAllowed(source) || source === input.file) continue;
    const exported = exportedName(source, name, origin, input);
    if (exported !== undefined) return { source, name: exported, isDefined: source === origin };
  }
  // `default` means something else in every file.
  if (name === "default") return undefined;
  const neighbours = [...input.index.exportersOf(name)]
    .filter((one) => input.neighbours.has(one) && one !== input.file && one !== target && input.isAllowed(one))
    .sort((left, right) => (input.neighbours.get(left) ?? 0) - (input.neighbours.get(right) ?? 0));
  const same = neighbours.find((one) => origin !== undefined && input.index.originsOf(one, name).at(-1) === origin);
  const source = same ?? neighbours.find((one) => input.index.originsOf(one, name).length > 0);
  return source === undefined ? undefined : { source, name, isDefined: input.index.originsOf(source, name).length === 1 };
}

/** A chain may rename on its way: the name is looked for under its own name first, then under any that ends in the same origin. */
function exportedName(source: string, name: string, origin: string | undefined, input: ReplacementInput): string | undefined {
  if (input.index.originsOf(source, name).at(-1) === origin) return name;
  return input.index
    .get(source)
    ?.exports.find((one) => one.name !== "*" && one.name !== "default" && input.index.originsOf(source, one.name).at(-1) === origin && one.from !== undefined)
    ?.name;
}

function isModuleName(file: string): boolean {
  return /\.pyi?$/.test(file);
}

function isOtherLanguage(file: string): boolean {
  return !/\.[cm]?[jt]sx?$/.test(file);
}

/** The specifier of `target` in the manner of the old one, which leads to `oldTarget`: relative with the same kind of ending, or a module's name. Undefined where the language has no such form. */
export function specifierFor(file: string, target: string, old: string, oldTarget = ""): string | undefined {
  if (isModuleName(file)) return moduleNameFor(file, target, old, oldTarget);
  if (isOtherLanguage(file)) return undefined;
  const from = file.split("/").slice(0, -1);
  const to = target.split("/");
  let same = 0;
  while (same < from.length && same < to.length - 1 && from[same] === to[same]) same++;
  const up = from.length - same;
  const path = `${up === 0 ? "./" : "../".repeat(up)}${to.slice(same).join("/")}`;
  const ending = /\.([cm]?[jt]sx?)$/.exec(old)?.[1];
  if (ending === undefined) return path.replace(/\/index\.[cm]?[jt]sx?$/, "").replace(/\.[cm]?[jt]sx?$/, "");
  return ending.includes("ts") ? path : path.replace(/\.([cm]?)tsx?$/, ".$1js");
}

/** `a.b.c` below the same source root, or as many dots as the way to the target has steps. */
function moduleNameFor(file: string, target: string, old: string, oldTarget: string): string | undefined {
  const pathOf = (path: string) => path.replace(/(\/__init__)?\.pyi?$/, "").split("/");
  if (old.startsWith(".")) {
    const [from, to] = [file.split("/").slice(0, -1), pathOf(target)];
    let same = 0;
    while (same < from.length && from[same] === to[same]) same++;
    return ".".repeat(from.length - same + 1) + to.slice(same).join(".");
  }
  const oldPath = pathOf(oldTarget);
  const root = oldPath.slice(0, oldPath.length - old.split(".").length);
  const to = pathOf(target);
  return root.every((part, at) => to[at] === part) ? to.slice(root.length).join(".") : undefined;
}
