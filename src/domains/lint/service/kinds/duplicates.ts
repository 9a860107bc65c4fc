// Copies of helpers and schemas, found by what they do: renamed and reordered ones are copies too.
import { compileGlobs } from "../../config/match.ts";
import type { DuplicatesRule } from "../../config/kinds/content.ts";
import type { ResolvedFacts, ShapeFact } from "../../types/facts.ts";
import { type KindDraft, perRule, type RuleKind, scriptLanguages } from "./kind.ts";

/** A callback has no name to import it by: only a large one is worth a place of its own. */
const anonymousSizeMin = 100;

interface Unit { readonly facts: ResolvedFacts; readonly shape: ShapeFact }

const isShared = perRule((rule: DuplicatesRule) => compileGlobs(rule.shared));

export const duplicates: RuleKind<DuplicatesRule> = {
  summary: "A helper or a schema exists once.",
  languages: [...scriptLanguages, "python"],
  why: "Of two copies one is mended and the other stays wrong.",
  example: "- { kind: duplicates, in: \"src/**\", shared: \"src/base/**\" }",
  request: () => ({ shapes: true }),
  checkAll(rule, input) {
    const groups = new Map<string, Unit[]>();
    for (const facts of input.index.files) {
      if (facts.shapes === undefined || facts.shapes.length === 0 || !rule.isIn(facts.file)) continue;
      for (const shape of facts.shapes) {
        if (!isLargeEnough(rule, shape)) continue;
        const key = `${shape.kind} ${shape.hash}`;
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [{ facts, shape }]); else group.push({ facts, shape });
      }
    }
    const copied = new Set<ShapeFact>();
    const copies = [...groups.values()].filter((group) => group.length > 1);
    for (const group of copies) for (const { shape } of group) copied.add(shape);
    return copies.flatMap((group) => draftsOf(rule, group.filter((unit) => !isInsideCopy(unit, copied))));
  },
};

function isLargeEnough(rule: DuplicatesRule, shape: ShapeFact): boolean {
  if (shape.kind === "schema") return (shape.members ?? 0) >= rule.membersMin;
  return shape.size >= (shape.name === "(anonymous)" ? Math.max(rule.sizeMin, anonymousSizeMin) : rule.sizeMin);
}

/** What lies in a copied function is copied with it. */
function isInsideCopy({ facts, shape }: Unit, copied: ReadonlySet<ShapeFact>): boolean {
  for (let at = shape.around; at !== undefined;) {
    const around: ShapeFact | undefined = facts.shapes?.[at];
    if (around !== undefined && copied.has(around)) return true;
    at = around?.around;
  }
  return false;
}

function draftsOf(rule: DuplicatesRule, group: readonly Unit[]): readonly KindDraft[] {
  const rank = ({ facts, shape }: Unit) => Number(!isShared(rule)(facts.file)) * 2 + Number(!isExported(facts, shape));
  const [first, ...rest] = [...group].sort(
    (left, right) =>
      rank(left) - rank(right) || (left.facts.file < right.facts.file ? -1 : left.facts.file > right.facts.file ? 1 : left.shape.line - right.shape.line),
  );
  if (first === undefined) return [];
  const where = `${first.facts.file}:${first.shape.line}`;
  return rest.map(({ facts, shape }): KindDraft => ({
    file: facts.file, line: shape.line, column: shape.column, endLine: shape.endLine, to: `${shape.name} ${first.facts.file}#${first.shape.name}`,
    found: `${named(shape)} (${shape.endLine - shape.line + 1} lines) does the same as ${named(first.shape)} at ${where}`,
    expected: `one ${shape.kind}, imported where it is needed`,
    fix: isExported(first.facts, first.shape)
      ? `Delete ${named(shape)} here and import ${first.shape.name} from ${first.facts.file}.`
      : `Move one of them to a place that both ${first.facts.file} and ${facts.file} may import, export it there, and delete both copies; if they are alike by chance and will change apart, say so in an exception.`,
  }));
}

function named(shape: ShapeFact): string {
  return shape.name === "(anonymous)" ? `this ${shape.kind}` : shape.name;
}

function isExported(facts: ResolvedFacts, shape: ShapeFact): boolean {
  return shape.around === undefined && facts.exports.some((one) => one.name === shape.name && one.from === undefined);
}
