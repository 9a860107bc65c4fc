// Imports of types in JSDoc comments of JavaScript: `@import { A } from "./a.js"` and `@type {import("./a.js").A}`.
import type { ImportedName } from "../../types/facts.ts";

export interface JsdocImport { readonly at: number; readonly length: number; readonly specifier: string; readonly names: readonly ImportedName[] }

/** A tag with what it binds, a brace, or an import: all that the walk has to see. Bounded, so that it is linear in the comment. */
const signs =
  /(?:^|[\s*])@(?:(import)\s([^"'@]{1,400}?)\bfrom\s{0,20}(["'])([^"'\n]{1,300})\3|([A-Za-z]+)([ \t]*\{)?)|[{}]|\bimport\(\s{0,20}["']([^"'\n]{1,300})["']\s{0,20}[,)](?:\s{0,20}\.\s{0,20}([\w$]+))?/g;

/** Of the text between the marks of one block comment; offsets are within it. Empty for comments that are no JSDoc. */
export function readJsdocImports(text: string): readonly JsdocImport[] {
  if (!text.startsWith("*") || !text.includes("import")) return [];
  const found: JsdocImport[] = [];
  let depth = 0;
  for (const match of text.matchAll(signs)) {
    const [whole, importTag, bound, , tagSpecifier, tag, brace, specifier, name] = match;
    if (importTag !== undefined && tagSpecifier !== undefined) {
      depth = 0;
      const lead = whole.indexOf("@");
      found.push({ at: match.index + lead, length: whole.length - lead, specifier: tagSpecifier, names: namesOf(bound ?? "") });
    } else if (tag !== undefined) depth = brace !== undefined && tag !== "example" ? 1 : 0;
    else if (whole === "{") depth += Number(depth > 0);
    else if (whole === "}") depth -= Number(depth > 0);
    else if (specifier !== undefined && depth > 0) found.push({ at: match.index, length: whole.length, specifier, names: name === undefined ? [] : [{ imported: name, isType: true }] });
  }
  return found;
}

/** `{ A, B as C }`, `* as a`, `A`. */
function namesOf(bound: string): readonly ImportedName[] {
  const braces = /\{([^}]*)\}/.exec(bound)?.[1];
  const named = (braces ?? "").split(",").map((one) => one.replaceAll(/\*/g, "").trim().split(/\s/)[0] ?? "").filter((one) => one !== "");
  const outer = bound.replace(/\{[^}]*\}?/, "").replace(/,/g, " ").trim();
  const rest = outer === "" ? [] : [outer.includes("*") ? "*" : "default"];
  return [...rest, ...named].map((imported) => ({ imported, isType: true }));
}
