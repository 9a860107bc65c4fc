// All document rules over the facts of a repository: pure, and run again as answers come in.
import type { DocConfiguration } from "../config/doc-configuration.ts";
import type { DocFinding, UnreadDocument } from "../types/document.ts";
import type { Subject } from "../types/world.ts";
import type { Tree } from "./paths.ts";
import { checkLinks, type RuleInput } from "./rules/links.ts";
import { checkMap } from "./rules/map.ts";
import { checkPaths, checkSymbols } from "./rules/paths.ts";
import { checkPlans } from "./rules/plans.ts";
import { checkSkills } from "./rules/skills.ts";
import { checkStructure } from "./rules/structure.ts";
import { checkTrust } from "./rules/trust.ts";

/** In the order of the rules; may hold findings of files that nobody asked for. */
export function decideDocuments(subject: Subject, tree: Tree, configuration: DocConfiguration): readonly DocFinding[] {
  const input: RuleInput = { subject, tree, configuration, byFile: new Map(subject.docs.map((doc) => [doc.file, doc])) };
  return [
    ...checkUnread(subject.unread),
    ...checkFrontMatterForm(input),
    ...checkLinks(input),
    ...checkPaths(input),
    ...checkSymbols(input),
    ...checkMap(input),
    ...checkStructure(input),
    ...checkTrust(input),
    ...checkPlans(input),
    ...checkSkills(input),
  ];
}

function checkUnread(unread: readonly UnreadDocument[]): readonly DocFinding[] {
  return unread.map((one) => ({
    rule: "docs-unread", severity: one.kind === "too-large" ? "warning" : "error", file: one.file, line: 1, column: 1, endLine: 1, to: one.kind,
    found: `the document was not checked: ${one.detail}`, expected: "Markdown that can be read as UTF-8 text of ordinary size",
    fix: one.kind === "not-utf8" ? `Save ${one.file} as UTF-8.` : `Split ${one.file}, or name it in \`docs.exclude\` of inspan.yaml if a program writes it.`,
  }));
}

function checkFrontMatterForm(input: RuleInput): readonly DocFinding[] {
  return input.subject.docs.flatMap((doc) => (doc.frontMatter?.problem === undefined ? [] : [{
    rule: "docs-front-matter-form",
    severity: input.configuration.docs === undefined ? ("warning" as const) : ("error" as const),
    file: doc.file,
    line: 1,
    column: 1,
    endLine: doc.frontMatter.endLine,
    to: "",
    found: `the front matter cannot be read: ${doc.frontMatter.problem}`, expected: "valid YAML between the two lines of dashes",
    fix: `Correct the YAML in ${doc.file}:1-${doc.frontMatter.endLine}; a text with a colon or a quotation mark stands in quotes.`,
  }]));
}
