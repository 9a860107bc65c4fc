// What all importers share: reading foreign JSON without trusting it, names, folders, shell words. Pure.
import { slugify } from "../../../../base/text.ts";
import type { Imported } from "../../types/index.ts";

export const nothing: Imported = { services: {}, notImported: [] };

export function failed(file: string, why: string): Imported {
  return { services: {}, notImported: [{ file, what: "the whole file", why }] };
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : typeof value === "number" ? String(value) : undefined;
}

export function listOf(value: unknown): readonly unknown[] { return Array.isArray(value) ? value : []; }

/** Undefined where it is no JSON. Comments and trailing commas, which editors allow in such files, are no reason to fail. */
export function readJson(text: string): unknown {
  try { return JSON.parse(text); } catch { /* perhaps with comments */ }
  try { return JSON.parse(withoutComments(text)); } catch { return undefined; }
}

function withoutComments(text: string): string {
  let result = "";
  for (let at = 0; at < text.length;) {
    const one = text[at] ?? "";
    if (one === '"') {
      let end = at + 1;
      while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
      result += text.slice(at, end + 1);
      at = end + 1;
    } else if (one === "/" && text[at + 1] === "/") {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if (one === "/" && text[at + 1] === "*") {
      const end = text.indexOf("*/", at);
      at = end < 0 ? text.length : end + 2;
    } else { result += one; at += 1; }
  }
  return result.replaceAll(/,(\s*[}\]])/g, "$1");
}

/** A service's name from any text; unique among `taken`. */
export function serviceName(text: string, taken: Readonly<Record<string, unknown>>): string {
  const slug = slugify(text, 30, "service");
  const base = /^[a-z]/.test(slug) ? slug : `s-${slug}`;
  let name = base;
  for (let count = 2; taken[name] !== undefined; count++) name = `${base}-${count}`;
  return name;
}

/** One word for a POSIX shell, which finds nothing in it to fill in. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** How editors write the repository's folder. */
export const workspaceName = /\$\{?(?:workspaceFolder|workspaceRoot)\}?/g;

export function relativeFolder(text: string | undefined): string | undefined {
  const path = text?.replace(/^\$\{?(?:workspaceFolder|workspaceRoot)\}?(?:\/|$)/, "").replace(/^(?:\.\/)+/, "").replace(/(?<=[^/])\/+$/, "");
  return path === "" || path === "." ? undefined : path;
}

/** False for a folder that is not the repository's own: another machine's path, or one above. */
export function isBelow(path: string | undefined): boolean {
  return path === undefined || !(/^(?:[/~$\\]|[A-Za-z]:)/.test(path) || path.split("/").includes(".."));
}

/** A value of `env:` that means this very text: `${` would be filled in. */
export function literally(text: string): string { return text.replaceAll("${", () => "$${"); }

export function stringMap(value: unknown): Readonly<Record<string, string>> {
  if (!isMap(value)) return {};
  return Object.fromEntries(Object.entries(value).flatMap(([name, one]) => (/^[A-Za-z_]\w*$/.test(name) && textOf(one) !== undefined ? [[name, textOf(one) ?? ""]] : [])));
}
