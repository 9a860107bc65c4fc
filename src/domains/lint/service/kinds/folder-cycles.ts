// Circles between folders or domains, where no circle between files need exist.
import type { FolderCyclesRule } from "../../config/kinds/architecture.ts";
import { compileGlobs } from "../../config/match.ts";
import type { ResolvedFacts, ResolvedImport } from "../../types/facts.ts";
import { components, shortestCircle } from "../circles.ts";
import { folderOf, placeOfImport, prefixesOf, showChain } from "./edges.ts";
import type { KindDraft, RuleKind } from "./kind.ts";

export const folderCycles: RuleKind<FolderCyclesRule> = {
  summary: "Folders do not import one another in a circle.",
  why: "Folders in a circle are one folder: none of them can be understood, built or moved alone.",
  example: "- { kind: folder-cycles, folders: \"src/domains/*\" }",
  checkAll(rule, input) {
    const isNode = compileGlobs(rule.folders);
    const nodes = new Map<string, string | undefined>();
    const nodeOf = (file: string) => {
      const folder = folderOf(file);
      if (!nodes.has(folder)) nodes.set(folder, prefixesOf(folder).find((path) => isNode(path)));
      return nodes.get(folder);
    };
    // The edge between two folders is shown by its first import.
    const edges = new Map<string, Map<string, { readonly facts: ResolvedFacts; readonly fact: ResolvedImport; readonly target: string }>>();
    for (const facts of input.index.files) {
      const from = nodeOf(facts.file);
      if (from === undefined || !rule.isIn(facts.file)) continue;
      const own = edges.get(from) ?? new Map<string, { readonly facts: ResolvedFacts; readonly fact: ResolvedImport; readonly target: string }>();
      edges.set(from, own);
      for (const fact of facts.imports) {
        if (fact.target.kind !== "file" || (fact.isType && !rule.withTypes)) continue;
        const to = nodeOf(fact.target.file);
        if (to !== undefined && to !== from && !own.has(to)) own.set(to, { facts, fact, target: fact.target.file });
      }
    }
    const next = (node: string) => [...edges.get(node)?.keys() ?? []];
    return components([...edges.keys()], next).flatMap((component): KindDraft[] => {
      const circle = shortestCircle(component, next);
      const [first = "", second = ""] = circle;
      const edge = edges.get(first)?.get(second);
      if (edge === undefined) return [];
      const steps = circle.map((from, at) => {
        const to = circle[(at + 1) % circle.length] ?? "";
        const step = edges.get(from)?.get(to);
        return step === undefined ? "" : `${step.facts.file}:${step.fact.line} imports ${step.target}`;
      });
      return [{
        ...placeOfImport(edge.facts, edge.fact), to: second,
        found: `${showChain([...circle, first])}${component.length > circle.length ? ` (one circle of ${component.length} folders)` : ""}: ${steps.slice(0, 4).join("; ")}`,
        expected: "no circle of imports between these folders",
        fix: `Turn one edge round: move what ${circle.at(-1) ?? ""} and ${first} share into a folder that imports neither, or pass it in as a parameter.`,
      }];
    });
  },
};
