// The import graph in its public form and as drawings. Pure.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import type { ResolvedFacts } from "../types/facts.ts";
import type { GraphReport } from "../types/report.ts";
import { drawnGraphOf, drawSvg } from "./graph-svg.ts";
import { placesOf } from "./places.ts";

export function buildGraph(files: readonly ResolvedFacts[], configuration: LintConfiguration): GraphReport {
  const placeOf = placesOf(configuration);
  const edges: GraphReport["edges"] = [];
  const unresolved: GraphReport["unresolved"] = [];
  for (const facts of files) {
    for (const fact of facts.imports) {
      const { target, kind, line } = fact;
      if (target.kind === "file") edges.push({ from: facts.file, to: target.file, kind, line, specifier: fact.specifier ?? "" });
      if (target.kind === "unresolved") unresolved.push({ from: facts.file, line, specifier: fact.specifier ?? "", reason: target.reason });
    }
  }
  return {
    version: 1,
    files: files.map(({ file, language }) => {
      const { domain, layer } = placeOf(file);
      return { file, language, domain: domain ?? null, layer: layer ?? null };
    }),
    edges, unresolved,
  };
}

/** Domains and layers as nodes, with the number of imports between them; files outside of domains by their top two folders. */
export function drawGraph(graph: GraphReport, format: "mermaid" | "dot" | "svg"): string {
  const nodeOf = new Map(graph.files.map((one) => [one.file, one.domain === null ? folderOf(one.file) : `${one.domain}/${one.layer ?? "door"}`]));
  const counts = new Map<string, number>();
  for (const edge of graph.edges) {
    const from = nodeOf.get(edge.from) ?? folderOf(edge.from);
    const to = nodeOf.get(edge.to) ?? folderOf(edge.to);
    if (from !== to) counts.set(`${from}\0${to}`, (counts.get(`${from}\0${to}`) ?? 0) + 1);
  }
  if (format === "svg") return drawSvg(drawnGraphOf(graph, nodeOf, counts));
  const nodes = [...new Set([...nodeOf.values(), ...[...counts.keys()].flatMap((key) => key.split("\0"))])].sort();
  const ids = new Map(nodes.map((node, at) => [node, `n${at}`]));
  const lines = [...counts].sort().map(([key, count]) => {
    const [from = "", to = ""] = key.split("\0").map((node) => ids.get(node) ?? "");
    return format === "mermaid" ? `  ${from} -->|${count}| ${to}` : `  ${from} -> ${to} [label="${count}"];`;
  });
  const label = (node: string) => JSON.stringify(node.replaceAll(/[<>"]/g, " "));
  if (format === "mermaid") return ["flowchart TD", ...nodes.map((node) => `  ${ids.get(node) ?? ""}[${label(node)}]`), ...lines].join("\n");
  return ["digraph imports {", "  rankdir=TB; node [shape=box];", ...nodes.map((node) => `  ${ids.get(node) ?? ""} [label=${label(node)}];`), ...lines, "}"].join("\n");
}

function folderOf(file: string): string {
  const folders = file.split("/").slice(0, -1);
  return folders.length === 0 ? "(root)" : folders.slice(0, 2).join("/");
}
