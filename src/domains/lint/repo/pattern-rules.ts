// Runs one ast-grep rule over texts. Knows no repository and no finding.
import type { PatternRule } from "../config/custom-rule.ts";
import { loadAstGrep, type SyntaxNode } from "./languages/ast-grep.ts";

export interface PatternMatch { readonly line: number; readonly column: number; readonly endLine: number; readonly text: string; readonly message: string }

/** A rule that finds more in one file finds everything. */
const matchesMax = 200;
const textCharsMax = 200;

const endings: Readonly<Record<PatternRule["language"], RegExp>> = {
  TypeScript: /\.[cm]?tsx?$/, Tsx: /\.tsx$/, JavaScript: /\.[cm]?jsx?$/, Html: /\.html?$/, Css: /\.css$/, python: /\.pyi?$/, go: /\.go$/, rust: /\.rs$/, java: /\.java$/,
};

export function isOfLanguage(rule: PatternRule, file: string): boolean {
  return endings[rule.language].test(file);
}

/** Matches in the order of the text. Throws what ast-grep says about a rule that it cannot read. */
export async function matchPattern(rule: PatternRule, text: string, file: string): Promise<readonly PatternMatch[]> {
  const grep = await loadAstGrep();
  const language = rule.language === "TypeScript" && file.endsWith(".tsx") ? "Tsx" : rule.language;
  const config = {
    rule: rule.rule,
    ...(rule.constraints === undefined ? {} : { constraints: rule.constraints }),
    ...(rule.utils === undefined ? {} : { utils: rule.utils }),
  } as Parameters<SyntaxNode["findAll"]>[0]; // ast-grep reads it, and throws where it is no rule
  return grep.parseAny(language, text).findAll(config).slice(0, matchesMax).map((node) => {
    const { start, end } = node.range();
    const message = rule.message.replaceAll(/\$([A-Z_][A-Z0-9_]*)/g, (whole, name: string) => node.getMatch(name)?.text().slice(0, textCharsMax) ?? whole);
    return { line: start.line + 1, column: start.column + 1, endLine: end.line + 1, text: node.text().slice(0, textCharsMax), message };
  });
}
