// Paths of documents: what a link or a code span means as a path of the repository. Pure text; `/` everywhere.

export function folderOf(file: string): string {
  const at = file.lastIndexOf("/");
  return at === -1 ? "" : file.slice(0, at);
}

export const baseOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** `a/b` and `../c` give `a/c`; undefined where the path leaves the repository. */
export function joinPath(folder: string, path: string): string | undefined {
  const parts = folder === "" || path.startsWith("/") ? [] : folder.split("/");
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

/** The shortest way from a document's folder to a file, as a link is written. */
export function relativePath(fromFile: string, to: string): string {
  const from = folderOf(fromFile).split("/").filter((part) => part !== "");
  const target = to.split("/");
  let same = 0;
  while (same < from.length && same < target.length - 1 && from[same] === target[same]) same++;
  return [...from.slice(same).map(() => ".."), ...target.slice(same)].join("/");
}

/** The tree of a repository as a document sees it. */
export interface Tree {
  readonly files: ReadonlySet<string>;
  has(path: string): "file" | "folder" | undefined;
  /** Path of a file or folder that differs in case only; undefined where there is none. */
  otherCase(path: string): string | undefined;
  /** Files and folders whose path ends with this one, at a boundary; at most a few. */
  endingWith(path: string): readonly string[];
  /** Files of this base name. */
  named(name: string): readonly string[];
}

/** Answers with more candidates than this help nobody. */
const candidatesMax = 20;

export function treeOf(list: readonly string[]): Tree {
  const files = new Set(list);
  const folders = new Set<string>([""]);
  const byName = new Map<string, string[]>();
  const add = (path: string): void => {
    const name = baseOf(path);
    const all = byName.get(name);
    if (all === undefined) byName.set(name, [path]); else all.push(path);
  };
  for (const file of list) {
    add(file);
    for (let folder = folderOf(file); folder !== "" && !folders.has(folder); folder = folderOf(folder)) { folders.add(folder); add(folder); }
  }
  let lower: Map<string, string> | undefined;
  const has = (path: string): "file" | "folder" | undefined => (files.has(path) ? "file" : folders.has(path) ? "folder" : undefined);
  return {
    files, has,
    otherCase: (path) => {
      lower ??= new Map([...files, ...folders].map((one) => [one.toLowerCase(), one]));
      const found = lower.get(path.toLowerCase());
      return found === path ? undefined : found;
    },
    endingWith: (path) => (byName.get(baseOf(path)) ?? []).filter((one) => one === path || one.endsWith(`/${path}`)).slice(0, candidatesMax),
    named: (name) => (byName.get(name) ?? []).filter((one) => files.has(one)).slice(0, candidatesMax),
  };
}
