// The rules that need the whole repository: cycles of imports, and places of a domain that no layer covers.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import type { ResolvedFacts, ResolvedImport } from "../types/facts.ts";
import type { FindingDraft } from "../types/finding.ts";
import type { FactsIndex } from "./facts-index.ts";
import type { PlaceOf } from "./places.ts";

/** A longer circle is cut in messages; the edge to remove is named all the same. */
const shownCircleMax = 8;

/** One finding for each circle of imports that exist at run time, at the edge of it that comes first by file. */
export function checkCycles(index: FactsIndex, configuration: LintConfiguration): FindingDraft[] {
  const { severity, isExcepted } = configuration.builtins.cycles;
  if (severity === "off") return [];
  const edges = new Map(index.files.map((facts) => [facts.file, isExcepted(facts.file) ? [] : runtimeEdges(facts, index)]));
  return components([...edges.keys()], (file) => (edges.get(file) ?? []).map((edge) => edge.to)).flatMap((component): FindingDraft[] => {
    const circle = shortestCircle(component, (file) => (edges.get(file) ?? []).map((edge) => edge.to));
    const [file = "", next = ""] = circle;
    const edge = edges.get(file)?.find((one) => one.to === next);
    if (edge === undefined) return [];
    const shown = circle.length > shownCircleMax ? [...circle.slice(0, shownCircleMax), "…"] : circle;
    return [{
      rule: "cycles", severity, file, line: edge.fact.line, column: edge.fact.column, endLine: edge.fact.endLine, to: next,
      found: file === next ? `${file} imports itself` : `${[...shown, file].join(" → ")}${component.length > circle.length ? ` (one circle of ${component.length} files that import each other)` : ""}`,
      expected: "no circle of imports",
      fix: file === next ? "Remove the import and use the symbol directly." : `Move what ${circle.at(-1) ?? ""} and ${file} share into a file that imports neither, or pass it in as a parameter; where only a type is needed, write \`import type\`.`,
    }];
  });
}

function runtimeEdges(facts: ResolvedFacts, index: FactsIndex): { readonly to: string; readonly fact: ResolvedImport }[] {
  return facts.imports.flatMap((fact) => {
    const isStatic = fact.kind === "value" || fact.kind === "reexport" || fact.kind === "require";
    if (fact.isType || !isStatic || fact.target.kind !== "file" || index.get(fact.target.file) === undefined) return [];
    return [{ to: fact.target.file, fact }];
  });
}

/** Strongly connected components of more than one file, or of one that imports itself; Tarjan's algorithm without recursion. */
function components(nodes: readonly string[], next: (node: string) => readonly string[]): string[][] {
  const numbers = new Map<string, number>();
  const lows = new Map<string, number>();
  const stack: string[] = [];
  const isOnStack = new Set<string>();
  const found: string[][] = [];
  const open = (node: string) => { numbers.set(node, numbers.size); lows.set(node, numbers.size - 1); stack.push(node); isOnStack.add(node); };
  const lower = (node: string, value: number) => { lows.set(node, Math.min(lows.get(node) ?? value, value)); };
  for (const start of nodes) {
    if (numbers.has(start)) continue;
    open(start);
    const work = [{ node: start, targets: next(start), at: 0 }];
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const target = frame.targets[frame.at++];
      if (target !== undefined) {
        if (!numbers.has(target)) { open(target); work.push({ node: target, targets: next(target), at: 0 }); }
        else if (isOnStack.has(target)) lower(frame.node, numbers.get(target) ?? 0);
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) lower(parent.node, lows.get(frame.node) ?? 0);
      if (lows.get(frame.node) !== numbers.get(frame.node)) continue;
      const component = stack.splice(stack.indexOf(frame.node));
      for (const node of component) isOnStack.delete(node);
      if (component.length > 1 || next(frame.node).includes(frame.node)) found.push(component);
    }
  }
  return found;
}

/** The shortest circle through the component's first file by name, beginning there. */
function shortestCircle(component: readonly string[], next: (node: string) => readonly string[]): string[] {
  const inside = new Set(component);
  const start = [...component].sort()[0] ?? "";
  const before = new Map<string, string>();
  const queue = [start];
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    for (const target of next(node)) {
      if (target === start) {
        const path = [node];
        for (let at = before.get(node); at !== undefined; at = before.get(at)) path.unshift(at);
        return path[0] === start && path.length === 1 && node === start ? [start, start] : path;
      }
      if (inside.has(target) && !before.has(target)) { before.set(target, node); queue.push(target); }
    }
  }
  return [start];
}

/** One finding for each entry directly below a domain that is neither a layer nor a door: no layer rule binds what lies there. */
export function checkUnassigned(index: FactsIndex, placeOf: PlaceOf, configuration: LintConfiguration): FindingDraft[] {
  const { severity, isExcepted } = configuration.builtins.unassigned;
  if (severity === "off" || configuration.layers.order.length === 0) return [];
  const seen = new Set<string>();
  return index.files.flatMap((facts): FindingDraft[] => {
    const place = placeOf(facts.file);
    if (place.domainPath === undefined || place.layer !== undefined || place.door !== undefined || place.isProvider || isExcepted(facts.file)) return [];
    const entry = `${place.domainPath}/${facts.file.slice(place.domainPath.length + 1).split("/")[0] ?? ""}`;
    if (seen.has(entry)) return [];
    seen.add(entry);
    return [{
      rule: "unassigned", severity, file: facts.file, line: 1, column: 1, endLine: 1, to: entry,
      found: `${entry} lies in domain ${place.domain} but in no layer, so it may import anything`,
      expected: `files and folders below ${place.domainPath} are named after a layer: ${configuration.layers.order.join(", ")}`,
      fix: `Move ${entry} into the folder of the layer that it belongs to, and correct the imports of it.`,
    }];
  });
}
