// One package for each concern.
import { compilePackages } from "../../config/match.ts";
import type { StackRule } from "../../config/kinds/taste.ts";
import { packageOf, placeOfImport, quoteImport } from "./edges.ts";
import { type KindDraft, perRule, type RuleKind } from "./kind.ts";

const compiled = perRule((rule: StackRule) => ({ isUse: compilePackages([rule.use]), isInstead: compilePackages(rule.instead) }));

export const stack: RuleKind<StackRule> = {
  summary: "There is one package for each concern.",
  why: "A second way to do a thing doubles what everybody has to know, update and secure.",
  example: "- { kind: stack, name: one-orm, concern: ORM, use: drizzle-orm, instead: [typeorm, prisma, \"@prisma/*\", sequelize] }",
  checkFile(rule, facts) {
    const { isUse, isInstead } = compiled(rule);
    return facts.imports.flatMap((fact): KindDraft[] => {
      // Also what is not installed or not declared is a second package.
      const used = packageOf(fact.target);
      if (used === undefined || isUse(used.name, used.specifier) || !isInstead(used.name, used.specifier)) return [];
      const { name } = used;
      return [{
        ...placeOfImport(facts, fact),
        to: name,
        found: `${quoteImport(fact)}: ${name} is a second package for ${rule.concern}`,
        expected: `${rule.concern} is ${rule.use} in this repository`,
        fix: `Use ${rule.use} instead of ${name}, and take ${name} out of the dependencies when its last import is gone.`,
      }];
    });
  },
};
