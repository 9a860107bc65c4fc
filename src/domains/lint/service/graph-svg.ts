// The import graph as an SVG: a column for each domain, a box for each layer, a curve with its count for each pair. Pure.
import type { GraphReport } from "../types/report.ts";

/** More boxes or curves than this are no drawing any more; the busiest stay, and the drawing says what is left out. */
const boxesMax = 200;
const curvesMax = 600;
const labelCharsMax = 28;

const box = { width: 190, height: 34, gapX: 90, gapY: 26 };
const margin = 24;
const headHeight = 64;

export interface DrawnGraph {
  /** Name of a node, `domain/layer` or a folder, with the column that it stands in. */
  readonly nodes: readonly { readonly name: string; readonly column: string; readonly label: string; readonly fileCount: number }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly count: number }[];
}

interface Place { readonly x: number; readonly y: number }

/** A whole SVG document, sized to its content; text is escaped, nothing in it is a script or a link. */
export function drawSvg(graph: DrawnGraph): string {
  const busiest = [...graph.nodes].sort((left, right) => right.fileCount - left.fileCount).slice(0, boxesMax);
  const kept = new Set(busiest.map((node) => node.name));
  const nodes = graph.nodes.filter((node) => kept.has(node.name));
  const inside = graph.edges.filter((edge) => kept.has(edge.from) && kept.has(edge.to));
  const edges = [...inside].sort((left, right) => right.count - left.count).slice(0, curvesMax);
  const columns = [...new Set(nodes.map((node) => node.column))];
  const places = new Map<string, Place>();
  let rowsMax = 0;
  for (const [column, name] of columns.entries()) {
    const own = nodes.filter((node) => node.column === name);
    rowsMax = Math.max(rowsMax, own.length);
    for (const [row, node] of own.entries()) places.set(node.name, { x: margin + column * (box.width + box.gapX), y: margin + headHeight + row * (box.height + box.gapY) });
  }
  const width = Math.max(360, margin * 2 + columns.length * box.width + Math.max(0, columns.length - 1) * box.gapX);
  const height = margin * 2 + headHeight + rowsMax * (box.height + box.gapY);
  const leftOut = [graph.nodes.length - nodes.length, graph.edges.length - edges.length];
  const note = leftOut[0] === 0 && leftOut[1] === 0 ? "" : `; ${leftOut[0]} boxes and ${leftOut[1]} curves left out`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    "<title>Import graph</title>",
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#64748b"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${margin}" y="${margin + 6}" fill="#475569">${plainText(`${graph.nodes.length} boxes, ${graph.edges.reduce((sum, edge) => sum + edge.count, 0)} imports between them${note}`)}</text>`,
    ...columns.map(
      (name, column) =>
        `<text x="${margin + column * (box.width + box.gapX) + box.width / 2}" y="${margin + headHeight - 16}" text-anchor="middle" font-weight="600" fill="#0f172a">${plainText(shorten(name))}</text>`,
    ),
    ...edges.map((edge) => drawCurve(edge, places)),
    ...nodes.map((node) => drawBox(node, places.get(node.name) ?? { x: 0, y: 0 })),
    "</svg>",
  ].join("\n");
}

function drawBox(node: DrawnGraph["nodes"][number], { x, y }: Place): string {
  return `<g><title>${plainText(`${node.name}: ${node.fileCount} files`)}</title><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6" fill="#f1f5f9" stroke="#94a3b8"/>`
    + `<text x="${x + 12}" y="${y + 21}" fill="#0f172a">${plainText(shorten(node.label))}</text><text x="${x + box.width - 10}" y="${y + 21}" text-anchor="end" fill="#64748b">${node.fileCount}</text></g>`;
}

/** From side to side; within a column an arc on its right. Thicker where more imports go. */
function drawCurve(edge: DrawnGraph["edges"][number], places: ReadonlyMap<string, Place>): string {
  const from = places.get(edge.from) ?? { x: 0, y: 0 };
  const to = places.get(edge.to) ?? { x: 0, y: 0 };
  const isForward = to.x > from.x;
  const start = { x: isForward || to.x === from.x ? from.x + box.width : from.x, y: from.y + box.height / 2 };
  const end = { x: isForward ? to.x : to.x + box.width, y: to.y + box.height / 2 };
  const bend = to.x === from.x ? Math.min(box.gapX - 14, 18 + Math.abs(to.y - from.y) / 8) : box.gapX / 2;
  const controls = to.x === from.x ? [start.x + bend, end.x + bend] : isForward ? [start.x + bend, end.x - bend] : [start.x - bend, end.x + bend];
  const middle = { x: (start.x + end.x + 3 * ((controls[0] ?? 0) + (controls[1] ?? 0))) / 8, y: (start.y + end.y) / 2 };
  const thickness = Math.min(4, 1 + Math.log10(edge.count)).toFixed(1);
  return `<g><title>${plainText(`${edge.from} → ${edge.to}: ${edge.count}`)}</title><path d="M${start.x} ${start.y}C${controls[0]} ${start.y} ${controls[1]} ${end.y} ${end.x} ${end.y}" fill="none" stroke="#64748b" stroke-opacity="0.6" stroke-width="${thickness}" marker-end="url(#tip)"/>`
    + `<text x="${Math.round(middle.x)}" y="${Math.round(middle.y) - 3}" text-anchor="middle" font-size="10" fill="#334155">${edge.count}</text></g>`;
}

function shorten(text: string): string {
  return text.length <= labelCharsMax ? text : `…${text.slice(text.length - labelCharsMax + 1)}`;
}

function plainText(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, " ").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").toWellFormed();
}

/** What is drawn of a report: `nodeOf` as the other drawings have it; in a column, what is imported stands above what imports it. */
export function drawnGraphOf(graph: GraphReport, nodeOf: ReadonlyMap<string, string>, counts: ReadonlyMap<string, number>): DrawnGraph {
  const found = new Map<string, DrawnGraph["nodes"][number]>();
  for (const { file, domain, layer } of graph.files) {
    const name = nodeOf.get(file) ?? file;
    found.set(name, { name, column: domain ?? "outside of domains", label: domain === null ? name : layer ?? "door", fileCount: (found.get(name)?.fileCount ?? 0) + 1 });
  }
  const edges = [...counts].sort().map(([key, count]) => { const [from = "", to = ""] = key.split("\0"); return { from, to, count }; });
  // Depth: what imports nothing stands on top, as layers do; a bound ends cycles.
  const depth = new Map<string, number>();
  for (let pass = 0; pass < 12; pass++) {
    for (const { from, to } of edges) if (columnOf(found, from) === columnOf(found, to)) depth.set(from, Math.min(12, Math.max(depth.get(from) ?? 0, (depth.get(to) ?? 0) + 1)));
  }
  const nodes = [...found.values()].sort((left, right) =>
    left.column === right.column
      ? (depth.get(left.name) ?? 0) - (depth.get(right.name) ?? 0) || (left.name < right.name ? -1 : 1)
      : left.column < right.column
        ? -1
        : 1,
  );
  return { nodes, edges };
}

function columnOf(nodes: ReadonlyMap<string, DrawnGraph["nodes"][number]>, name: string): string | undefined {
  return nodes.get(name)?.column;
}
