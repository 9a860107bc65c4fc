// From drafts to findings: exceptions, the baseline, ids, order. Pure.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import type { Baseline } from "../types/baseline.ts";
import type { Finding, FindingDraft } from "../types/finding.ts";
import { judgeByBaseline } from "./baseline.ts";
import { identify } from "./identity.ts";
import { names } from "./verdicts.ts";

/** Sorted by file, line, column and rule. */
export function settle(drafts: readonly FindingDraft[], baseline: Baseline | undefined): readonly Finding[] {
  return judgeByBaseline(drafts, baseline).map(({ draft, isKnown }) => identify(draft, isKnown)).sort(byPlace);
}

/** Drafts that no exception excuses, and those about exceptions that have ended or, where the whole was checked, excuse nothing. */
export function applyExceptions(
  drafts: readonly FindingDraft[],
  configuration: LintConfiguration,
  today: string,
  isWhole: boolean,
): { readonly kept: readonly FindingDraft[]; readonly usedCount: number } {
  const used = new Set<number>();
  let usedCount = 0;
  const kept = drafts.filter((draft) => {
    const at = configuration.exceptions.findIndex((one) => one.until >= today && one.rule === draft.rule && one.isFile(draft.file) && one.isTo(draft.to));
    if (at === -1) return true;
    used.add(at);
    usedCount++;
    return false;
  });
  const stale = configuration.exceptions.flatMap((one, at): FindingDraft[] => {
    const isExpired = one.until < today;
    if (!isExpired && (used.has(at) || !isWhole)) return [];
    const files = names(typeof one.file === "string" ? [one.file] : one.file);
    return [{
      rule: "exceptions",
      severity: "error",
      file: configuration.file,
      line: configuration.lineOf(["exceptions", at]),
      column: 1,
      endLine: configuration.lineOf(["exceptions", at]),
      to: `${one.rule} ${files} ${String(one.to ?? "")}`,
      found: isExpired ? `the exception for ${one.rule} in ${files} ended on ${one.until} (reason: ${one.reason})` : `the exception for ${one.rule} in ${files} matches no finding`,
      expected: isExpired ? "exceptions end on their day" : "only exceptions that are needed",
      fix: isExpired
        ? `Repair what it excused and remove the entry from \`exceptions\` in ${configuration.file}; a later day is a person's decision.`
        : `Remove the entry from \`exceptions\` in ${configuration.file}.`,
    }];
  });
  return { kept: [...kept, ...stale], usedCount };
}

function byPlace(left: Finding, right: Finding): number {
  return compare(left.file, right.file) || left.line - right.line || left.column - right.column || compare(left.rule, right.rule);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
