// A page's tree as few lines: one a node, rows in one line, repeated ones folded with the handles of what is in them. Pure.
import type { PageNode } from "../types/page-tree.ts";
import { actionableNodes, isActionable } from "./parse-tree.ts";

/** How many of a run of alike nodes are shown before the rest is counted. */
const shownOfRun = 3;
/** Shorter runs cost less written out than counted. */
const foldFrom = 6;
/** Handles that a folded line names; the rest are in the file. */
const refsMax = 200;
/** A label in a line; the whole of it is in the file. */
const labelCharsMax = 160;
/** Options of a choice that are named. */
const optionsMax = 8;

export interface RenderOptions { readonly isFolded: boolean; /** Of labels and texts; 160 unless told. */ readonly labelCharsMax?: number }

const clip = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max)}…`);
const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

function renderOptions(node: PageNode, max: number): string {
  const options = node.children.filter(({ role }) => role === "option");
  const chosen = options.filter(({ states }) => states.includes("selected")).map((option) => clip(oneLine(option.name), max));
  const names = options.slice(0, optionsMax).map((option) => clip(oneLine(option.name), 40));
  return ` = ${chosen.length === 0 ? "nothing" : chosen.join(", ")} (of ${names.join(", ")}${options.length > optionsMax ? `, … ${options.length} in all` : ""})`;
}

/** The node's own words, without its children: `button "Save" e12 disabled`. */
export function renderNode(node: PageNode, options: RenderOptions): string {
  const max = options.labelCharsMax ?? labelCharsMax;
  if (node.role === "text") return clip(oneLine(node.text), max);
  const name = node.name === "" ? "" : ` "${clip(oneLine(node.name), max)}"`;
  const ref = node.ref !== undefined && (isActionable(node) || !options.isFolded) ? ` ${node.ref}` : "";
  const states = node.states.filter((state) => state !== "active").map((state) => ` ${clip(state, 60)}`).join("");
  const isSame = oneLine(node.text) === oneLine(node.name);
  const text = node.text === "" || isSame ? "" : `: ${clip(oneLine(node.text), max)}`;
  const url = node.url === undefined || options.isFolded ? "" : ` -> ${clip(node.url, max)}`;
  const isChoice = (node.role === "combobox" || node.role === "listbox") && node.children.some(({ role }) => role === "option");
  return `${node.role === "generic" ? "clickable" : node.role}${name}${ref}${states}${text}${url}${isChoice ? renderOptions(node, max) : ""}`;
}

const isRowLike = (node: PageNode): boolean => node.role === "row" || node.role === "listitem";

/** A row whose cells hold a word or a control each, as one line; undefined where it holds more. */
function renderRow(node: PageNode, options: RenderOptions): string | undefined {
  if (!isRowLike(node) || node.children.length === 0) return undefined;
  const cells: string[] = [];
  for (const cell of node.children) {
    const leaves = cell.children.length === 0 ? [cell] : cell.children;
    if (leaves.some((leaf) => leaf.children.length > 0 && leaf.role !== "combobox" && leaf.role !== "button" && leaf.role !== "link")) return undefined;
    cells.push(leaves.map((leaf) => {
      const isCell = leaf === cell && /^(?:cell|gridcell|columnheader|rowheader)$/.test(leaf.role);
      return isCell && !isActionable(leaf) ? clip(oneLine(leaf.name === "" ? leaf.text : leaf.name), options.labelCharsMax ?? labelCharsMax) : renderNode(leaf, options);
    }).join(" "));
  }
  return `${node.role}${isActionable(node) ? ` ${node.ref}` : ""}: ${cells.join(" | ")}`;
}

/** What makes two neighbours alike: the same roles in the same places, whatever they say. */
function shapeOf(node: PageNode, depth = 0): string {
  return depth > 4 ? node.role : `${node.role}(${node.children.map((child) => shapeOf(child, depth + 1)).join(",")})`;
}

function foldedLine(nodes: readonly PageNode[]): string {
  const [first] = nodes;
  const all = nodes.flatMap(actionableNodes);
  const kinds = new Map<string, string[]>();
  for (const node of all.slice(0, refsMax)) kinds.set(node.role, [...(kinds.get(node.role) ?? []), node.ref ?? ""]);
  const refs = [...kinds].map(([role, of]) => `${role === "generic" ? "clickable" : role} ${of.join(" ")}`).join("; ");
  return `… ${nodes.length} more ${first?.role ?? "node"} alike${refs === "" ? "" : `: ${refs}`}${all.length > refsMax ? ` and ${all.length - refsMax} more` : ""}`;
}

function append(node: PageNode, indent: string, options: RenderOptions, lines: string[]): void {
  const row = options.isFolded ? renderRow(node, options) : undefined;
  if (row !== undefined) { lines.push(indent + row); return; }
  lines.push(indent + renderNode(node, options));
  const isChoice = options.isFolded && (node.role === "combobox" || node.role === "listbox") && node.children.every(({ role }) => role === "option");
  if (!isChoice) appendAll(node.children, `${indent} `, options, lines);
}

function appendAll(nodes: readonly PageNode[], indent: string, options: RenderOptions, lines: string[]): void {
  for (let at = 0; at < nodes.length;) {
    const node = nodes[at];
    if (node === undefined) return;
    let end = at + 1;
    if (options.isFolded && node.role !== "text") {
      const shape = shapeOf(node);
      for (let next = nodes[end]; next !== undefined && next.role === node.role && shapeOf(next) === shape; next = nodes[end]) end += 1;
    }
    const isRun = end - at >= foldFrom;
    for (const one of nodes.slice(at, isRun ? at + shownOfRun : end)) append(one, indent, options, lines);
    if (isRun) lines.push(indent + foldedLine(nodes.slice(at + shownOfRun, end)));
    at = end;
  }
}

/** Lines of the node's content, two nodes never in one but for rows; the node itself is left out where it is the page. */
export function renderTree(node: PageNode, options: RenderOptions): readonly string[] {
  const lines: string[] = [];
  if (node.role === "page") appendAll(node.children, "", options, lines);
  else append(node, "", options, lines);
  return lines;
}

/** As many whole lines as fit, and how many there were beside them. */
export function headOf(lines: readonly string[], charsMax: number): { readonly text: string; readonly leftOut: number } {
  let chars = 0;
  let count = 0;
  for (const line of lines) {
    if (chars + line.length + 1 > charsMax) break;
    chars += line.length + 1;
    count += 1;
  }
  return { text: lines.slice(0, count).join("\n"), leftOut: lines.length - count };
}
