// The rules of kinds that need one file and what it imports: asked after each edit, so nothing else of the kinds is loaded with them. Pure.
import type { KindRule } from "../../config/kinds/index.ts";
import type { CompiledKindRule, LintConfiguration } from "../../config/lint-configuration.ts";
import type { FactsRequest } from "../../types/facts-request.ts";
import type { ResolvedFacts } from "../../types/facts.ts";
import type { FindingDraft } from "../../types/finding.ts";
import { boundary } from "./boundary.ts";
import { independence } from "./independence.ts";
import type { KindDraft, KindInput, KindTable, RuleKind } from "./kind.ts";
import { logging } from "./logging.ts";
import { looseTypes } from "./loose-types.ts";
import { naming } from "./naming.ts";
import { packages } from "./packages.ts";
import { stack } from "./stack.ts";
import { wrapper } from "./wrapper.ts";

/** Every kind that has `checkFile`. */
export const fileKinds = { independence, packages, naming, logging, "loose-types": looseTypes, wrapper, stack, boundary } satisfies Partial<KindTable>;

function fileKindOf(rule: KindRule): RuleKind<KindRule> | undefined {
  return Object.hasOwn(fileKinds, rule.kind) ? (fileKinds as Partial<KindTable>)[rule.kind] as RuleKind<KindRule> : undefined; // the table's own type joins each kind with its rule; a lookup by a union loses that
}

export function fileKindRequests(configuration: LintConfiguration): readonly Partial<FactsRequest>[] {
  return configuration.kindRules.map((rule) => fileKindOf(rule)?.request?.(rule) ?? {});
}

/** Files whose text these rules need, without repeats. */
export function fileKindTexts(configuration: LintConfiguration, allFiles: readonly string[]): readonly string[] {
  return [...new Set(configuration.kindRules.flatMap((rule) => fileKindOf(rule)?.texts?.(rule, allFiles) ?? []))];
}

export function checkFileKinds(facts: ResolvedFacts, input: KindInput): FindingDraft[] {
  return input.configuration.kindRules.flatMap((rule) => {
    const checkFile = fileKindOf(rule)?.checkFile;
    return checkFile === undefined || !rule.isIn(facts.file) ? [] : checkFile(rule, facts, input).map((draft) => complete(draft, rule));
  });
}

export function complete(draft: KindDraft, rule: CompiledKindRule): FindingDraft {
  return {
    ...draft, rule: rule.name, severity: rule.severity === "off" ? "warning" : rule.severity,
    expected: rule.why === undefined ? draft.expected : `${draft.expected} (${rule.why})`,
    fix: rule.fix ?? draft.fix,
    ...(rule.reference === undefined ? {} : { reference: rule.reference }),
  };
}
