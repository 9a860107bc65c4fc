// Reads what a page shows, as the driver's tree: completed with what that leaves out, bounded where a page is too large to be read whole.
import type { Page } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import { asRecord } from "../../../../base/json.ts";

/** A page of more elements is read in part: the driver needs up to a millisecond for each, on a machine with ten times its load. */
const elementsMax = 8_000;
/** So many are left of one; a longer list shows its beginning, its end and what is in view. */
const keptMax = 5_000;
/** Fields and frames that are asked for what the tree does not say. */
const askedMax = 10;
const askedMsMax = 1_000;
/** Of a text that somebody edits. */
const textCharsMax = 2_000;
/** Marks what is left out while the tree is read, and is gone after that. */
const mark = "data-inspan-unread";

/** One word with the page: whether there is a document with a body, its text where there is none, and what was left out. Long lists are hidden where nobody looks: out of view, in their places. */
const prepareScript = `(() => {
  if (document.body === null || !(document instanceof HTMLDocument)) return { isPlain: true, text: (document.documentElement?.textContent ?? "").slice(0, ${textCharsMax}) };
  const all = document.body.getElementsByTagName("*"), elements = all.length;
  const isEdited = document.querySelector("[contenteditable]:not([contenteditable=false])") !== null;
  if (elements <= ${elementsMax}) return { elements, isEdited, left: 0 };
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("[${mark}] { visibility: hidden !important }");
  const lists = [];
  for (const element of all) if (element.childElementCount > 60 && element.tagName !== "SELECT") lists.push(element);
  lists.sort((one, other) => other.childElementCount - one.childElementCount);
  let kept = elements, left = 0;
  for (const list of lists) {
    if (kept <= ${keptMax}) break;
    // All places are asked for before anything is written: each one behind that would be laid out anew.
    const items = [...list.children], places = items.map((item) => item.getBoundingClientRect());
    for (const [index, item] of items.entries()) {
      if (index < 40 || index >= items.length - 10 || item.hasAttribute("aria-hidden") || (places[index].bottom > 0 && places[index].top < innerHeight)) continue;
      item.setAttribute("aria-hidden", "true"); item.setAttribute("${mark}", "");
      left += 1; kept -= 1 + item.getElementsByTagName("*").length;
    }
  }
  if (left > 0) { window.__inspanUnread = sheet; document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]; }
  return { elements, isEdited, left };
})()`;

const restoreScript = `(() => {
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== window.__inspanUnread);
  for (const item of document.querySelectorAll("[${mark}]")) { item.removeAttribute("aria-hidden"); item.removeAttribute("${mark}"); }
})()`;

/** What the page said of itself before it is read. */
export interface Prepared {
  /** Of a document without a body. */ readonly text: string | undefined;
  readonly elements: number;
  readonly isEdited: boolean;
  /** How many parts of its lists are not read. */ readonly left: number;
}

interface Asked { getAttribute(name: string): string | null; readonly isContentEditable?: boolean; readonly innerText?: string }
const textOfEdited = (element: Asked): string => (element.isContentEditable === true ? element.innerText ?? "" : "");
const nameOfFrame = (element: Asked): string => ["title", "aria-label", "name", "id"].map((name) => element.getAttribute(name) ?? "").find((name) => name.trim() !== "") ?? "";

/** Nodes of the driver's tree that say nothing of themselves yet. */
function unsaid(raw: unknown, isWanted: (node: Record<string, unknown>) => boolean, found: Record<string, unknown>[] = [], depth = 0): Record<string, unknown>[] {
  if (found.length >= askedMax || depth > 200) return found;
  if (Array.isArray(raw)) { for (const one of raw) unsaid(one, isWanted, found, depth + 1); return found; }
  const node = asRecord(raw);
  if (node === undefined) return found;
  if (typeof node["ref"] === "string" && isWanted(node)) found.push(node);
  unsaid(node["children"], isWanted, found, depth + 1);
  return found;
}

/** What is written in an editor, and how a frame is called: the driver's tree tells neither. Never rejects. */
async function complete(page: Page, raw: unknown, isEdited: boolean): Promise<void> {
  const ask = async (node: Record<string, unknown>, field: string, read: (element: Asked) => string): Promise<void> => {
    const told = await withDeadline(
      page
        .locator(`aria-ref=${String(node["ref"])}`)
        .evaluate(read, undefined, { timeout: askedMsMax })
        .catch(() => ""),
      askedMsMax,
      () => "",
    ); // it went meanwhile
    if (told.trim() !== "") node[field] = told.slice(0, textCharsMax);
  };
  const editors = isEdited
    ? unsaid(
        raw,
        ({ role, text, children }) => (role === "textbox" || role === "searchbox" || role === "combobox") && text === undefined && children === undefined,
      )
    : [];
  const frames = unsaid(raw, ({ role, name }) => role === "iframe" && (name === undefined || name === ""));
  await Promise.all([...editors.map((node) => ask(node, "text", textOfEdited)), ...frames.map((node) => ask(node, "name", nameOfFrame))]);
}

/** Bounded by the caller alone, as readPage() is: a page that hangs does not answer here either. */
export async function preparePage(page: Page): Promise<Prepared> {
  const told = asRecord(await page.evaluate(prepareScript)) ?? {};
  return {
    text: told["isPlain"] === true ? String(told["text"]) : undefined,
    elements: Number(told["elements"] ?? 0),
    isEdited: told["isEdited"] === true,
    left: Number(told["left"] ?? 0),
  };
}

/** What the driver's ariaSnapshotJSON() gives, and a little more. */
export async function readPage(page: Page, { text, isEdited, left }: Prepared, timeoutMs: number): Promise<unknown> {
  if (text !== undefined) return [text];
  try {
    const raw: unknown = await page.ariaSnapshotJSON({ mode: "ai", timeout: timeoutMs });
    await complete(page, raw, isEdited);
    return raw;
  } finally { if (left > 0) await withDeadline(page.evaluate(restoreScript).catch(() => undefined), askedMsMax, () => undefined); } // it went elsewhere
}
