// Programs that run inside a page, as text: they know nothing of ours. Each returns plain values and is bounded by itself.

/** Windows that a document may open; a loop of them would keep the browser of all worktrees busy before anybody could close them. */
const windowsMax = 8;

/** Installed before a page's own scripts: collects what the browser reports only while it happens, and bounds window.open(). */
export const earlyScript = earlyScriptFor({ isOwn: true });

/** In a program of somebody else windows are theirs to open. */
export function earlyScriptFor({ isOwn }: { readonly isOwn: boolean }): string { return `(() => {
  if (!location.protocol.startsWith("http") || window.__inspanVitals) return;
  ${isOwn ? `const openWindow = window.open;
  let windowCount = 0;
  window.open = function open(...given) { return ++windowCount > ${windowsMax} ? null : openWindow.apply(this, given); };` : ""}
  const vitals = { lcp: undefined, lcpElement: undefined, cls: 0, inp: undefined, longTasks: [] };
  Object.defineProperty(window, "__inspanVitals", { value: vitals, enumerable: false });
  const observe = (type, take, more) => { try { new PerformanceObserver((list) => { for (const entry of list.getEntries()) take(entry); }).observe({ type, buffered: true, ...more }); } catch {} };
  const nameOf = (node) => node && node.nodeType === 1 ? node.tagName.toLowerCase() + (node.id ? "#" + node.id : "") : undefined;
  observe("largest-contentful-paint", (entry) => { vitals.lcp = entry.startTime; vitals.lcpElement = nameOf(entry.element); });
  let windowValue = 0, windowStart = 0, windowEnd = 0;
  observe("layout-shift", (entry) => {
    if (entry.hadRecentInput) return;
    if (entry.startTime - windowEnd > 1000 || entry.startTime - windowStart > 5000) { windowValue = 0; windowStart = entry.startTime; }
    windowValue += entry.value; windowEnd = entry.startTime; vitals.cls = Math.max(vitals.cls, windowValue);
  });
  observe("event", (entry) => { if (entry.interactionId) vitals.inp = Math.max(vitals.inp ?? 0, entry.duration); }, { durationThreshold: 16 });
  observe("longtask", (entry) => { if (vitals.longTasks.length < 200) vitals.longTasks.push({ startMs: entry.startTime, durationMs: entry.duration }); });
})();`; }

export const readVitalsScript = `(() => {
  const vitals = window.__inspanVitals ?? { cls: 0, longTasks: [] };
  const [navigation] = performance.getEntriesByType("navigation");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const when = (value) => (value ? value : undefined);
  return {
    lcpMs: vitals.lcp, lcpElement: vitals.lcpElement, cls: vitals.cls, inpMs: vitals.inp, longTasks: vitals.longTasks,
    fcpMs: paint?.startTime, ttfbMs: when(navigation?.responseStart), domContentLoadedMs: when(navigation?.domContentLoadedEventEnd), loadMs: when(navigation?.loadEventEnd),
    domNodes: document.getElementsByTagName("*").length, scriptHeapBytes: performance.memory?.usedJSHeapSize,
  };
})()`;

/** Resolves when nothing has changed in the document for a moment, or after a bound; the number is how long that took. */
export const quietScript = (quietMs: number, msMax: number): string => `new Promise((resolve) => {
  const started = performance.now();
  let timer;
  const end = () => { observer.disconnect(); clearTimeout(bound); clearTimeout(timer); resolve(performance.now() - started); };
  const again = () => { clearTimeout(timer); timer = setTimeout(end, ${quietMs}); };
  const observer = new MutationObserver(again);
  const bound = setTimeout(end, ${msMax});
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  again();
})`;

/** Resolves to true when the document has neither changed nor been animated for so long, to false as soon as it does. */
export const stillScript = (stillMs: number): string => `new Promise((resolve) => {
  const isMoving = () => document.getAnimations().some((one) => one.playState === "running");
  const end = (isStill) => { observer.disconnect(); clearTimeout(timer); resolve(isStill); };
  const observer = new MutationObserver(() => end(false));
  const timer = setTimeout(() => end(!isMoving()), ${stillMs});
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  if (isMoving()) end(false);
})`;

