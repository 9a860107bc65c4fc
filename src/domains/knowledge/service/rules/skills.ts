// Skills of a repository: few, each with a name that is its folder's and words that say when it is used. Only where the key docs asks for order.
import type { DocFacts, DocFinding } from "../../types/document.ts";
import type { RuleInput } from "./links.ts";

/** Every client puts name and description of each skill into every prompt, and a model that has to choose among many chooses worse. */
const skillsMax = 10;
const skillFile = /^(\.(?:agents|claude|codex|gemini|opencode)\/skills)\/([^/]+)\/SKILL\.md$/;

const top = (doc: DocFacts) => ({ file: doc.file, line: 1, column: 1, endLine: doc.frontMatter?.endLine ?? 1, severity: "warning" as const });

export function checkSkills(input: RuleInput): readonly DocFinding[] {
  if (input.configuration.docs === undefined) return [];
  const skills = input.subject.docs.flatMap((doc) => {
    const match = skillFile.exec(doc.file);
    return match?.[1] === undefined || match[2] === undefined ? [] : [{ doc, folder: match[1], name: match[2] }];
  });
  return [...checkCount(skills), ...skills.flatMap(({ doc, name }) => checkSkill(doc, name))];
}

function checkCount(skills: readonly { readonly doc: DocFacts; readonly folder: string }[]): readonly DocFinding[] {
  return [...new Set(skills.map(({ folder }) => folder))].flatMap((folder): DocFinding[] => {
    const own = skills.filter((skill) => skill.folder === folder);
    const first = own[skillsMax];
    if (first === undefined) return [];
    return [{
      ...top(first.doc), rule: "docs-skills-count", to: folder, found: `${own.length} skills in ${folder}/`, expected: `at most ${skillsMax}: few deep ones over standard tools`,
      fix: `Merge skills of ${folder}/ that are used together, and move what is knowledge rather than a way of doing into a document below docs/.`,
    }];
  });
}

function checkSkill(doc: DocFacts, name: string): readonly DocFinding[] {
  const value = doc.frontMatter?.value ?? {};
  const findings: DocFinding[] = [];
  if (value["name"] !== name)
    findings.push({
      ...top(doc),
      rule: "docs-skills",
      to: "name",
      found: `the name ${JSON.stringify(value["name"] ?? "")}`,
      expected: `the name of its folder, ${name}: clients look for one by the other`,
      fix: `Begin ${doc.file} with front matter that says \`name: ${name}\`.`,
    });
  const description = typeof value["description"] === "string" ? value["description"] : "";
  if (!/\b(?:use|when|before|after|whenever|if)\b/i.test(description))
    findings.push({
      ...top(doc),
      rule: "docs-skills",
      to: "trigger",
      found: description === "" ? "no description" : "a description that does not say when to use it",
      expected: "a description with what the skill does and its trigger: it is all that an agent sees before it decides",
      fix: `Write \`description: <what it does>. Use when <the moment>.\` into the front matter of ${doc.file}.`,
    });
  return findings;
}
