// Runs the rules of all kinds: what they need beforehand, then their findings in the public form. Pure.
import type { KindRule } from "../../config/kinds/index.ts";
import type { LintConfiguration } from "../../config/lint-configuration.ts";
import type { FactsRequest } from "../../types/facts-request.ts";
import type { ResolvedFacts } from "../../types/facts.ts";
import type { FindingDraft } from "../../types/finding.ts";
import type { KindInput, RuleKind } from "./kind.ts";
import { complete } from "./run-file.ts";
import { kinds } from "./table.ts";

export function kindOf(rule: KindRule): RuleKind<KindRule> {
  return kinds[rule.kind] as RuleKind<KindRule>; // the table's own type joins each kind with its rule; a lookup by a union loses that
}

export function kindRequests(configuration: LintConfiguration): readonly Partial<FactsRequest>[] {
  return configuration.kindRules.map((rule) => kindOf(rule).request?.(rule) ?? {});
}

/** Files whose text the rules need, without repeats. */
export function kindTexts(configuration: LintConfiguration, allFiles: readonly string[]): readonly string[] {
  return [...new Set(configuration.kindRules.flatMap((rule) => kindOf(rule).texts?.(rule, allFiles) ?? []))];
}

/** Files whose time of writing the rules need; none for the answer after an edit. */
export function kindStamps(configuration: LintConfiguration, allFiles: readonly string[]): readonly string[] {
  return [...new Set(configuration.kindRules.flatMap((rule) => kindOf(rule).stamps?.(rule, allFiles) ?? []))];
}

export function kindSizes(configuration: LintConfiguration, texts: KindInput["texts"]): readonly string[] {
  return [...new Set(configuration.kindRules.flatMap((rule) => kindOf(rule).sizes?.(rule, texts) ?? []))];
}

export function checkAllKinds(input: KindInput): FindingDraft[] {
  return input.configuration.kindRules.flatMap((rule) => (kindOf(rule).checkAll?.(rule, input) ?? []).map((draft) => complete(draft, rule)));
}

/** Files that a rule binds and whose language it does not see, by rule and language; nothing where there are none. */
export function countNotSeen(configuration: LintConfiguration, files: readonly ResolvedFacts[]): { readonly notSeen?: Readonly<Record<string, Readonly<Record<string, number>>>> } {
  const byRule = configuration.kindRules.flatMap((rule): readonly (readonly [string, Readonly<Record<string, number>>])[] => {
    const { languages } = kindOf(rule);
    if (languages === undefined) return [];
    const counts = new Map<string, number>();
    for (const { file, language } of files) if (!languages.includes(language) && rule.isIn(file)) counts.set(language, (counts.get(language) ?? 0) + 1);
    return counts.size === 0 ? [] : [[rule.name, Object.fromEntries([...counts].sort())]];
  });
  return byRule.length === 0 ? {} : { notSeen: Object.fromEntries(byRule) };
}
