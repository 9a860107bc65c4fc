// The rules about the page of principles inside `inspan check`: its form, and that every detector exists.
import { join } from "node:path";
import type { ContributedFinding, CheckSubject, OperationContext } from "../../../providers/index.ts";
import { builtinRules, readLintConfiguration } from "../../lint/index.ts";
import { reviewSection } from "../../review/index.ts";
import { upkeepSection } from "../config/index.ts";
import { lintPrinciples, parsePrinciples } from "../service/principles.ts";
import type { PrincipleProblem } from "../types/index.ts";

/** Rules that exist in any repository, and kinds that upkeep adds by itself where a principle names them. */
const always = [...builtinRules, "file-size", "function-size", "parse", "duplicates", "loose-types", "dead-exports", "tests-present"];

export async function checkPrinciples(context: OperationContext, subject: CheckSubject): Promise<readonly ContributedFinding[]> {
  const { principles: path, tracker } = subject.configuration.read(upkeepSection);
  const pages = subject.files.filter((file) => file === path || (file.startsWith(`${path.replace(/\/+$/, "")}/`) && file.endsWith(".md")));
  if (pages.length === 0) return [];
  const lint = readLintConfiguration(subject.configuration);
  const contributed = (await context.contributions()).flatMap((one) => (one.checks ?? []).flatMap(({ rules }) => rules.map(({ name }) => name)));
  const rules = new Set([
    ...always,
    ...contributed,
    ...lint.importRules.map(({ name }) => name),
    ...lint.banRules.map(({ name }) => name),
    ...lint.kindRules.flatMap(({ name, kind }) => [name, kind]),
  ]);
  const reviewers = subject.configuration.read(reviewSection).reviewers.replace(/\/+$/, "");
  const existing = {
    rules,
    reviewers: new Set(
      subject.files.flatMap((file) => (file.startsWith(`${reviewers}/`) && file.endsWith(".md") ? [file.slice(reviewers.length + 1, -3)] : [])),
    ),
    hasTracker: subject.files.includes(tracker),
  };
  const findings: ContributedFinding[] = [];
  for (const file of pages) {
    if (subject.isWanted?.(file) === false) continue;
    const { principles, problems } = parsePrinciples(await context.providers.files.readText(join(subject.rootPath, file)) ?? "", file);
    findings.push(
      ...problems.map((problem) => draft("principles-form", problem, "a principle has an id, a reason, a detector and a repair")),
      ...lintPrinciples(principles, existing).map((problem) => draft("principles-detector", problem, "the detector of a principle exists")),
    );
  }
  return findings;
}

const draft = (rule: string, { file, line, principle, found, fix }: PrincipleProblem, expected: string): ContributedFinding => ({
  rule,
  severity: "error",
  file,
  line,
  column: 1,
  endLine: line,
  to: `${principle} ${found}`,
  found,
  expected,
  fix,
});
