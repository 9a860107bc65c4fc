// The rules about imports: layers, domains, providers and the repository's own. Facts in, drafts of findings out.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import type { PackageName, ResolvedFacts, ResolvedImport } from "../types/facts.ts";
import type { FindingDraft } from "../types/finding.ts";
import type { FactsIndex } from "./facts-index.ts";
import { packageOf, placeOfImport, quoteImport, targetNames } from "./kinds/edges.ts";
import type { PlaceOf } from "./places.ts";
import { planReplacement } from "./replacement.ts";
import { judgeEdge, names, type Verdict } from "./verdicts.ts";

export interface RuleInput {
  readonly configuration: LintConfiguration;
  readonly placeOf: PlaceOf;
  readonly index: FactsIndex;
}

/** Findings of all import rules for one file, in source order. */
export function checkEdges(facts: ResolvedFacts, input: RuleInput): FindingDraft[] {
  const drafts: FindingDraft[] = [];
  for (const fact of facts.imports) {
    const { target } = fact;
    if (target.kind === "file") drafts.push(...checkFileEdge(facts, fact, target.file, input));
    const named = packageOf(target);
    if (named !== undefined) drafts.push(...checkProviderPackage(facts, fact, named, input));
    drafts.push(...checkImportRules(facts, fact, input));
  }
  return drafts;
}

function checkFileEdge(facts: ResolvedFacts, fact: ResolvedImport, target: string, input: RuleInput): FindingDraft[] {
  const { configuration, placeOf } = input;
  const verdict = judgeEdge(placeOf(facts.file), placeOf(target), configuration) ?? judgeBarrel(facts.file, fact, target, input);
  if (verdict === undefined) return [];
  const { severity, isExcepted } = configuration.builtins[verdict.rule];
  if (severity === "off" || isExcepted(facts.file) || fact.isTest === true) return [];
  return [{
    ...placeOfImport(facts, fact), rule: verdict.rule, severity, to: target,
    found: `${quoteImport(fact)}: ${verdict.found}`,
    expected: verdict.expected,
    fix: fixFor(facts.file, fact, verdict, input),
  }];
}

/** A file of the own domain that lies in no layer passes symbols on; they count as imported from where they are defined. */
function judgeBarrel(file: string, fact: ResolvedImport, target: string, input: RuleInput): Verdict | undefined {
  const from = input.placeOf(file);
  const barrel = input.placeOf(target);
  if (from.layer === undefined || barrel.layer !== undefined || from.domainPath !== barrel.domainPath || barrel.isProvider) return undefined;
  const isWhole = fact.names.length === 0 || fact.names.some((one) => one.imported === "*");
  const origins = isWhole
    ? input.index.get(target)?.imports.flatMap((one) => (one.target.kind === "file" ? [one.target.file] : [])) ?? []
    : fact.names.flatMap((one) => input.index.originsOf(target, one.imported));
  for (const origin of origins) {
    const verdict = judgeEdge(from, input.placeOf(origin), input.configuration);
    if (verdict !== undefined) return { ...verdict, found: `${verdict.found} (${origin}) through ${target}` };
  }
  return undefined;
}

function fixFor(file: string, fact: ResolvedImport, verdict: Verdict, input: RuleInput): string {
  const from = input.placeOf(file);
  const target = fact.target.kind === "file" ? input.placeOf(fact.target.file) : undefined;
  const isAllowed = (candidate: string) => {
    const place = input.placeOf(candidate);
    // The own door only hides where the symbol comes from.
    if (place.domainPath !== undefined && place.domainPath === from.domainPath && place.layer === undefined) return false;
    return judgeEdge(from, place, input.configuration) === undefined && !isForbiddenByRule(file, candidate, input.configuration);
  };
  // In the own domain any layer that may be seen serves; of another domain only its doors.
  const folder = verdict.rule === "domains" ? target?.domainPath : from.domainPath;
  const neighbours = folder === undefined ? new Map<string, number>() : neighboursBelow(folder, input);
  return planReplacement({ file, fact, index: input.index, isAllowed, neighbours })?.fix ?? verdict.fix;
}

/** Sorted once for each folder: a repository with thousands of findings asks again and again. */
const neighboursOfIndex = new WeakMap<FactsIndex, Map<string, ReadonlyMap<string, number>>>();

/** Places of the files below a folder, those of earlier layers first. */
function neighboursBelow(folder: string, input: RuleInput): ReadonlyMap<string, number> {
  const known = neighboursOfIndex.get(input.index) ?? new Map<string, ReadonlyMap<string, number>>();
  neighboursOfIndex.set(input.index, known);
  const found = known.get(folder);
  if (found !== undefined) return found;
  const order = input.configuration.layers.order;
  const ranked = input.index.paths.filter((file) => file.startsWith(`${folder}/`)).map((file) => ({ file, rank: order.indexOf(input.placeOf(file).layer ?? "") }));
  const sorted = ranked.sort((left, right) => left.rank - right.rank || (left.file < right.file ? -1 : 1));
  const places = new Map(sorted.map((one, at) => [one.file, at]));
  known.set(folder, places);
  return places;
}

function checkProviderPackage(facts: ResolvedFacts, fact: ResolvedImport, target: PackageName, input: RuleInput): FindingDraft[] {
  const { providers, builtins } = input.configuration;
  if (providers === undefined || !providers.isPackage(target.name, target.specifier)) return [];
  const { severity, isExcepted } = builtins.providers;
  if (severity === "off" || isExcepted(facts.file) || input.placeOf(facts.file).isProvider) return [];
  const users = input.index.usersOf(target.name).filter((file) => input.placeOf(file).isProvider);
  const room = providers.path;
  return [{
    ...placeOfImport(facts, fact), rule: "providers", severity, to: target.name,
    found: `${quoteImport(fact)}: the package ${target.name} is imported outside of Providers`,
    expected: `${target.name} is imported only below ${room}`,
    fix: users.length > 0
      ? `Use the Provider ${names(users.slice(0, 3))} instead of importing ${target.name} here${input.placeOf(facts.file).layer === undefined ? "" : `, from ${names(providers.layers)}`}.`
      : `Write a Provider below ${room} that imports ${target.name} and exposes an interface of your own, and import that instead.`,
  }];
}

function checkImportRules(facts: ResolvedFacts, fact: ResolvedImport, input: RuleInput): FindingDraft[] {
  const keys = targetNames(fact.target);
  if (keys.length === 0) return [];
  return input.configuration.importRules.flatMap((rule): FindingDraft[] => {
    if (!rule.isFrom(facts.file) || (rule.kinds !== undefined && !rule.kinds.includes(fact.isType ? "type" : fact.kind))) return [];
    if (!keys.some((key) => rule.isTo(key)) || keys.some((key) => rule.isExcepted(key))) return [];
    const to = keys[0] ?? "";
    return [{
      ...placeOfImport(facts, fact), rule: rule.name, severity: rule.severity, to,
      found: `${quoteImport(fact)}: ${facts.file} imports ${to}`, expected: rule.why, fix: rule.fix,
      ...(rule.reference === undefined ? {} : { reference: rule.reference }),
    }];
  });
}

function isForbiddenByRule(file: string, target: string, configuration: LintConfiguration): boolean {
  return configuration.importRules.some((rule) => rule.isFrom(file) && rule.isTo(target) && !rule.isExcepted(target));
}
