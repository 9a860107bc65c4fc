// Reads the accessibility tree that the driver gives into our own, without wrappers that say nothing. Pure.
import type { PageNode } from "../types/page-tree.ts";

/** A page with more is cut: nobody reads it, and every later step walks all of it. */
const nodesMax = 20_000;
/** Deeper nesting is a fault of the page; reading on would end in a full stack. */
const depthMax = 300;
/** Of one name or text; a longer one is a document, not a label. */
const textCharsMax = 2_000;

export interface ParsedTree { readonly root: PageNode; readonly isCut: boolean }

/** Roles whose text is what somebody typed or chose. */
const fields = new Set(["textbox", "searchbox", "spinbutton", "combobox"]);

interface Reading { count: number; isCut: boolean; readonly hidden: ReadonlySet<string> }

const wrappers = new Set(["generic", "none", "presentation", "rowgroup"]);
const flags = ["checked", "selected", "disabled", "expanded", "pressed", "active", "invalid"] as const;

function clip(value: unknown): string {
  const text = typeof value === "string" ? value : "";
  return text.length > textCharsMax ? `${text.slice(0, textCharsMax)}…` : text;
}

function readStates(value: Readonly<Record<string, unknown>>): readonly string[] {
  const found: string[] = [];
  for (const name of flags) {
    const flag = value[name];
    if (flag === true) found.push(name);
    else if (flag === "mixed") found.push(`${name} partly`);
    else if (flag === false && name === "expanded") found.push("collapsed");
  }
  if (typeof value["level"] === "number" && value["role"] !== "heading") found.push(`level ${value["level"]}`);
  if (typeof value["placeholder"] === "string" && value["placeholder"] !== "") found.push(`placeholder "${clip(value["placeholder"])}"`);
  return found;
}

const wordsOf = (text: string): PageNode => ({ role: "text", name: "", text, ref: undefined, states: [], url: undefined, isPointer: false, children: [] });

/** Neighbouring texts become one; empty ones and the labels of what follows go: its name says them. */
function joinTexts(children: readonly PageNode[]): readonly PageNode[] {
  const joined: PageNode[] = [];
  for (const [index, child] of children.entries()) {
    const last = joined.at(-1);
    if (child.role === "text" && (child.text.trim() === "" || child.text.trim() === children[index + 1]?.name.trim())) continue;
    if (child.role === "text" && last?.role === "text") joined[joined.length - 1] = wordsOf(`${last.text} ${child.text}`);
    else joined.push(child);
  }
  return joined;
}

function readChildren(value: unknown, reading: Reading, depth: number): readonly PageNode[] {
  return Array.isArray(value) ? joinTexts(value.flatMap((child: unknown) => readNode(child, reading, depth))) : [];
}

function readNode(value: unknown, reading: Reading, depth: number): readonly PageNode[] {
  if (reading.count >= nodesMax || depth > depthMax) { reading.isCut = true; return []; }
  reading.count += 1;
  if (typeof value === "string") return [wordsOf(clip(value))];
  if (typeof value !== "object" || value === null || !("role" in value) || typeof value.role !== "string") return [];
  const raw = value as Readonly<Record<string, unknown>>; // an object of the driver; each field is looked at before it is used
  const role = clip(raw["role"]);
  let children = readChildren(raw["children"], reading, depth + 1);
  let text = clip(raw["text"]);
  const [only] = children;
  if (text === "" && children.length === 1 && only?.role === "text") { text = only.text; children = []; }
  if (text !== "" && reading.hidden.has(text) && fields.has(role)) text = "••••";
  // A caption that names its table has been said.
  children = children.filter((child) => child.role !== "caption" || child.text !== raw["name"]);
  const states = readStates(raw);
  const node: PageNode = {
    role, text, states, children, name: clip(raw["name"]), ref: typeof raw["ref"] === "string" ? raw["ref"] : undefined,
    url: typeof raw["url"] === "string" ? clip(raw["url"]) : undefined, isPointer: raw["cursor"] === "pointer",
  };
  const says = node.name !== "" || states.some((state) => state !== "active") || (node.isPointer && role === "generic" && !children.some((child) => child.isPointer));
  if (!wrappers.has(role) || says) return [node];
  return text === "" ? children : [wordsOf(text), ...children];
}

/** `value` is what the driver's ariaSnapshotJSON() gave. `secrets` are values of password fields: shown as dots. */
export function parseTree(value: unknown, secrets: readonly string[] = []): ParsedTree {
  const reading: Reading = { count: 0, isCut: false, hidden: new Set(secrets.filter((secret) => secret !== "")) };
  const children = readChildren(Array.isArray(value) ? value : [value], reading, 0);
  return { root: { role: "page", name: "", text: "", ref: undefined, states: [], url: undefined, isPointer: false, children }, isCut: reading.isCut };
}

/** The first node for which `isWanted` holds, from the top; undefined where there is none. */
export function findNode(node: PageNode, isWanted: (node: PageNode) => boolean): PageNode | undefined {
  if (isWanted(node)) return node;
  for (const child of node.children) {
    const found = findNode(child, isWanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All nodes of that role and name, in the order of the page. */
export function nodesNamed(node: PageNode, wanted: { readonly role: string; readonly name: string | undefined }): readonly PageNode[] {
  const isOne = node.role === wanted.role && (wanted.name === undefined || node.name === wanted.name);
  return [...(isOne ? [node] : []), ...node.children.flatMap((child) => nodesNamed(child, wanted))];
}

/** What `act` can point at without guessing. */
const actionable = new Set([
  "button",
  "link",
  "textbox",
  "searchbox",
  "combobox",
  "listbox",
  "checkbox",
  "radio",
  "switch",
  "slider",
  "spinbutton",
  "tab",
  "menuitem",
  "menuitemcheckbox",
  "menuitemradio",
  "treeitem",
  "option",
  "gridcell",
]);

export function isActionable(node: PageNode): boolean {
  return node.ref !== undefined && (node.isPointer || actionable.has(node.role));
}

/** All actionable nodes below and including this one, in the order of the page. */
export function actionableNodes(node: PageNode): readonly PageNode[] {
  const found: PageNode[] = isActionable(node) ? [node] : [];
  // A link inside a clickable row is reached by itself; the words of a button are not.
  for (const child of node.children) found.push(...actionableNodes(child));
  return found;
}
