// What a link's target means: a path of the repository with an anchor, or nothing that a repository can answer. Pure.
import { folderOf, joinPath, type Tree } from "../paths.ts";

export interface Target {
  /** Relative to the root; empty for the root itself. */
  readonly path: string;
  /** Without `#`, decoded; undefined where there is none. */
  readonly anchor: string | undefined;
  /** True where it begins with `/`: a root path on a forge, a route on a site. */
  readonly isAbsolute: boolean;
  /** The path as written, without query and anchor. */
  readonly written: string;
}

const placeholder = /[<>{}*$|\\^\s]|\.\.\.|…|(^|\/)(path|paths)\/to\/|(^|\/)(your|my|some|example|placeholder|foo|bar|baz|xxx+)([-_./]|$)|\bYYYY|\bNNN+\b/i;
const wordOnly = /^[\w-]*$/;

export function isPlaceholder(text: string): boolean {
  return placeholder.test(text);
}

function decode(text: string): string {
  try { return decodeURIComponent(text); } catch { return text; } // a lone percent sign is part of a name
}

/** Undefined for addresses, templates, and what leads out of the repository (a forge's own pages). */
export function readTarget(file: string, raw: string): Target | undefined {
  const text = raw.trim();
  if (text === "" || /^([a-z][a-z0-9+.-]*:|\/\/)/i.test(text) || text.startsWith("{") || text.startsWith("@")) return undefined;
  const hashAt = text.indexOf("#");
  const anchor = hashAt === -1 ? undefined : decode(text.slice(hashAt + 1));
  const written = (hashAt === -1 ? text : text.slice(0, hashAt)).replace(/\?.*$/, "");
  if (written === "") return anchor === undefined ? undefined : { path: file, anchor, isAbsolute: false, written };
  const decoded = decode(written);
  if (isPlaceholder(decoded)) return undefined;
  // `[text](url)`, `[docs](link-to-docs)`: words that stand for a target.
  if (wordOnly.test(decoded) && /url|link|uri|path|here|todo|tbd|issue|href|ref$/i.test(decoded)) return undefined;
  const path = joinPath(folderOf(file), decoded);
  return path === undefined ? undefined : { path, anchor, isAbsolute: decoded.startsWith("/"), written };
}

const siteEndings = [".md", ".mdx", ".markdown", "/index.md", "/index.mdx", "/README.md", ".rst", ".ipynb"];

/** The file that a target means: itself, its document without an ending, or the source of its HTML page. */
export function resolveTarget(tree: Tree, path: string): { readonly path: string; readonly kind: "file" | "folder" } | undefined {
  const plain = path.replace(/:\d+(-\d+|:\d+)?$/, "");
  const kind = tree.has(plain);
  if (kind !== undefined) return { path: plain, kind };
  for (const ending of siteEndings) if (tree.files.has(plain + ending)) return { path: plain + ending, kind: "file" };
  const page = plain.replace(/\.html?$/, "");
  if (page !== plain) for (const ending of siteEndings) if (tree.files.has(page + ending)) return { path: page + ending, kind: "file" };
  return undefined;
}
