// Types that say nothing stay at the boundary, where data comes in that nobody knows yet.
import type { TypeUseRule } from "../../config/kinds/taste.ts";
import type { KindDraft, RuleKind } from "./kind.ts";

export const looseTypes: RuleKind<TypeUseRule> = {
  summary: "any and unknown are written only at boundaries.",
  why: "A type that says nothing switches the compiler off for everybody who receives it.",
  example: "- { kind: loose-types, in: \"src/**\", layers: [repo, config, ui] }",
  request: () => ({ typeUses: true }),
  checkFile(rule, facts, input) {
    const { layer } = input.placeOf(facts.file);
    if (layer !== undefined && rule.layers.includes(layer)) return [];
    const where = rule.layers.length > 0 ? `only ${rule.layers.join(", ")} write it` : "only files that the rule does not bind write it";
    const isTypeScript = facts.language === "typescript" || facts.language === "javascript";
    return facts.typeUses.filter((use) => rule.types.includes(use.name)).map((use): KindDraft => ({
      file: facts.file, line: use.line, column: use.column, endLine: use.line, to: `${use.name} in ${use.inDeclaration}`,
      found: `\`${use.name}\`${use.inDeclaration === "" ? "" : ` in ${use.inDeclaration}`}`, expected: `a type that says what the value is; ${where}`,
      fix:
        use.name === "unknown"
          ? "Parse the value where it comes in, and take the parsed type here."
          : `Write the type that the value has; where nobody knows it, ${isTypeScript ? "take `unknown` at the boundary and parse it there" : "parse it at the boundary into a type of its own"}.`,
    }));
  },
};
