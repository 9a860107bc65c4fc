// The rules that a repository keeps in .inspan/rules: read, proved by their own tables, then run. One without tables is refused.
import { parse } from "yaml";
import { messageOf } from "../../../base/errors.ts";
import type { CheckSubject, ContributedFinding, OperationContext } from "../../../providers/index.ts";
import { compileGlobs } from "../config/match.ts";
import { isOfLanguage, matchPattern } from "../repo/pattern-rules.ts";
import { PatternRule } from "../config/custom-rule.ts";
import { rulesFolder } from "../config/rule-files.ts";
import { runFactsRules } from "./facts-rules.ts";
import { refusal } from "./rule-refusal.ts";

/** More rules of its own than this and a repository writes a linter. */
const rulesMax = 200;
const textCharsMax = 2 * 1024 * 1024;

export async function runCustomRules(context: OperationContext, subject: CheckSubject): Promise<readonly ContributedFinding[]> {
  const own = subject.files.filter((file) => file.startsWith(`${rulesFolder}/`)).slice(0, rulesMax);
  const patterns = own.filter((file) => /\.ya?ml$/.test(file));
  // A module runs in a sandbox, over the facts of all files.
  const modules = subject.isBrief === true ? [] : own.filter((file) => /\.rule\.[cm]?[jt]s$/.test(file));
  const found: ContributedFinding[] = [];
  for (const file of patterns) {
    const text = await context.providers.files.readText(`${subject.rootPath}/${file}`);
    if (text !== undefined) found.push(...await runPattern(context, subject, file, text));
  }
  return modules.length === 0 ? found : [...found, ...await runFactsRules(context, subject, modules)];
}

async function runPattern(context: OperationContext, subject: CheckSubject, file: string, text: string): Promise<readonly ContributedFinding[]> {
  let value: unknown;
  try { value = parse(text, { maxAliasCount: 50 }); } catch (error) { return [refusal(file, `${file} is no YAML: ${messageOf(error).split("\n")[0] ?? ""}`, `Correct ${file}.`)]; }
  const result = PatternRule.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    return [
      refusal(
        file,
        `the rule is refused: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "another form"}`,
        `Correct ${file}; \`inspan check new-rule example\` writes a complete one, with its tables.`,
      ),
    ];
  }
  const rule = result.data;
  try {
    const broken = await proveTables(rule, file);
    if (broken !== undefined) return [broken];
    const isIn = compileGlobs(rule.files ?? "**");
    const isOut = compileGlobs(rule.ignores);
    const found: ContributedFinding[] = [];
    for (const one of subject.files) {
      if (!isOfLanguage(rule, one) || !isIn(one) || isOut(one) || one.startsWith(`${rulesFolder}/`) || subject.isWanted?.(one) === false) continue;
      const source = await context.providers.files.readText(`${subject.rootPath}/${one}`);
      if (source === undefined || source.length > textCharsMax) continue;
      for (const match of await matchPattern(rule, source, one)) {
        found.push({
          rule: rule.id, severity: rule.severity, file: one, line: match.line, column: match.column, endLine: match.endLine, to: match.text.replaceAll(/\s+/g, " "),
          found: match.message, expected: rule.metadata.expected, fix: rule.note, reference: rule.metadata.reference ?? file,
        });
      }
    }
    return found;
  } catch (error) {
    return [refusal(file, `the rule cannot be run: ${messageOf(error).split("\n")[0] ?? ""}`, `Correct \`rule\` in ${file} (https://ast-grep.github.io/reference/rule.html).`)];
  }
}

async function proveTables(rule: PatternRule, file: string): Promise<ContributedFinding | undefined> {
  const name = rule.language === "Tsx" ? "a.tsx" : "a";
  for (const text of rule.metadata.valid) {
    if ((await matchPattern(rule, text, name)).length > 0)
      return refusal(
        file,
        `the rule finds something in a text that is valid: \`${text.slice(0, 120)}\``,
        `Make \`rule\` narrower, or move the text to \`invalid\`.`,
      );
  }
  for (const text of rule.metadata.invalid) {
    if ((await matchPattern(rule, text, name)).length === 0)
      return refusal(
        file,
        `the rule finds nothing in a text that is invalid: \`${text.slice(0, 120)}\``,
        `Make \`rule\` wider, or move the text to \`valid\`.`,
      );
  }
  return undefined;
}
