// Siblings that may not know one another: features, plugins, packages side by side.
import type { IndependenceRule } from "../../config/kinds/architecture.ts";
import { compileGlobs } from "../../config/match.ts";
import { folderOf, placeOfImport, prefixesOf, quoteImport, showChain } from "./edges.ts";
import { type KindDraft, type KindInput, perRule, type RuleKind } from "./kind.ts";

export const independence: RuleKind<IndependenceRule> = {
  summary: "Modules side by side do not import one another.",
  why: "What knows no sibling can be changed, tested and removed alone.",
  example: "- { kind: independence, modules: \"src/features/*\" }",
  checkFile(rule, facts, input) {
    const moduleOf = modulesOf(rule);
    const own = moduleOf(facts.file);
    if (own === undefined) return [];
    return facts.imports.flatMap((fact): KindDraft[] => {
      if (fact.target.kind !== "file") return [];
      const chain = rule.isTransitive ? chainToSibling(fact.target.file, own, moduleOf, input) : [fact.target.file];
      const last = chain.at(-1);
      const other = last === undefined ? undefined : moduleOf(last);
      if (last === undefined || other === undefined || other === own) return [];
      return [{
        ...placeOfImport(facts, fact), to: last,
        found: `${quoteImport(fact)}: ${own} imports its sibling ${other}${chain.length > 1 ? ` over ${showChain([facts.file, ...chain])}` : ""}`,
        expected: `${own} imports no other module beside it`,
        fix: `Move what both need out of ${other} into a place that belongs to neither of them (next to ${folderOf(other)} or a shared folder), or pass it in from where both are put together.`,
      }];
    });
  },
};

const modulesOf = perRule((rule: IndependenceRule): ((file: string) => string | undefined) => {
  const isModule = compileGlobs(rule.modules);
  const known = new Map<string, string | undefined>();
  return (file) => {
    if (!known.has(file)) known.set(file, prefixesOf(file).findLast((path) => isModule(path)));
    return known.get(file);
  };
});

/** The shortest way from a file to a module that is not `own`, through files of no module; only the file itself where there is none. */
function chainToSibling(start: string, own: string, moduleOf: (file: string) => string | undefined, input: KindInput): readonly string[] {
  const before = new Map<string, string | undefined>([[start, undefined]]);
  const queue = [start];
  for (let at = 0; at < queue.length; at++) {
    const file = queue[at] ?? "";
    const module = moduleOf(file);
    if (module !== undefined && module !== own) {
      const chain = [file];
      for (let one = before.get(file); one !== undefined; one = before.get(one)) chain.unshift(one);
      return chain;
    }
    if (module !== undefined) continue; // its own imports are judged at its own lines
    for (const { target } of input.index.get(file)?.imports ?? []) {
      if (target.kind !== "file" || before.has(target.file)) continue;
      before.set(target.file, file);
      queue.push(target.file);
    }
  }
  return [start];
}
