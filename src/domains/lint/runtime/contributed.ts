// Rules of other domains inside a check: runs them, and holds their findings to the same form as our own. Knows none of them.
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import type { CheckSubject, ContributedCheck, ContributedFinding, OperationContext } from "../../../providers/index.ts";
import type { LintConfiguration } from "../config/lint-configuration.ts";
import { builtinRules } from "../config/rule-names.ts";
import { toolOfRule } from "../types/tool-report.ts";
import type { FindingDraft } from "../types/finding.ts";

/** A rule that says more is broken or repeats itself; ten thousand findings are read by nobody and fill a report of megabytes. */
const findingsMax = 10_000;

export interface Contributed {
  readonly checks: readonly ContributedCheck[];
  readonly context: OperationContext;
}

/** The checks of every domain but lint itself. */
export async function contributedBy(context: OperationContext): Promise<Contributed> {
  return { context, checks: (await context.contributions()).flatMap((one) => one.checks ?? []) };
}

/** Findings in no order, settings of inspan.yaml applied. A rule that throws is a finding of its own: one broken rule must neither end a check nor look clean. */
export async function runContributed(contributed: Contributed, subject: CheckSubject, configuration: LintConfiguration): Promise<readonly FindingDraft[]> {
  const found = await Promise.all(contributed.checks.map(async (check): Promise<readonly ContributedFinding[]> => {
    const names = check.rules.map((rule) => rule.name);
    if (names.every((name) => configuration.settings.get(name)?.severity === "off")) return [];
    try {
      return (await check.run(contributed.context, subject)).slice(0, findingsMax);
    } catch (error) {
      if (isAbort(error) || error instanceof InspanError) throw error;
      return [{
        rule: names[0] ?? "contributed", severity: "error", file: configuration.file, line: 1, column: 1, endLine: 1, to: "failed",
        found: `the rule failed: ${messageOf(error)}`,
        expected: "a rule that ends with findings or without",
        fix: `Set { name: ${names[0] ?? ""}, severity: off } in \`rules\` until Inspan is repaired, and report the failure.`,
      }];
    }
  }));
  return applySettings(found.flat(), subject, configuration);
}

/** What inspan.yaml says about rules that are not lint's own: their severity, and files that they do not bind. */
export function applySettings(findings: readonly FindingDraft[], subject: Pick<CheckSubject, "isWanted">, configuration: LintConfiguration): readonly FindingDraft[] {
  return findings.flatMap((finding): FindingDraft[] => {
    const setting = configuration.settings.get(finding.rule);
    if (setting?.severity === "off" || setting?.isExcepted(finding.file) === true) return [];
    return subject.isWanted === undefined || subject.isWanted(finding.file) ? [{ ...finding, severity: setting?.severity ?? finding.severity }] : [];
  });
}

/** Throws CONFIG_INVALID where a setting of inspan.yaml names a rule that nobody has. */
export function requireKnownRules(contributed: Contributed, configuration: LintConfiguration): void {
  const known = contributed.checks.flatMap((check) => check.rules.map((rule) => rule.name));
  for (const name of configuration.settings.keys()) {
    if (known.includes(name) || toolOfRule(name) !== undefined) continue;
    throw new InspanError(
      "CONFIG_INVALID",
      `Cannot apply the rule "${name}" of ${configuration.file}: no rule has this name and the entry defines none, expected \`from\` and \`to\`, \`in\` and \`ban\`, or one of ${[...builtinRules, ...known].join(", ")}.`,
      { kind: "usage", remedy: `correct the name in ${configuration.file}, then run: inspan check` },
    );
  }
}
