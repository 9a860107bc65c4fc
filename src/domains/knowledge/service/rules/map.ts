// The map that a reader opens first: short, with a loop of work, and every command on it exists. Facts in, findings out.
import type { DocFacts, DocFinding } from "../../types/document.ts";
import type { Commands } from "../../types/world.ts";
import { nearestName } from "../nearest.ts";
import { readCommands } from "./commands.ts";
import type { RuleInput } from "./links.ts";

/** A loop of fewer steps is no loop: ground, change, prove. */
const stepsMin = 3;

export function checkMap(input: RuleInput): readonly DocFinding[] {
  const { map } = input.configuration;
  const doc = input.byFile.get(map.path);
  const commands = input.subject.docs.filter((one) => input.configuration.isInstruction(one.file)).flatMap((one) => checkCommands(one, input.subject.commands));
  if (doc === undefined) {
    if (!map.isDemanded || input.subject.unread.some((one) => one.file === map.path)) return commands;
    const other = input.tree.otherCase(map.path);
    return [...commands, {
      rule: "docs-map", severity: "error", file: map.path, line: 1, column: 1, endLine: 1, to: "missing",
      found: other === undefined ? `there is no ${map.path}` : `the map is named ${other}`, expected: `${map.path} is the map: the file that every agent and person opens first`,
      fix:
        other === undefined
          ? `Run \`inspan init\`, or name the file that is the map in \`docs.map\` of ${input.configuration.file}.`
          : `Rename ${other} to ${map.path} with \`git mv\`.`,
    }];
  }
  return [...commands, ...checkSize(input, doc), ...(map.hasLoop ? checkLoop(doc) : []), ...checkReviewers(input, doc)];
}

function checkSize(input: RuleInput, doc: DocFacts): readonly DocFinding[] {
  const { linesMax } = input.configuration.map;
  if (doc.lines <= linesMax) return [];
  return [{
    rule: "docs-map-size", severity: input.configuration.isWritten ? "error" : "warning", file: doc.file, line: linesMax + 1, column: 1, endLine: doc.lines, to: "",
    found: `${doc.lines} lines`, expected: `a map of at most ${linesMax} lines: what is always in the context of an agent crowds out its task`,
    fix: `Move whole sections of ${doc.file} into documents of their own below docs/, and leave one line with a link to each.`,
  }];
}

function checkLoop(doc: DocFacts): readonly DocFinding[] {
  const steps = doc.items.filter((item) => item.number !== undefined && item.depth === 1);
  if (steps.length >= stepsMin) return [];
  return [{
    rule: "docs-map-loop", severity: "error", file: doc.file, line: 1, column: 1, endLine: 1, to: "",
    found: steps.length === 0 ? "no numbered list" : `a numbered list of ${steps.length}`,
    expected: `a numbered loop of work with at least ${stepsMin} steps, for example: 1. Ground 2. History 3. Prove first 4. Execute 5. Prove`,
    fix: `Write a section "How to work here" into ${doc.file} with one numbered step a line: what to read first, how a fault is shown, how a change is proved.`,
  }];
}

function checkReviewers(input: RuleInput, doc: DocFacts): readonly DocFinding[] {
  if (input.configuration.docs === undefined) return [];
  const folder = (input.configuration.map.reviewers ?? (input.tree.has("docs/reviewers") === "folder" ? "docs/reviewers" : undefined))?.replace(/\/+$/, "");
  if (folder === undefined) return [];
  const isNamed = doc.links.some((link) => link.target.includes(folder)) || doc.codeSpans.some((span) => span.text.includes(folder));
  if (isNamed) return [];
  return [{
    rule: "docs-map-reviewers", severity: "error", file: doc.file, line: 1, column: 1, endLine: 1, to: folder,
    found: `the reviewers' folder ${folder}/ is not named`, expected: "the map names the folder that says what a review looks for",
    fix: `Add a line to ${doc.file}: \`- [${folder}/](${folder}): what a review of every change looks for\`.`,
  }];
}

function checkCommands(doc: DocFacts, known: Commands): readonly DocFinding[] {
  return readCommands(doc).flatMap((command): DocFinding[] => {
    const fault = judge(command.runner, command.name, known);
    if (fault === undefined) return [];
    const near = nearestName(command.name, fault.names);
    return [{
      rule: "docs-map-commands", severity: "error", file: doc.file, line: command.line, column: command.column, endLine: command.line, to: command.text,
      found: `\`${command.text}\`: ${fault.found}`, expected: "every command that instructions for agents name exists",
      fix:
        near === undefined
          ? `Write the command that does it now (${listed(fault.names)}), or add ${fault.what} ${command.name}.`
          : `In ${doc.file}, line ${command.line}, replace \`${command.text}\` by \`${command.text.replace(command.name, near)}\`, or add ${fault.what} ${command.name}.`,
    }];
  });
}

const listed = (names: ReadonlySet<string>): string => (names.size === 0 ? "there is none yet" : `${[...names].sort().slice(0, 8).join(", ")}${names.size > 8 ? ", …" : ""}`);

function judge(
  runner: "script" | "maybe-script" | "make" | "just",
  name: string,
  known: Commands,
): { readonly found: string; readonly what: string; readonly names: ReadonlySet<string> } | undefined {
  if (runner === "make")
    return !known.hasMakefile || known.isMakeOpen || known.makeTargets.has(name)
      ? undefined
      : { found: `no makefile has the target ${name}`, what: "the target", names: known.makeTargets };
  if (runner === "just")
    return !known.hasJustfile || known.isJustOpen || known.justRecipes.has(name)
      ? undefined
      : { found: `no justfile has the recipe ${name}`, what: "the recipe", names: known.justRecipes };
  if (!known.hasManifest || known.scripts.has(name)) return undefined;
  if (runner === "maybe-script" && (known.programs.has(name) || !/[:-]/.test(name))) return undefined;
  return { found: `no package.json has the script ${name}`, what: "the script", names: known.scripts };
}
