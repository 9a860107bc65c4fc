// A session as a journey: what was done, by role and name, as Markdown with blocks that are played. Pure; the form is in docs/journeys.md.
import type { PageNode, SessionStep } from "../types/index.ts";
import { readRoleTarget } from "./target.ts";

/** A message longer than this is a text, and changes with what it tells. */
const seenCharsMax = 120;
/** What one action set off is told by its first words. */
const seenMax = 2;

const parts = new Set(["region", "dialog", "alertdialog", "form", "navigation", "table", "row", "group", "list", "listitem", "tabpanel", "article", "search", "main", "iframe"]);

interface Placed { readonly node: PageNode; readonly around: readonly PageNode[] }

function walk(node: PageNode, around: readonly PageNode[] = []): readonly Placed[] {
  return [{ node, around }, ...node.children.flatMap((child) => walk(child, [...around, node]))];
}

const quote = (name: string): string => (name.includes('"') ? `'${name}'` : `"${name}"`);
const nameOf = ({ role, name }: PageNode): string => (name === "" ? role : `${role} ${quote(name)}`);

/** Role and name of the element with this handle, with the part of the page that holds it where they are not enough; undefined where no words point at it alone. */
export function nameElement(root: PageNode, ref: string): string | undefined {
  const all = walk(root);
  const found = all.find(({ node }) => node.ref === ref);
  if (found === undefined || readRoleTarget(nameOf(found.node)) === undefined || found.node.name.includes(" = ")) return undefined; // behind that a value stands
  const alike = all.filter(({ node }) => node.role === found.node.role && node.name === found.node.name);
  if (alike.length === 1) return nameOf(found.node);
  for (const part of found.around.toReversed()) {
    if (!parts.has(part.role) || part.name === "" || all.filter(({ node }) => node.role === part.role && node.name === part.name).length !== 1) continue;
    if (alike.filter(({ around }) => around.includes(part)).length === 1) return `${nameOf(found.node)} in ${nameOf(part)}`;
  }
  return undefined;
}

const textOf = (node: PageNode): string =>
  [node.role === "text" || node.children.length === 0 ? node.text : "", ...node.children.map(textOf)]
    .filter((part) => part !== "")
    .join(" ")
    .replaceAll(/\s+/g, " ")
    .trim();

/** What a page says at this moment: its status lines, alerts, headings and dialogs, as `see` takes them. */
function sayings(root: PageNode): readonly string[] {
  return walk(root).flatMap(({ node }) => {
    if (node.role === "status" || node.role === "alert") { const said = textOf(node) || node.name; return said === "" ? [] : [quote(said)]; }
    return (node.role === "heading" || node.role === "dialog") && node.name !== "" ? [nameOf(node)] : [];
  });
}

/** What it says now and did not before; without what is another every day. */
export function newSayings(before: PageNode | undefined, after: PageNode): readonly string[] {
  const was = new Set(before === undefined ? [] : sayings(before));
  return [...new Set(sayings(after))]
    .filter((one) => !was.has(one) && one.length <= seenCharsMax && !/\d{4}-\d{2}-\d{2}|\d{5,}|[0-9a-f]{8}-[0-9a-f]{4}/.test(one))
    .slice(0, seenMax);
}

function playLine(step: SessionStep): string {
  const target = step.target === undefined ? "" : ` ${step.target}`;
  if (step.action === "open") return `open ${step.value ?? "/"}`;
  const value = step.value === undefined ? "" : ` = ${/^$|^\s|\s$|^".*"$/.test(step.value) ? `"${step.value}"` : step.value}`;
  return `${step.action}${target}${value}`;
}

function wordsOf({ action, target, value, secretName }: SessionStep): string {
  const shown = secretName === undefined ? value : `the value named ${secretName}`;
  switch (action) {
    case "open": return `Open \`${value ?? "/"}\`.`;
    case "fill": case "type": return `Write ${shown ?? "nothing"} into ${target ?? "the page"}.`;
    case "upload": return `Give ${target ?? "the page"} the file ${shown ?? ""}.`;
    case "drag": return `Drag ${target ?? "it"} to ${shown ?? "its place"}.`;
    case "press": return shown === undefined ? `Press ${target ?? "Enter"}.` : `Press ${shown} in ${target ?? "the page"}.`;
    case "select": return `Choose ${shown ?? "nothing"} in ${target ?? "the page"}.`;
    default: return `${action.slice(0, 1).toUpperCase()}${action.slice(1)} ${target ?? "the page"}${shown === undefined ? "" : `: ${shown}`}.`;
  }
}

/** The whole file. `steps` begin with what was opened. */
export function renderJourney({ id, name, entry, steps }: { readonly id: string; readonly name: string; readonly entry: string; readonly steps: readonly SessionStep[] }): string {
  const blocks = steps.map((step, index) => [
    `${index + 1}. ${wordsOf(step).replaceAll("\n", " ")}${step.sees.length === 0 ? "" : ` The page shows ${step.sees.join(" and ")}.`}`,
    "   ```play",
    `   ${playLine(step)}`,
    ...step.sees.map((one) => `   see ${one}`),
    "   ```",
  ].join("\n"));
  return `---\nid: ${id}\nname: ${JSON.stringify(name)}\nentry: ${JSON.stringify(entry)}\n---\n\n# ${name}\n\n${blocks.join("\n")}\n`;
}

/** A name for a secret, from the field's own: Password → PASSWORD. */
export function secretNameOf(target: string): string {
  const name = /["'](.*?)["']/.exec(target)?.[1] ?? target;
  return name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_").replaceAll(/^_+|_+$/g, "").slice(0, 40).replace(/^(?=\d)/, "N_") || "SECRET";
}
