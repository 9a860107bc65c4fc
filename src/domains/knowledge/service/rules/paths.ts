// Paths and symbols in code spans: what a document says is there, is there. Conservative: a span that may mean something else says nothing.
import type { CodeSpanFact, DocFacts, DocFinding } from "../../types/document.ts";
import { baseOf, joinPath, type Tree } from "../paths.ts";
import type { RuleInput } from "./links.ts";
import { anchorPlace, isMadeOrExample, isTakenBack, isThere, type PathClaim, readPathClaim } from "./path-claims.ts";

/** Code spans of every document but historical ones; instructions for agents are bound tighter. */
export function checkPaths(input: RuleInput): readonly DocFinding[] {
  return input.subject.docs.filter((doc) => input.subject.isWanted(doc.file)).flatMap((doc) => {
    const isInstruction = input.configuration.isInstruction(doc.file);
    if (!isInstruction && (input.configuration.isHistorical(doc.file) || input.configuration.isForeign(doc.file) || input.configuration.isGenerated(doc.file))) return [];
    return doc.codeSpans.flatMap((span) => checkSpan(input, { doc, span, isInstruction }));
  });
}

interface SpanInput { readonly doc: DocFacts; readonly span: CodeSpanFact; readonly isInstruction: boolean }

function checkSpan(input: RuleInput, { doc, span, isInstruction }: SpanInput): readonly DocFinding[] {
  // A broken link with a code span as its text is one fault, told once.
  if (span.isLinked) return [];
  const claim = readPathClaim(span.text);
  if (claim === undefined || isMadeOrExample(claim.path) || /[()[\]+]/.test(claim.path) || isThere(input.tree, doc.file, claim) || isTakenBack(span)) return [];
  // Folders with a dot belong to tools, of this repository or of the reader's.
  if (!isInstruction && claim.path.startsWith(".") && !claim.path.startsWith(".github/")) return [];
  const place = anchorPlace(input.tree, doc.file, claim.path);
  const isPlain = claim.hasEnding || claim.isFolder || claim.path.split("/").length > 2;
  if (place === undefined ? !(isInstruction && (claim.hasEnding || claim.isFolder)) : !isPlain) return [];
  const path = place ?? joinPath("", claim.path);
  if (path === undefined || isOutside(input, path, claim)) return [];
  const at = { file: doc.file, line: span.line, column: span.column, endLine: span.line };
  return [{
    ...at,
    rule: isInstruction ? "docs-map-paths" : "docs-paths",
    severity: isInstruction || doc.file === input.configuration.docs?.architecture?.path ? "error" : "warning",
    to: claim.path,
    found: `\`${span.text}\` names \`${path}\`, which does not exist`,
    expected: isInstruction
      ? "every path that instructions for agents name exists"
      : "a path that a document names exists, or the sentence says that it does not",
    fix: fixOf(input.tree, doc, span, claim),
  }];
}

/** Also asked with an ending path, since what git ignores as a folder is only known by what lies in it. */
function isOutside(input: RuleInput, path: string, claim: PathClaim): boolean {
  const answers = [path, ...(claim.hasEnding ? [] : [`${path}/x`])].map((one) => input.subject.ask.isOutside(one));
  return answers.some((answer) => answer !== "no");
}

function fixOf(tree: Tree, doc: DocFacts, span: CodeSpanFact, claim: PathClaim): string {
  const other = tree.otherCase(claim.path);
  if (other !== undefined) return `In ${doc.file}, line ${span.line}, replace \`${span.text}\` by \`${other}\`.`;
  const same = tree.named(baseOf(claim.path));
  if (same.length === 1 && same[0] !== undefined && !/^(index|readme|mod|main|package|types|__init__)\./i.test(baseOf(claim.path)))
    return `In ${doc.file}, line ${span.line}, replace \`${span.text}\` by \`${same[0]}\`.`;
  return `Replace \`${span.text}\` in ${doc.file}:${span.line} with the path that holds it now (\`git log --oneline -3 --diff-filter=D -- ${claim.path}\` says what became of it), or take the sentence out.`;
}

/** Names of the sources that documents write as `name()` or `PascalCase`. */
const callSpan = /^([A-Za-z_]\w{3,})\(\)$/;
const pascalSpan = /^(?:[A-Z][a-z0-9]+){2,}$/;

/** Symbols that were there when the document was last changed or verified, and are nowhere now. */
export function checkSymbols(input: RuleInput): readonly DocFinding[] {
  return input.subject.docs.filter((doc) => input.subject.isWanted(doc.file)).flatMap((doc) => {
    if (input.configuration.isHistorical(doc.file) || input.configuration.isForeign(doc.file) || input.configuration.isGenerated(doc.file)) return [];
    const verified = typeof doc.frontMatter?.value["verified"] === "string" ? /^[0-9a-f]{7,40}\b/.exec(doc.frontMatter.value["verified"])?.[0] : undefined;
    return doc.codeSpans.flatMap((span): DocFinding[] => {
      const name = callSpan.exec(span.text)?.[1] ?? (pascalSpan.test(span.text) ? span.text : undefined);
      if (name === undefined || isTakenBack(span)) return [];
      const commit = input.subject.ask.lostSymbol(doc.file, name, verified);
      if (commit === undefined) return [];
      return [{
        rule: "docs-symbols", severity: "warning", file: doc.file, line: span.line, column: span.column, endLine: span.line, to: name,
        found: `\`${span.text}\` is nowhere in the sources; at ${commit.slice(0, 12)} it was there`, expected: "a symbol that a document names exists",
        fix: `Look with \`git log -S${name} --oneline ${commit.slice(0, 12)}..\` for what replaced ${name}, and write that name, or take the sentence out.`,
      }];
    });
  });
}
