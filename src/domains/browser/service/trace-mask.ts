// Lines of a Playwright trace without what nobody may see: values of masked fields by their place, typed words, headers that let somebody in. Pure.
import { asRecord, parseJson, type JsonRecord } from "../../../base/json.ts";

const dots = "••••";
/** Of requests and answers. */
const secretHeaders = /^(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-auth-token|x-csrf-token|x-xsrf-token)$/i;
/** What a person did on the page; the harness's own looks at it are no actions. */
const actionMethods = new Set([
  "goto",
  "goBack",
  "goForward",
  "reload",
  "click",
  "dblclick",
  "fill",
  "type",
  "press",
  "hover",
  "tap",
  "check",
  "uncheck",
  "selectOption",
  "setInputFiles",
  "dragAndDrop",
  "dragTo",
  "scrollIntoViewIfNeeded",
  "keyboardPress",
  "keyboardType",
  "mouseWheel",
  "newPage",
]);

/** One part of a selector between combinators. It says no more than the selector: what a pseudo-class or a pattern would exclude is masked, too. */
interface Compound {
  readonly tag: string | undefined;
  readonly id: string | undefined;
  readonly classes: readonly string[];
  readonly attributes: readonly { readonly name: string; readonly value: string | undefined; readonly isWord: boolean }[];
}

function parseCompound(text: string): Compound {
  const attributes = [...text.matchAll(/\[\s*([\w-]+)\s*(?:([~|^$*]?)=\s*(?:"([^"]*)"|'([^']*)'|([^\]\s]*))\s*[is]?\s*)?\]/gi)].map(([, name = "", operator, double, single, bare]) => ({
    name: name.toLowerCase(), value: operator === "" || operator === "~" ? (double ?? single ?? bare)?.toLowerCase() : undefined, isWord: operator === "~",
  }));
  const rest = text.replaceAll(/\[[^\]]*\]/g, "");
  return {
    tag: /^[a-z][\w-]*/i.exec(rest)?.[0]?.toUpperCase(),
    id: /#([\w-]+)/.exec(rest)?.[1],
    classes: [...rest.matchAll(/\.([\w-]+)/g)].map(([, name = ""]) => name),
    attributes,
  };
}

/** Elements that the selectors may mean, by tag and attributes alone; what is in one of them is masked, too. Never fewer than the selectors mean. */
export function parseMasks(selectors: readonly string[]): readonly Compound[] {
  return selectors.flatMap((selector) => {
    let plain = selector;
    for (let before = ""; before !== plain;) { before = plain; plain = plain.replaceAll(/::?[\w-]+(?:\([^()]*\))?/g, "").replaceAll(/\([^()]*\)/g, ""); }
    return splitOutside(plain, /,/).map((one) => {
      const compounds = splitOutside(one, /[\s>+~]/).filter((part) => part !== "");
      while (compounds.length > 1 && compounds.at(-1) === "*") compounds.pop();
      return parseCompound(compounds.at(-1) ?? "");
    });
  });
}

/** Parts between characters that match, brackets left whole. */
function splitOutside(text: string, at: RegExp): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "[") depth++;
    if (character === "]") depth--;
    if (depth <= 0 && at.test(character)) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function isMeant(masks: readonly Compound[], tag: string, attributes: Readonly<Record<string, unknown>>): boolean {
  const text = (name: string): string | undefined => { const value = attributes[name]; return typeof value === "string" ? value : undefined; };
  const classes = (text("class") ?? "").split(/\s+/);
  return masks.some((mask) => (mask.tag === undefined || mask.tag === tag.toUpperCase()) && (mask.id === undefined || mask.id === text("id")) && mask.classes.every((name) => classes.includes(name)) && mask.attributes.every(({ name, value, isWord }) => {
    const found = text(name)?.toLowerCase();
    return found !== undefined && (value === undefined || (isWord ? found.split(/\s+/).includes(value) : found === value));
  }));
}

