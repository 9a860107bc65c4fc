// Packages that are imported without being declared, and ways into a package that go around its entry. TypeScript and JavaScript only: the other languages' own tools refuse both.
import picomatch from "picomatch";
import { asRecord, parseJson } from "../../../../base/json.ts";
import type { PackagesRule } from "../../config/kinds/architecture.ts";
import type { ResolvedFacts, ResolvedImport } from "../../types/facts.ts";
import { folderOf, packageOf, placeOfImport, quoteImport } from "./edges.ts";
import { type KindDraft, type KindInput, type RuleKind, scriptLanguages } from "./kind.ts";

interface Package { readonly folder: string; readonly file: string; readonly name: string | undefined; readonly names: ReadonlySet<string> }

export const packages: RuleKind<PackagesRule> = {
  summary: "A package is imported only where the nearest package.json declares it, and another package of the workspace only by its name.",
  languages: scriptLanguages,
  why: "What is not declared is there by accident, and a path into another package breaks when its inside moves.",
  example: "- { kind: packages, except: \"**/*.test.ts\" }",
  texts: (_rule, allFiles) => allFiles.filter((file) => file === "package.json" || file.endsWith("/package.json")),
  checkFile(rule, facts, input) {
    if (facts.language !== "typescript" && facts.language !== "javascript") return [];
    const own = packageAbove(facts.file, input);
    if (own === undefined) return [];
    const isAllowed = rule.allow.length === 0 ? () => false : picomatch([...rule.allow], { dot: true });
    return facts.imports.flatMap((fact) => checkImport({ rule, facts, fact, own, isAllowed }, input));
  },
};

interface Question {
  readonly rule: PackagesRule;
  readonly facts: ResolvedFacts;
  readonly fact: ResolvedImport;
  readonly own: Package;
  readonly isAllowed: (name: string) => boolean;
}

function checkImport({ rule, facts, fact, own, isAllowed }: Question, input: KindInput): KindDraft[] {
  const { target, specifier = "" } = fact;
  const at = placeOfImport(facts, fact);
  if (target.kind === "package" || target.kind === "unresolved") {
    const name = packageOf(target)?.name;
    // In JavaScript a type is imported by a comment, which no install and no program ever reads.
    if (facts.language === "javascript" && fact.isType) return [];
    if (name === undefined || isDeclared(own, name) || isAllowed(name) || name === own.name) return [];
    return [undeclared(at, fact, name, own)];
  }
  if (target.kind !== "file") return [];
  const other = packageAbove(target.file, input);
  if (other === undefined || other.folder === own.folder || other.name === undefined || isAllowed(other.name)) return [];
  const isByName = specifier === other.name || specifier.startsWith(`${other.name}/`);
  if (isByName) return isDeclared(own, other.name) ? [] : [undeclared(at, fact, other.name, own)];
  if (!rule.isPrivate || own.folder.startsWith(`${other.folder}/`) || other.folder === "") return [];
  return [{
    ...at,
    to: target.file,
    found: `${quoteImport(fact)}: a path into the package ${other.name} (${target.file})`,
    expected: `${other.name} is imported by its name, through what it exports`,
    fix: `Export what is needed from ${other.name}, import it from "${other.name}", and declare ${other.name} in ${own.file}.`,
  }];
}

function undeclared(at: Pick<KindDraft, "file" | "line" | "column" | "endLine">, fact: ResolvedImport, name: string, own: Package): KindDraft {
  return {
    ...at,
    to: name,
    found: `${quoteImport(fact)}: the package ${name} is not declared in ${own.file}`,
    expected: `every imported package stands in the dependencies of the nearest package.json (${own.file})`,
    fix: `Add ${name} to the dependencies in ${own.file} if the package is wanted here, or use what is declared instead.`,
  };
}

function isDeclared(own: Package, name: string): boolean {
  return own.names.has(name) || own.names.has(`@types/${name.replace(/^@/, "").replace("/", "__")}`);
}

const parsedPackages = new WeakMap<KindInput["texts"], ReadonlyMap<string, Package>>();

/** The nearest package above a file. A package.json that declares no dependency and has no name (`{ "type": "module" }`) is no package of its own. */
function packageAbove(file: string, input: KindInput): Package | undefined {
  const known = parsedPackages.get(input.texts) ?? readPackages(input);
  parsedPackages.set(input.texts, known);
  for (let folder = folderOf(file); ; folder = folderOf(folder)) {
    const found = known.get(folder);
    if (found !== undefined || folder === "") return found;
  }
}

function readPackages(input: KindInput): ReadonlyMap<string, Package> {
  const found = new Map<string, Package>();
  for (const [file, { text }] of input.texts) {
    if (file !== "package.json" && !file.endsWith("/package.json")) continue;
    const value = asRecord(parseJson(text)); // what is none, its own tool will say
    if (value === undefined) continue;
    const name = typeof value["name"] === "string" ? value["name"] : undefined;
    const names = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"].flatMap((key) => Object.keys(asRecord(value[key]) ?? {}));
    if (name === undefined && names.length === 0) continue;
    found.set(folderOf(file), { folder: folderOf(file), file, name, names: new Set(names) });
  }
  return found;
}
