// Files and exports that nothing uses. Opt-in: only a repository knows where its programs begin.
import type { DeadExportsRule, OrphansRule } from "../../config/kinds/architecture.ts";
import { compileGlobs } from "../../config/match.ts";
import type { FactsIndex } from "../facts-index.ts";
import { type KindDraft, type RuleKind, scriptLanguages } from "./kind.ts";

export const orphans: RuleKind<OrphansRule> = {
  summary: "Every file is reached from an entry.",
  why: "Code that nothing reaches is read, repaired and migrated for nothing.",
  example: "- { kind: orphans, in: \"src/**\", entries: [src/main.ts, \"**/*.test.ts\"] }",
  checkAll(rule, input) {
    const isEntry = compileGlobs(rule.entries);
    const reached = new Set(input.index.files.filter((facts) => isEntry(facts.file)).map((facts) => facts.file));
    const queue = [...reached];
    for (let at = 0; at < queue.length; at++) {
      for (const { target } of input.index.get(queue[at] ?? "")?.imports ?? []) {
        if (target.kind !== "file" || reached.has(target.file)) continue;
        reached.add(target.file);
        queue.push(target.file);
      }
    }
    return input.index.files.filter((facts) => rule.isIn(facts.file) && !reached.has(facts.file)).map((facts): KindDraft => ({
      file: facts.file, line: 1, column: 1, endLine: 1, to: "", found: `no entry reaches ${facts.file}`, expected: "every file is imported, directly or not, by an entry",
      fix: `Delete ${facts.file} if it is left over; import it where it is needed; or name it in \`entries\` of this rule if a program starts there.`,
    }));
  },
};

export const deadExports: RuleKind<DeadExportsRule> = {
  summary: "Every export is imported somewhere.",
  languages: scriptLanguages,
  why: "An export that nobody imports is an interface to keep for nobody.",
  example: "- { kind: dead-exports, in: \"src/**\", entries: src/index.ts, severity: warning }",
  request: () => ({ declarations: true }),
  checkAll(rule, input) {
    const isEntry = compileGlobs(rule.entries);
    const used = usedNames(input.index);
    return input.index.files.filter((facts) => rule.isIn(facts.file) && !isEntry(facts.file)).flatMap((facts) => {
      const names = used.get(facts.file);
      if (names?.has("*") === true) return [];
      return facts.exports.filter((one) => one.name !== "*" && names?.has(one.name) !== true).map((one): KindDraft => {
        const place = facts.declarations.find((two) => two.name === one.name && two.container === undefined);
        const line = place?.line ?? 1;
        return {
          file: facts.file,
          line,
          column: place?.column ?? 1,
          endLine: line,
          to: one.name,
          found: `nothing imports ${one.name} of ${facts.file}`,
          expected: "every export is imported somewhere",
          fix: `Remove \`export\` from ${one.name} where ${facts.file} itself needs it, and ${one.name} altogether where it does not.`,
        };
      });
    });
  },
};

/** Per file the names that others import from it, over chains of re-exports; `*` where all of it counts as used. */
function usedNames(index: FactsIndex): ReadonlyMap<string, ReadonlySet<string>> {
  const used = new Map<string, Set<string>>();
  const queue: (readonly [file: string, name: string])[] = [];
  const use = (file: string, name: string): void => {
    const names = used.get(file) ?? new Set<string>();
    if (names.has(name)) return;
    used.set(file, names.add(name));
    queue.push([file, name]);
  };
  for (const facts of index.files) {
    for (const fact of facts.imports) {
      // What is only passed on is not used by that: what counts is who imports it from there.
      if (fact.target.kind !== "file" || fact.kind === "reexport") continue;
      if (fact.names.length === 0 && fact.kind !== "value") use(fact.target.file, "*");
      for (const { imported } of fact.names) use(fact.target.file, imported);
    }
  }
  for (let at = 0; at < queue.length; at++) {
    const [file = "", name = ""] = queue[at] ?? [];
    const facts = index.get(file);
    for (const one of facts?.exports ?? []) {
      // The name stays the same along `export *` and may change along `export { a as b }`.
      if (one.from === undefined || (name !== "*" && one.name !== name && one.name !== "*")) continue;
      const target = facts?.imports.find((fact) => fact.specifier === one.from?.specifier)?.target;
      if (target?.kind === "file") use(target.file, one.name === "*" ? name : one.from.imported);
    }
  }
  return used;
}
