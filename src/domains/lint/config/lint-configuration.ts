// All keys of lint in one typed view, compiled and checked against each other. Pure: text comes in parsed.
import type { Configuration } from "../../../base/config-section.ts";
import { InspanError } from "../../../base/errors.ts";
import { type Globs } from "./globs.ts";
import { compileGlobs, compilePackages, listOf, type Matcher } from "./match.ts";
import type { KindRule } from "./kinds/index.ts";
import { type BuiltinName, builtinRules } from "./rule-names.ts";
import type { BanRule, ImportRule, RuleEntry, rulesSection, SettingRule, SizeRule } from "./rules.ts";
import type { Door, domainsSection, Exception, exceptionsSection, layersSection, providersSection } from "./sections.ts";

/** Files whose imports are not bound by layers, domains and providers unless the repository says otherwise. */
const testFiles: Globs = [
  "**/*.test.*",
  "**/*.spec.*",
  "**/__tests__/**",
  "**/*.bench.*",
  "**/{test_*,*_test,conftest}.py",
  "**/*_test.go",
  "**/tests/**/*.{py,rs}",
  "**/src/test/**/*.java",
  "**/*Test.java",
];
/** FEATURES row 31: what users get without an entry of their own. */
const fileLinesMaxDefault = 350;
/** Layers that see no Providers in the drawn diagram. */
const layersWithoutProviders: readonly string[] = ["types", "config"];

export interface BuiltinSetting { readonly severity: "error" | "warning" | "off"; readonly isExcepted: Matcher }
export interface CompiledDoor { readonly path: string; readonly isMatch: Matcher; readonly layers: readonly string[] | undefined }

export type CompiledKindRule = KindRule & { readonly name: string; readonly isIn: Matcher };

export interface LintConfiguration {
  /** Where to look for what the messages speak of; `inspan.yaml` where there is no file. */
  readonly file: string;
  /** Line of a part of it, from 1. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
  /** False where there is no configuration file and all is the default. */
  readonly isWritten: boolean;
  readonly domains: { readonly paths: readonly string[]; readonly isMatch: Matcher; readonly order: readonly string[] | undefined; readonly doors: readonly CompiledDoor[] };
  readonly layers: { readonly order: readonly string[]; readonly edges: Readonly<Record<string, readonly string[]>> };
  readonly providers:
    | {
        readonly path: string;
        readonly isMatch: Matcher;
        readonly packages: readonly string[];
        readonly isPackage: (name: string, specifier: string) => boolean;
        readonly layers: readonly string[];
      }
    | undefined;
  readonly builtins: Readonly<Record<BuiltinName, BuiltinSetting>>;
  /** Settings of rules that other domains contribute, by name. */
  readonly settings: ReadonlyMap<string, { readonly severity: "error" | "warning" | "off" | undefined; readonly isExcepted: Matcher }>;
  readonly importRules: readonly (ImportRule & { readonly isFrom: Matcher; readonly isTo: Matcher; readonly isExcepted: Matcher })[];
  readonly banRules: readonly (BanRule & { readonly isIn: Matcher })[];
  readonly sizeRules: readonly (SizeRule & { readonly isIn: Matcher })[];
  /** Rules of a kind that are not off, in the order of the file. */
  readonly kindRules: readonly CompiledKindRule[];
  readonly exceptions: readonly (Exception & { readonly isFile: Matcher; readonly isTo: Matcher })[];
  /** First names of all banned globals: what facts are asked to look for. */
  readonly watchedGlobals: readonly string[];
}

/** A section by its name alone: a configuration that is read has been parsed, and schemas take longer to load than all the rest. */
function named<Section>(key: "domains" | "layers" | "providers" | "rules" | "exceptions"): Section {
  return { key } as Section; // a configuration reads nothing of a section but its key
}

