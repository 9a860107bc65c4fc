// The rules that need the whole repository: cycles of imports, and places of a domain that no layer covers.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import type { ResolvedFacts } from "../types/facts.ts";
import type { FindingDraft } from "../types/finding.ts";
import { components, shortestCircle } from "./circles.ts";
import type { PlaceOf } from "./places.ts";

/** A longer circle is cut in messages; the edge to remove is named all the same. */
const shownCircleMax = 8;

/** An import that exists at run time. */
export interface RuntimeEdge { readonly to: string; readonly line: number; readonly column: number; readonly endLine: number }

/** One finding for each circle of imports that exist at run time, at the edge of it that comes first by file. */
export function checkCycles(files: readonly { readonly file: string; readonly edges: readonly RuntimeEdge[] }[], configuration: LintConfiguration): FindingDraft[] {
  const { severity, isExcepted } = configuration.builtins.cycles;
  if (severity === "off") return [];
  const known = new Set(files.map((one) => one.file));
  const edges = new Map(files.map((one) => [one.file, isExcepted(one.file) ? [] : one.edges.filter((edge) => known.has(edge.to))]));
  return components([...edges.keys()], (file) => (edges.get(file) ?? []).map((edge) => edge.to)).flatMap((component): FindingDraft[] => {
    const circle = shortestCircle(component, (file) => (edges.get(file) ?? []).map((edge) => edge.to));
    const [file = "", next = ""] = circle;
    const edge = edges.get(file)?.find((one) => one.to === next);
    if (edge === undefined) return [];
    const shown = circle.length > shownCircleMax ? [...circle.slice(0, shownCircleMax), "…"] : circle;
    return [{
      rule: "cycles", severity, file, line: edge.line, column: edge.column, endLine: edge.endLine, to: next,
      found:
        file === next
          ? `${file} imports itself`
          : `${[...shown, file].join(" → ")}${component.length > circle.length ? ` (one circle of ${component.length} files that import each other)` : ""}`,
      expected: "no circle of imports",
      fix:
        file === next
          ? "Remove the import and use the symbol directly."
          : `Move what ${circle.at(-1) ?? ""} and ${file} share into a file that imports neither, or pass it in as a parameter; where only a type is needed, write \`import type\`.`,
    }];
  });
}

export function runtimeEdges(facts: ResolvedFacts): readonly RuntimeEdge[] {
  // Classes of one Java package and modules of one crate use each other as a matter of course: nothing there loads file by file.
  if (facts.language === "java" || facts.language === "rust") return [];
  return facts.imports.flatMap((fact) => {
    const isStatic = fact.kind === "value" || fact.kind === "reexport" || fact.kind === "require";
    if (fact.isType || !isStatic || fact.target.kind !== "file") return [];
    return [{ to: fact.target.file, line: fact.line, column: fact.column, endLine: fact.endLine }];
  });
}

/** One finding for each entry directly below a domain that is neither a layer nor a door: no layer rule binds what lies there. */
export function checkUnassigned(files: readonly string[], placeOf: PlaceOf, configuration: LintConfiguration): FindingDraft[] {
  const { severity, isExcepted } = configuration.builtins.unassigned;
  if (severity === "off" || configuration.layers.order.length === 0) return [];
  const seen = new Set<string>();
  return files.flatMap((file): FindingDraft[] => {
    const place = placeOf(file);
    if (place.domainPath === undefined || place.layer !== undefined || place.door !== undefined || place.isProvider || isExcepted(file)) return [];
    const entry = `${place.domainPath}/${file.slice(place.domainPath.length + 1).split("/")[0] ?? ""}`;
    if (seen.has(entry)) return [];
    seen.add(entry);
    return [{
      rule: "unassigned", severity, file, line: 1, column: 1, endLine: 1, to: entry,
      found: `${entry} lies in domain ${place.domain} but in no layer, so it may import anything`,
      expected: `files and folders below ${place.domainPath} are named after a layer: ${configuration.layers.order.join(", ")}`,
      fix: `Move ${entry} into the folder of the layer that it belongs to, and correct the imports of it.`,
    }];
  });
}
