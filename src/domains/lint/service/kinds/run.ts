// Runs the rules of all kinds: what they need beforehand, then their findings in the public form. Pure.
import type { KindRule } from "../../config/kinds/index.ts";
import type { CompiledKindRule, LintConfiguration } from "../../config/lint-configuration.ts";
import type { FactsRequest } from "../../types/facts-request.ts";
import type { ResolvedFacts } from "../../types/facts.ts";
import type { FindingDraft } from "../../types/finding.ts";
import type { KindDraft, KindInput, RuleKind } from "./kind.ts";
import { kinds } from "./table.ts";

export function kindOf(rule: KindRule): RuleKind<KindRule> {
  return kinds[rule.kind] as RuleKind<KindRule>; // the table's own type joins each kind with its rule; a lookup by a union loses that
}

export function kindRequests(configuration: LintConfiguration): readonly Partial<FactsRequest>[] {
  return configuration.kindRules.map((rule) => kindOf(rule).request?.(rule) ?? {});
}

/** Files whose text the rules need, without repeats. `isQuick`: only what the rules about single files need. */
export function kindTexts(configuration: LintConfiguration, allFiles: readonly string[], isQuick: boolean): readonly string[] {
  return [...new Set(configuration.kindRules.flatMap((rule) => {
    const kind = kindOf(rule);
    return isQuick && kind.checkFile === undefined ? [] : kind.texts?.(rule, allFiles) ?? [];
  }))];
}

/** Files whose time of writing the rules need; none for the answer after an edit. */
export function kindStamps(configuration: LintConfiguration, allFiles: readonly string[]): readonly string[] {
  return [...new Set(configuration.kindRules.flatMap((rule) => kindOf(rule).stamps?.(rule, allFiles) ?? []))];
}

export function kindSizes(configuration: LintConfiguration, texts: KindInput["texts"]): readonly string[] {
  return [...new Set(configuration.kindRules.flatMap((rule) => kindOf(rule).sizes?.(rule, texts) ?? []))];
}

export function checkFileKinds(facts: ResolvedFacts, input: KindInput): FindingDraft[] {
  return input.configuration.kindRules.flatMap((rule) => {
    const { checkFile } = kindOf(rule);
    return checkFile === undefined || !rule.isIn(facts.file) ? [] : checkFile(rule, facts, input).map((draft) => complete(draft, rule));
  });
}

export function checkAllKinds(input: KindInput, isWanted: (file: string) => boolean): FindingDraft[] {
  return input.configuration.kindRules.flatMap((rule) => (kindOf(rule).checkAll?.(rule, input) ?? []).filter((draft) => isWanted(draft.file)).map((draft) => complete(draft, rule)));
}

function complete(draft: KindDraft, rule: CompiledKindRule): FindingDraft {
  return {
    ...draft, rule: rule.name, severity: rule.severity === "off" ? "warning" : rule.severity,
    expected: rule.why === undefined ? draft.expected : `${draft.expected} (${rule.why})`,
    fix: rule.fix ?? draft.fix,
    ...(rule.reference === undefined ? {} : { reference: rule.reference }),
  };
}
