// What a part of the repository may not reach, however long the way.
import type { ReachRule } from "../../config/kinds/architecture.ts";
import { compileGlobs } from "../../config/match.ts";
import type { ResolvedFacts, ResolvedImport } from "../../types/facts.ts";
import { placeOfImport, quoteImport, showChain, targetNames } from "./edges.ts";
import type { KindDraft, KindInput, RuleKind } from "./kind.ts";

export const reach: RuleKind<ReachRule> = {
  summary: "Some files do not reach others, directly or over any number of imports.",
  why: "A forbidden part that comes in over three imports is loaded, shipped and depended on like one that is imported directly.",
  example: "- { kind: reach, name: no-way-to-the-database, in: \"src/web/**\", to: [\"src/db/**\", pg] }",
  checkAll(rule, input) {
    const isTo = compileGlobs(rule.to);
    const ways = waysTo(rule, input, isTo);
    return input.index.files.filter((facts) => rule.isIn(facts.file)).flatMap((facts) => countedImports(facts, rule).flatMap((fact): KindDraft[] => {
      const chain = chainOf(fact, isTo, ways);
      // The step that leaves the bound files is the one to take back; the ones before it only pass it on.
      if (chain === undefined || (fact.target.kind === "file" && rule.isIn(fact.target.file))) return [];
      const last = chain.at(-1) ?? "";
      return [{
        ...placeOfImport(facts, fact), to: last,
        found: `${quoteImport(fact)}: ${facts.file} reaches ${last}${chain.length > 1 ? ` over ${showChain([facts.file, ...chain])}` : ""}`,
        expected: `${facts.file} does not reach ${typeof rule.to === "string" ? rule.to : rule.to.join(", ")}`,
        fix: chain.length > 1
          ? `Cut the way at its weakest edge: take the value as a parameter instead of importing it, or split ${chain.at(-2) ?? ""} so that what ${facts.file} needs does not import ${last}.`
          : `Take the value as a parameter, or move the code that needs ${last} to where it may be imported.`,
      }];
    }));
  },
};

/** For each file from which a target can be reached: the next step of a shortest way. */
function waysTo(rule: ReachRule, input: KindInput, isTo: (name: string) => boolean): ReadonlyMap<string, string> {
  const isEnd = compileGlobs(rule.through);
  const importers = new Map<string, string[]>();
  const next = new Map<string, string>();
  const queue: string[] = [];
  for (const facts of input.index.files) {
    if (isEnd(facts.file)) continue;
    for (const fact of countedImports(facts, rule)) {
      const hit = targetNames(fact.target).find((name) => isTo(name));
      if (hit !== undefined && !next.has(facts.file)) { next.set(facts.file, hit); queue.push(facts.file); }
      if (fact.target.kind !== "file") continue;
      const list = importers.get(fact.target.file);
      if (list === undefined) importers.set(fact.target.file, [facts.file]); else list.push(facts.file);
    }
  }
  for (let at = 0; at < queue.length; at++) {
    const file = queue[at] ?? "";
    for (const importer of importers.get(file) ?? []) {
      if (next.has(importer)) continue;
      next.set(importer, file);
      queue.push(importer);
    }
  }
  return next;
}

function chainOf(fact: ResolvedImport, isTo: (name: string) => boolean, ways: ReadonlyMap<string, string>): readonly string[] | undefined {
  const names = targetNames(fact.target);
  if (names.some((name) => isTo(name))) return names.slice(0, 1);
  if (fact.target.kind !== "file" || !ways.has(fact.target.file)) return undefined;
  const chain = [fact.target.file];
  for (let file = ways.get(fact.target.file); file !== undefined; file = ways.get(file)) {
    chain.push(file);
    if (isTo(file)) break;
  }
  return chain;
}

function countedImports(facts: ResolvedFacts, rule: ReachRule): readonly ResolvedImport[] {
  return rule.withTypes ? facts.imports : facts.imports.filter((fact) => !fact.isType);
}
