// Fields that nobody may see: what makes them dark in pictures and films, and what finds their values so that no text tells them. Programs for a page, as text.

/** On fields that have hidden what was typed and show it now: "show my password" is no reason to show it to everybody. */
const shownMark = "data-inspan-masked";

/** Beside what `browser.mask` names: passwords, cards and one-time codes, as HTML's own autofill words call them. */
export const builtInMasks = [
  "input[type='password' i]", `[${shownMark}]`, "[autocomplete~='current-password' i]", "[autocomplete~='new-password' i]", "[autocomplete~='one-time-code' i]",
  ...["number", "csc", "exp", "exp-month", "exp-year", "name", "given-name", "family-name", "type"].map((part) => `[autocomplete~='cc-${part}' i]`),
] as const;

/** Values of one page; a page with more secrets than this is a vault. */
const valuesMax = 100;
/** In which each value may stand. */
const formsMax = 8;
const valueCharsMax = 500;
/** A shorter value stands in ordinary words, too: there it is hidden in fields only. */
export const hiddenCharsMin = 4;

/** Nothing of text, picture or background is left to be read; place and size stay. */
const dark = ["background", "color", "caret-color", "-webkit-text-fill-color", "text-shadow", "background-image", "border-image", "list-style"]
  .map((name) => `${name}: ${name === "background" ? "#333" : name.endsWith("color") ? "transparent" : "none"} !important`).join("; ");

/**
 * Installed before a page's own scripts, in every frame and every shadow root; run again in a page that is open it takes other selectors. A constructed sheet, because a
 * page's policy may forbid others. Only who knows `key` may change the selectors: a page reads none of this.
 */
export const maskScript = ({ selectors, key }: { readonly selectors: readonly string[]; readonly key: string }): string => `(() => {
  // An empty document's window may go on as that of the page which follows, with a sheet that is not the page's.
  if (location.href === "about:blank" || /^(?:chrome|chrome-error|chrome-extension|devtools):$/.test(location.protocol)) return;
  const selectors = ${JSON.stringify([...builtInMasks, ...selectors])};
  if (window.__inspanRemask) { window.__inspanRemask(${JSON.stringify(key)}, selectors); return; }
  const sheet = new CSSStyleSheet(), { querySelector } = Document.prototype;
  let mask = "";
  const set = (given) => {
    const valid = given.filter((one) => { try { querySelector.call(document, one); return true; } catch { return false; } });
    mask = valid.join(", ");
    sheet.replaceSync(valid.map((one) => one + " { ${dark} } " + one + "::placeholder { color: transparent !important } " + one + " * { visibility: hidden !important } " +
      ":is(img, canvas, video, svg, picture, object, embed, iframe):is(" + one + ") { filter: brightness(0) !important; visibility: hidden !important }").join("\\n"));
  };
  set(selectors);
  Object.defineProperty(window, "__inspanMask", { get: () => mask, enumerable: false });
  Object.defineProperty(window, "__inspanRemask", { value: (key, given) => { if (key === ${JSON.stringify(key)}) set(given); }, enumerable: false });
  for (const { prototype } of [Document, ShadowRoot]) {
    const known = Object.getOwnPropertyDescriptor(prototype, "adoptedStyleSheets");
    if (known?.set) Object.defineProperty(prototype, "adoptedStyleSheets", { ...known, set(sheets) { const all = [...sheets]; known.set.call(this, all.includes(sheet) ? all : [...all, sheet]); } });
  }
  document.adoptedStyleSheets = [...document.adoptedStyleSheets];
  // Before the next picture: observers are called at the end of the task that changed it.
  const observer = new MutationObserver((records) => { for (const { target, oldValue } of records) if (/^password$/i.test(oldValue ?? "") && target.type !== "password") target.setAttribute("${shownMark}", ""); });
  const watch = (root) => observer.observe(root, { subtree: true, attributes: true, attributeFilter: ["type"], attributeOldValue: true });
  watch(document);
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function attachShadow(...given) { const root = attach.apply(this, given); root.adoptedStyleSheets = [...root.adoptedStyleSheets]; watch(root); return root; };
})()`;

/** What masked elements hold now, as texts. */
export const maskedValuesScript = `(() => {
  const mask = window.__inspanMask ?? "input[type=password]";
  const roots = [document], values = [];
  for (let index = 0; index < roots.length && roots.length < 200; index++) {
    for (const element of roots[index].querySelectorAll(mask)) {
      const value = "value" in element ? String(element.value) : element.innerText ?? "";
      if (value !== "" && values.length < ${valuesMax}) values.push(value.slice(0, ${valueCharsMax}));
    }
    if (roots[index].querySelectorAll("*").length < 20000) for (const element of roots[index].querySelectorAll("*")) if (element.shadowRoot) roots.push(element.shadowRoot);
  }
  return values;
})()`;

interface PageElement { closest(selector: string): unknown; readonly type?: unknown }

/** Of one element, in its page: the driver calls functions alone with an element, not texts. */
export function isMaskedElement(element: PageElement): boolean {
  const mask: unknown = Reflect.get(globalThis, "__inspanMask");
  return typeof mask === "string" && mask !== "" ? element.closest(mask) !== null : element.type === "password";
}

const asJson = (value: string): string => JSON.stringify(value).slice(1, -1);
const asHtml = (value: string): string => value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A set of values that no text may tell, and the texts without them. */
export class HiddenValues {
  readonly #values = new Set<string>();

  add(values: readonly string[]): void {
    for (const value of values) {
      // As it stands, as an address carries it, as JSON does once and twice, as a page's source does, and as a header of a login does.
      for (const form of [
        value,
        encodeURIComponent(value),
        encodeURIComponent(value).replaceAll("%20", "+"),
        asJson(value),
        asJson(asJson(value)),
        asHtml(value),
        Buffer.from(value).toString("base64"),
      ])
        if (form.length >= hiddenCharsMin) this.#values.add(form);
      if (this.#values.size > valuesMax * formsMax) this.#values.delete(this.#values.values().next().value ?? "");
    }
  }

  /** Longest first: a value may hold another. */
  #sorted(): readonly string[] { return [...this.#values].sort((left, right) => right.length - left.length); }

  hide(text: string): string {
    let hidden = text;
    for (const value of this.#sorted()) hidden = hidden.replaceAll(value, "••••");
    return hidden;
  }

  /** The same for a file of any form; undefined where it tells nothing. */
  hideBytes(bytes: Uint8Array): Uint8Array | undefined {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    let hidden = text;
    for (const value of this.#sorted()) hidden = hidden.replaceAll(Buffer.from(value, "utf8").toString("latin1"), Buffer.from("••••", "utf8").toString("latin1"));
    return hidden === text ? undefined : Buffer.from(hidden, "latin1");
  }
}
