// Styles of names: whether a name has one, and the same words in another. Pure.
import type { NameStyle } from "../config/kinds/taste.ts";

const forms: Readonly<Record<NameStyle, RegExp>> = {
  camelCase: /^[a-z][A-Za-z0-9]*$/,
  PascalCase: /^[A-Z][A-Za-z0-9]*$/,
  "kebab-case": /^[a-z0-9]+(-[a-z0-9]+)*$/,
  snake_case: /^[a-z0-9]+(_[a-z0-9]+)*$/,
  SCREAMING_SNAKE_CASE: /^[A-Z0-9]+(_[A-Z0-9]+)*$/,
  lowercase: /^[a-z0-9]+$/,
};

/** Underscores around a name (`_private`, `__init__`) and a leading `$` or `#` are marks of languages, not words of the name. */
export function hasStyle(name: string, style: NameStyle): boolean {
  const { core } = strip(name);
  return core === "" || forms[style].test(core);
}

/** The same words in that style, with the marks around them; the name itself where it has no words. */
export function toStyle(name: string, style: NameStyle): string {
  const { head, core, tail } = strip(name);
  const words = wordsOf(core);
  if (words.length === 0) return name;
  const lower = words.map((word) => word.toLowerCase());
  const pascal = lower.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  const styled = ({
    camelCase: () => (lower[0] ?? "") + pascal.slice((lower[0] ?? "").length),
    PascalCase: () => pascal,
    "kebab-case": () => lower.join("-"),
    snake_case: () => lower.join("_"),
    SCREAMING_SNAKE_CASE: () => lower.join("_").toUpperCase(),
    lowercase: () => lower.join(""),
  })[style]();
  return head + styled + tail;
}

function strip(name: string): { readonly head: string; readonly core: string; readonly tail: string } {
  let start = 0;
  let end = name.length;
  while (start < end && /[_$#]/.test(name.charAt(start))) start++;
  while (end > start && /[_$]/.test(name.charAt(end - 1))) end--;
  return { head: name.slice(0, start), core: name.slice(start, end), tail: name.slice(end) };
}

/** `parseHTTPRequest2` is parse, HTTP, Request2; `foo_bar-baz` is foo, bar, baz. */
export function wordsOf(name: string): readonly string[] {
  return name.split(/[^\p{L}\p{N}]+/u).flatMap((part) => part.split(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u)).filter((word) => word !== "");
}