/** A page as the trace holds it: `[tag, attributes, …children]`, texts, and references to nodes of an earlier snapshot. */
function maskNode(node: unknown, masks: readonly Compound[], isInside: boolean): unknown {
  if (typeof node === "string") return isInside && node.trim() !== "" ? dots : node;
  if (!Array.isArray(node) || typeof node[0] !== "string") return node;
  const [tag, given, ...children] = node as readonly unknown[]; // an array: its parts are looked at one by one
  const attributes = asRecord(given) ?? {};
  const isMasked = isInside || isMeant(masks, String(tag), attributes);
  const hidden = new Set(["value", "__playwright_value_", "placeholder", "title", "alt", "src", "href", "srcset", "style", "__playwright_current_src__"]);
  const shown = !isMasked
    ? attributes
    : Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [
          name,
          hidden.has(name) && typeof value === "string" && value !== "" ? (name === "style" ? "" : dots) : value,
        ]),
      );
  const isSheet = tag === "STYLE" || (tag === "template" && "__playwright_style_sheet_" in attributes);
  return [tag, ...(given === undefined ? [] : [shown]), ...children.map((child) => maskNode(child, masks, isMasked && !isSheet))];
}

export interface TraceMasks {
  readonly masks: readonly Compound[];
  /** What was typed into masked fields; of any length. */
  readonly typed: ReadonlySet<string>;
  /** Takes known values out of any text. */
  hide(text: string): string;
}

/** Names and values, as HAR has them. */
function maskHeaders(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((one: unknown) => (typeof one === "object" && one !== null && "name" in one && secretHeaders.test(String(one.name)) ? { ...one, value: "***" } : one));
}

function maskRequest(snapshot: JsonRecord): JsonRecord {
  const part = (name: string) => {
    const fields = asRecord(snapshot[name]);
    return fields === undefined
      ? snapshot[name]
      : {
          ...fields,
          headers: maskHeaders(fields["headers"]),
          cookies: Array.isArray(fields["cookies"]) ? fields["cookies"].map((cookie: unknown) => ({ ...asRecord(cookie), value: "***" })) : fields["cookies"],
        };
  };
  return { ...snapshot, request: part("request"), response: part("response") };
}

/** Masks the lines of one trace in their order: what is no action of somebody is left out, and so is a line that is no JSON. */
export function createLineMask({ masks, typed, hide }: TraceMasks): (line: string) => string | undefined {
  const left = new Set<unknown>();
  const typing = new Map<unknown, string>();
  const changed = (event: JsonRecord): JsonRecord | undefined => {
    const { type, callId } = event;
    if (type === "before") {
      if (!actionMethods.has(String(event["method"]))) { left.add(callId); return undefined; }
      const params = asRecord(event["params"]) ?? {};
      const [name, value] = Object.entries(params).find(([key, one]) => ["value", "text"].includes(key) && typeof one === "string" && typed.has(one)) ?? [];
      if (typeof value !== "string" || name === undefined) return { ...event, stack: undefined };
      typing.set(callId, value);
      return { ...event, stack: undefined, params: { ...params, [name]: dots } };
    }
    if (left.has(callId)) return undefined;
    if (type === "log") {
      const value = typing.get(callId);
      return value === undefined ? event : { ...event, message: String(event["message"]).replaceAll(`"${value}"`, `"${dots}"`) };
    }
    const snapshot = asRecord(event["snapshot"]);
    if (type === "frame-snapshot" && snapshot !== undefined) return { ...event, snapshot: { ...snapshot, html: maskNode(snapshot["html"], masks, false) } };
    if (type === "resource-snapshot" && snapshot !== undefined) return { ...event, snapshot: maskRequest(snapshot) };
    return event;
  };
  return (line) => {
    const event = asRecord(parseJson(line));
    const kept = event === undefined ? undefined : changed(event);
    return kept === undefined ? undefined : hide(JSON.stringify(kept));
  };
}
