// Names of files, folders and declarations. The finding holds the name in its right form.
import picomatch from "picomatch";
import { compileGlobs } from "../../config/match.ts";
import type { NamingRule } from "../../config/kinds/taste.ts";
import type { DeclarationFact, ResolvedFacts } from "../../types/facts.ts";
import { hasStyle, toStyle } from "../name-styles.ts";
import { folderOf } from "./edges.ts";
import { type KindDraft, type KindInput, perRule, type RuleKind } from "./kind.ts";

/** Files that a fix names; the rest is found by the compiler. */
const usersMax = 8;

const compiled = perRule((rule: NamingRule) => ({
  isAllowed: rule.allow.length === 0 ? () => false : picomatch(rule.allow),
  isPattern: rule.pattern === undefined ? () => true : compileGlobs(rule.pattern),
}));

export const naming: RuleKind<NamingRule> = {
  summary: "Names have the style that the repository agreed on, by what they name.",
  why: "One form for each idea makes names searchable and guessable.",
  example: "- { kind: naming, name: type-names, of: [class, interface, type], style: [PascalCase] }",
  request: (rule) => (rule.of.some((one) => one !== "file" && one !== "folder") ? { declarations: true } : {}),
  checkFile(rule, facts, input) {
    if (rule.languages !== undefined && !rule.languages.includes(facts.language)) return [];
    const drafts: KindDraft[] = rule.of.includes("file") ? [...checkFileName(rule, facts, input)] : [];
    for (const one of facts.declarations) {
      if (!rule.of.includes(one.kind) || (rule.isExported !== undefined && rule.isExported !== one.isExported) || isRight(rule, one.name)) continue;
      drafts.push(declarationDraft(rule, facts, one, input));
    }
    return drafts;
  },
  checkAll(rule, input) {
    if (!rule.of.includes("folder")) return [];
    const seen = new Set<string>();
    return input.index.files.flatMap((facts): KindDraft[] => {
      const folder = folderOf(facts.file);
      if (folder === "" || seen.has(folder) || !rule.isIn(facts.file)) return [];
      seen.add(folder);
      const name = folder.slice(folder.lastIndexOf("/") + 1);
      if (isRight(rule, name)) return [];
      const right = rightName(rule, name);
      return [{
        file: facts.file, line: 1, column: 1, endLine: 1, to: folder, found: `the folder ${folder}`, expected: expectation(rule, "folders"),
        fix:
          right === undefined
            ? `Give ${folder} a name that fits, and correct the imports of what lies in it.`
            : `Rename the folder ${folder} to ${folder.slice(0, folder.length - name.length)}${right} (git mv), and correct the imports of what lies in it.`,
      }];
    });
  },
};

function checkFileName(rule: NamingRule, facts: ResolvedFacts, input: KindInput): readonly KindDraft[] {
  const base = facts.file.slice(facts.file.lastIndexOf("/") + 1);
  // `price.test.ts`, `vite.config.ts`: each part is a name; `__init__.py` is the language's.
  const dot = base.indexOf(".", 1);
  const stem = dot === -1 ? base : base.slice(0, dot);
  if (isRight(rule, stem)) return [];
  const right = rightName(rule, stem);
  const target = right === undefined ? undefined : facts.file.slice(0, facts.file.length - base.length) + right + base.slice(stem.length);
  const users = input.index.importersOf(facts.file).map((one) => one.file);
  return [{
    file: facts.file, line: 1, column: 1, endLine: 1, to: stem, found: `the file name ${base}`, expected: expectation(rule, "files"),
    fix: target === undefined ? `Give ${facts.file} a name that fits, and correct its imports.`
      : `Move \`${facts.file}\` to \`${target}\`${users.length === 0 ? "" : ` and correct its imports in ${quoteAll(users)}`}`,
  }];
}

function declarationDraft(rule: NamingRule, facts: ResolvedFacts, one: DeclarationFact, input: KindInput): KindDraft {
  const right = rightName(rule, one.name);
  const users = input.index
    .importersOf(facts.file)
    .filter(
      (other) =>
        other.file !== facts.file &&
        other.imports.some(
          (fact) =>
            fact.target.kind === "file" && fact.target.file === facts.file && fact.names.some((name) => name.imported === one.name || name.imported === "*"),
        ),
    )
    .map((other) => other.file);
  const what = `the ${one.kind} ${one.container === undefined ? "" : `${one.container}.`}${one.name}`;
  return {
    file: facts.file, line: one.line, column: one.column, endLine: one.line, to: one.container === undefined ? one.name : `${one.container}.${one.name}`,
    found: what, expected: expectation(rule, `names of this kind (${one.kind})`),
    fix:
      right === undefined
        ? `Give ${what} a name that fits, and rename its uses.`
        : `Rename \`${one.name}\` to \`${right}\` in ${quoteAll([facts.file, ...users])}${users.length > usersMax || one.container !== undefined ? ", and wherever else it is used" : ""}`,
  };
}

function isRight(rule: NamingRule, name: string): boolean {
  const { isAllowed, isPattern } = compiled(rule);
  return isAllowed(name) || ((rule.style === undefined || rule.style.some((style) => hasStyle(name, style))) && isPattern(name));
}

/** Undefined where a pattern wants words that no computation can find. */
function rightName(rule: NamingRule, name: string): string | undefined {
  const [style] = rule.style ?? [];
  if (style === undefined) return undefined;
  const right = toStyle(name, style);
  return right !== name && isRight(rule, right) ? right : undefined;
}

function expectation(rule: NamingRule, what: string): string {
  const pattern = rule.pattern === undefined ? "" : ` ${typeof rule.pattern === "string" ? rule.pattern : rule.pattern.join(", ")}`;
  return `${what} are ${[...(rule.style === undefined ? [] : [rule.style.join(" or ")]), ...(pattern === "" ? [] : [`named like${pattern}`])].join(" and ")}`;
}

function quoteAll(files: readonly string[]): string {
  return files.slice(0, usersMax + 1).map((file) => `\`${file}\``).join(", ");
}
