// Which files of a repository a text names: by path, by the end of a path, or by a base name that only one file has. Pure.
import { joinPath, type Tree } from "./paths.ts";

// A text that names more is a list, and none of it is in play more than the rest.
const namedMax = 12;
// A longer text is a log or a document; what is in play stands at its beginning.
const charsMax = 20_000;

/** In the order of the text, unique; folders only where they are written as a path. A name that several files have names none of them. */
export function namedPaths(text: string, tree: Tree): readonly string[] {
  const found = new Set<string>();
  for (const word of text.slice(0, charsMax).split(/[\s"'`()[\]{}<>,;|]+/)) {
    if (found.size >= namedMax) break;
    const bare = word.replace(/^\.\//, "").replace(/(?:[:#]L?\d[\d:,-]*)?[.:!?]*\/?$/, "");
    if (bare.length < 3 || !/[./]/.test(bare)) continue;
    const path = joinPath("", bare);
    if (path === undefined || path === "") continue;
    const kind = tree.has(path);
    if (kind === "file" || (kind === "folder" && path.includes("/"))) { found.add(path); continue; }
    const others = tree.endingWith(path).filter((one) => tree.has(one) === "file");
    const [only] = others;
    if (only !== undefined && others.length === 1) found.add(only);
  }
  return [...found];
}
