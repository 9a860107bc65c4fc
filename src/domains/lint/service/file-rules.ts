// The rules that need one file only: sizes, banned globals, problems of parsing. Facts in, drafts of findings out.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import type { GlobalUse, Language, ManifestNote, ResolvedFacts, UnreadFile } from "../types/facts.ts";
import type { FindingDraft } from "../types/finding.ts";

const languageNames: Readonly<Record<Language, string>> = { typescript: "TypeScript", javascript: "JavaScript", python: "Python", go: "Go", rust: "Rust", java: "Java" };

/** Findings of all one-file rules, in source order by rule. */
export function checkFile(facts: ResolvedFacts, configuration: LintConfiguration): FindingDraft[] {
  return [...checkProblems(facts), ...checkFileSize(facts, configuration), ...checkFunctionSize(facts, configuration), ...checkBans(facts, configuration)];
}

function checkProblems(facts: ResolvedFacts): FindingDraft[] {
  return facts.problems.map((problem) => ({
    rule: "parse", severity: problem.severity, file: facts.file, line: problem.line, column: problem.column, endLine: problem.line, to: problem.message,
    found: problem.message, expected: `valid ${languageNames[facts.language]}: a file that cannot be parsed cannot be checked`,
    fix: `Correct the syntax at ${facts.file}:${problem.line}:${problem.column}.`,
  }));
}

function checkFileSize(facts: ResolvedFacts, configuration: LintConfiguration): FindingDraft[] {
  const rule = configuration.sizeRules.findLast((one) => one.name === "file-size" && one.isIn(facts.file));
  if (rule === undefined || facts.lines <= rule.linesMax) return [];
  return [{
    rule: "file-size", severity: rule.severity, file: facts.file, line: rule.linesMax + 1, column: 1, endLine: facts.lines, to: "", measure: facts.lines,
    found: `${facts.lines} lines`, expected: `at most ${rule.linesMax} lines`,
    fix: `Split ${facts.file} by what its parts are about: move one complete concern with its types into a file of its own beside it, named after it, and import it.`,
  }];
}

function checkFunctionSize(facts: ResolvedFacts, configuration: LintConfiguration): FindingDraft[] {
  const rule = configuration.sizeRules.findLast((one) => one.name === "function-size" && one.isIn(facts.file));
  if (rule === undefined) return [];
  return facts.functions.filter((one) => one.lines > rule.linesMax).map((one) => ({
    rule: "function-size", severity: rule.severity, file: facts.file, line: one.line, column: one.column, endLine: one.endLine, to: one.name, measure: one.lines,
    found: `the function ${one.name} has ${one.lines} lines`, expected: `at most ${rule.linesMax} lines`,
    fix: `Take steps out of ${one.name} into functions named after what they return, each with its inputs as parameters.`,
  }));
}

function checkBans(facts: ResolvedFacts, configuration: LintConfiguration): FindingDraft[] {
  return configuration.banRules.filter((rule) => rule.isIn(facts.file)).flatMap((rule) =>
    facts.globals.filter((use) => rule.ban.some((ban) => isBanned(use, ban))).map((use): FindingDraft => ({
      rule: rule.name, severity: rule.severity, file: facts.file, line: use.line, column: use.column, endLine: use.endLine, to: use.name,
      found: `\`${use.name}\``, expected: rule.why, fix: rule.fix,
      ...(rule.reference === undefined ? {} : { reference: rule.reference }),
    })));
}

/** `console` bans `console.log`; `new Date` bans every construction, `new Date()` only the bare one; `Date.now` nothing else of Date. */
function isBanned(use: GlobalUse, ban: string): boolean {
  if (ban.startsWith("new ")) return ban.endsWith("()") ? use.name === ban : use.name === `${ban}()` || use.name === `${ban}(…)`;
  if (use.name === ban || use.name.startsWith(`${ban}.`)) return true;
  // `new console.Console()` and `new Worker()` are uses of what is named as well.
  return use.name.startsWith(`new ${ban}.`) || use.name === `new ${ban}()` || use.name === `new ${ban}(…)`;
}

/** A manifest that could not be followed leaves imports unresolved, and rules blind for them. */
export function checkNotes(notes: readonly ManifestNote[]): FindingDraft[] {
  return notes.map(({ file, message }) => ({
    rule: "parse", severity: "warning", file, line: 1, column: 1, endLine: 1, to: "manifest",
    found: message, expected: "a configuration whose parts are all there, so that every import of its files can be resolved",
    fix: `Install what ${file} extends (the package manager's install command), or correct the name; \`inspan graph --format json\` lists the imports that stayed unresolved.`,
  }));
}

/** A file that nothing could be read from must not look clean. */
export function checkUnread(unread: readonly UnreadFile[]): FindingDraft[] {
  return unread.map((one) => ({
    rule: "parse", severity: one.kind === "too-large" ? "warning" : "error", file: one.file, line: 1, column: 1, endLine: 1, to: one.kind,
    found: `the file was not checked: ${one.detail}`, expected: "source that can be read as UTF-8 text of ordinary size",
    fix: one.kind === "not-utf8" ? `Save ${one.file} as UTF-8.` : `Take ${one.file} out of the repository if it is generated (.gitignore), or split it.`,
  }));
}