interface ShownElement {
  readonly ownerDocument: { elementFromPoint(x: number, y: number): unknown };
  matches(selector: string): boolean;
  contains(other: unknown): boolean;
  checkVisibility(options: object): boolean;
  getBoundingClientRect(): { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
}

/** Of one element, in its page: nothing speaks against acting on it now. What cannot be seen from here (out of sight, in a shadow) is not against it, or is asked again. */
export function isReadyElement(element: ShownElement): boolean {
  if (element.matches(":disabled, [readonly], [aria-disabled='true'], [aria-disabled='true'] *") || !element.checkVisibility({ visibilityProperty: true })) return false;
  const { left, top, width, height } = element.getBoundingClientRect();
  if (width === 0 || height === 0) return false;
  const hit = element.ownerDocument.elementFromPoint(left + width / 2, top + height / 2);
  return hit === null || hit === element || element.contains(hit) || Reflect.get(Object(hit), "contains")?.call(hit, element) === true;
}

/** Everything that is seen, with its place on the page: texts line by line, controls as boxes. */
export const boxesScript = (isWhole: boolean): string => `(() => {
  const boxesMax = 8000, boxes = [];
  const [left, top] = ${isWhole ? "[scrollX, scrollY]" : "[0, 0]"};
  const add = (kind, rect, text) => {
    if (boxes.length >= boxesMax || rect.width < 1 || rect.height < 1) return;
    if (${isWhole ? "false" : "true"} && (rect.bottom < 0 || rect.top > innerHeight || rect.right < 0 || rect.left > innerWidth)) return;
    boxes.push({ kind, x: Math.round(rect.left + left), y: Math.round(rect.top + top), width: Math.round(rect.width), height: Math.round(rect.height), text: String(text).slice(0, 400) });
  };
  const isMasked = (element, { mask }) => { try { return Boolean(mask) && element.closest(mask) !== null; } catch { return false; } };
  const isShown = (element) => element.checkVisibility ? element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) : true;
  const addWords = (node, add) => {
    if (node.data.trim() === "" || node.parentElement?.closest("button, select, option, textarea")) return;
    const range = node.ownerDocument.createRange();
    let line;
    const end = () => { if (line) add("text", { left: line.left, right: line.right, top: line.top, bottom: line.bottom, width: line.right - line.left, height: line.bottom - line.top }, line.text); };
    for (const match of node.data.slice(0, 20000).matchAll(/\\S+/g)) {
      range.setStart(node, match.index); range.setEnd(node, match.index + match[0].length);
      const rect = range.getBoundingClientRect();
      if (line && Math.abs(line.top - rect.top) < 3) { line.text += " " + match[0]; line.right = rect.right; line.bottom = Math.max(line.bottom, rect.bottom); }
      else { end(); line = { left: rect.left, right: rect.right, top: rect.top, bottom: rect.bottom, text: match[0] }; }
    }
    end();
  };
  const addElement = (node, { mask, add }) => {
    const rect = node.getBoundingClientRect();
    if (isMasked(node, { mask })) { if (node.matches(mask)) add("field", rect, "••••"); return; }
    if (node.tagName === "INPUT") {
      const type = node.type;
      if (type === "checkbox") add("check", rect, node.checked ? "[x]" : "[ ]");
      else if (type === "radio") add("check", rect, node.checked ? "(o)" : "( )");
      else if (type === "submit" || type === "button" || type === "reset") add("button", rect, node.value || type);
      else if (type !== "hidden") add("field", rect, type === "password" ? "•".repeat(Math.min(8, node.value.length)) : node.value || node.placeholder || "");
    } else if (node.tagName === "TEXTAREA") add("field", rect, node.value || node.placeholder || "");
    else if (node.tagName === "SELECT") add("field", rect, [...node.selectedOptions].map((option) => option.label).join(", ") + " v");
    else if (node.tagName === "BUTTON") add("button", rect, (node.innerText || node.getAttribute("aria-label") || "").trim());
    else if (node.tagName === "IMG" || node.tagName === "CANVAS" || node.tagName === "VIDEO") add("image", rect, node.getAttribute("alt") || node.getAttribute("aria-label") || node.tagName.toLowerCase());
    else if (node.tagName === "HR") add("rule", rect, "");
  };
  // Into open shadow trees and frames of the same origin, as they are drawn. No walker: its filter would not be called where a page may not run scripts.
  const visit = (node, around) => {
    if (boxes.length >= boxesMax || around.depth > 400) return;
    if (node.nodeType === 3) { if (!node.parentElement || !isMasked(node.parentElement, around)) addWords(node, around.add); return; }
    if (node.nodeType !== 1 || /^(?:SCRIPT|STYLE|NOSCRIPT|TEMPLATE|HEAD)$/.test(node.tagName) || !isShown(node) && getComputedStyle(node).display !== "contents") return;
    addElement(node, around);
    const inside = { ...around, depth: around.depth + 1 };
    let held;
    if (node.tagName === "IFRAME") { try { held = node.contentDocument; } catch {} }
    if (held && !isMasked(node, around)) {
      const { left, top } = node.getBoundingClientRect();
      const shift = (rect) => ({ left: rect.left + left + node.clientLeft, right: rect.right + left + node.clientLeft, top: rect.top + top + node.clientTop, bottom: rect.bottom + top + node.clientTop, width: rect.width, height: rect.height });
      if (held.body) visit(held.body, { ...inside, mask: held.defaultView?.__inspanMask, add: (kind, rect, text) => around.add(kind, shift(rect), text) });
      return;
    }
    const assigned = node.tagName === "SLOT" ? node.assignedNodes() : [];
    for (const child of node.shadowRoot ? node.shadowRoot.childNodes : assigned.length > 0 ? assigned : node.childNodes) visit(child, inside);
  };
  visit(document.body ?? document.documentElement, { depth: 0, mask: window.__inspanMask, add });
  return boxes;
})()`;