/** Throws CONFIG_INVALID where two keys contradict each other. */
export function readLintConfiguration(configuration: Configuration): LintConfiguration {
  const domains = configuration.read(named<typeof domainsSection>("domains"));
  const layers = configuration.read(named<typeof layersSection>("layers"));
  const providers = configuration.read(named<typeof providersSection>("providers"));
  const entries = configuration.read(named<typeof rulesSection>("rules"));
  requireKnownLayers(domains.doors, layers.order);
  const banRules = entries.filter(isBanRule).map((rule) => ({ ...rule, isIn: compileGlobs(rule.in) }));
  return {
    file: "inspan.yaml", lineOf: (path) => configuration.lineOf?.(path) ?? 1, isWritten: configuration.path !== undefined,
    domains: {
      paths: domains.path,
      isMatch: compileGlobs(domains.path.map((path) => path.replace(/\/+$/, ""))),
      order: domains.order,
      doors: domains.doors.map((door) => ({ path: door.path, isMatch: compileGlobs(door.path), layers: door.layers })),
    },
    layers,
    providers: providers === undefined ? undefined : {
      path: listOf(providers.path).join(", "), isMatch: compileGlobs(listOf(providers.path).map(folderGlob)),
      packages: providers.packages, isPackage: compilePackages(providers.packages),
      layers: providers.layers ?? layers.order.filter((layer) => !layersWithoutProviders.includes(layer)),
    },
    builtins: compileBuiltins(entries),
    settings: new Map(
      entries
        .filter(isSettingRule)
        .filter((one) => !isBuiltin(one.name))
        .map((one) => [one.name, { severity: one.severity, isExcepted: compileGlobs(one.except) }]),
    ),
    importRules: entries.filter(isImportRule).map((rule) => ({ ...rule, isFrom: compileGlobs(rule.from), isTo: compileGlobs(rule.to), isExcepted: compileGlobs(rule.except) })),
    banRules,
    sizeRules: compileSizes(entries),
    kindRules: entries.filter(isKindRule).filter((rule) => rule.severity !== "off").map(compileKind),
    exceptions: configuration
      .read(named<typeof exceptionsSection>("exceptions"))
      .map((entry) => ({ ...entry, isFile: compileGlobs(entry.file), isTo: entry.to === undefined ? () => true : compileGlobs(entry.to) })),
    watchedGlobals: [...new Set(banRules.flatMap((rule) => rule.ban.map(rootOf)))],
  };
}

function requireKnownLayers(doors: readonly Door[], order: readonly string[]): void {
  for (const door of doors) {
    const unknown = door.layers?.find((layer) => !order.includes(layer));
    if (unknown === undefined) continue;
    throw new InspanError(
      "CONFIG_INVALID",
      `Cannot read "domains.doors": the door "${door.path}" names the layer "${unknown}", expected one of ${order.join(", ") || "the key layers, which is missing"}.`,
      { kind: "usage", remedy: "Correct the name in inspan.yaml." },
    );
  }
}

function compileBuiltins(entries: readonly RuleEntry[]): LintConfiguration["builtins"] {
  const setting = (name: BuiltinName, severity: "error" | "warning", except: Globs | undefined): BuiltinSetting => {
    const entry = entries.filter(isSettingRule).find((one) => one.name === name);
    return { severity: entry?.severity ?? severity, isExcepted: compileGlobs(entry?.except ?? except) };
  };
  return {
    layers: setting("layers", "error", testFiles), domains: setting("domains", "error", testFiles), providers: setting("providers", "error", testFiles),
    cycles: setting("cycles", "error", undefined), unassigned: setting("unassigned", "warning", testFiles),
  };
}

function compileSizes(entries: readonly RuleEntry[]): LintConfiguration["sizeRules"] {
  const own = entries.filter(isSizeRule);
  const byDefault: SizeRule = { name: "file-size", in: "**", linesMax: fileLinesMaxDefault, severity: "error" };
  return [byDefault, ...own].map((rule) => ({ ...rule, isIn: compileGlobs(rule.in) }));
}

function compileKind(rule: KindRule): CompiledKindRule {
  const isIn = compileGlobs(rule.in);
  const isExcepted = compileGlobs(rule.except);
  return { ...rule, name: rule.name ?? rule.kind, isIn: (path) => isIn(path) && !isExcepted(path) };
}

function folderGlob(path: string): string {
  return /[*?{[]/.test(path) ? path : `${path.replace(/\/+$/, "")}/**`;
}

function rootOf(ban: string): string {
  return ban.replace(/^new /, "").replace("()", "").split(".")[0] ?? ban;
}

const isKindRule = (rule: RuleEntry): rule is KindRule => "kind" in rule;
const isImportRule = (rule: RuleEntry): rule is ImportRule => "from" in rule && !isKindRule(rule);
const isBanRule = (rule: RuleEntry): rule is BanRule => "ban" in rule && !isKindRule(rule);
const isSizeRule = (rule: RuleEntry): rule is SizeRule => "linesMax" in rule && !isKindRule(rule);
const isSettingRule = (rule: RuleEntry): rule is SettingRule => !isKindRule(rule) && !isImportRule(rule) && !isBanRule(rule) && !isSizeRule(rule);
const isBuiltin = (name: string): boolean => builtinRules.some((one) => one === name);
