// Git's porcelain forms to values. Pure.

export interface ListedWorktree { readonly path: string; readonly headCommit: string; readonly branch: string | undefined; readonly isPrunable: boolean }

/** Parses `git worktree list --porcelain -z`. */
export function parseWorktreeList(text: string): readonly ListedWorktree[] {
  return text.split("\0\0").map((block) => block.split("\0").filter((line) => line !== "")).filter((lines) => lines.length > 0).map((lines) => {
    const value = (key: string) => lines.find((line) => line === key || line.startsWith(`${key} `))?.slice(key.length + 1);
    return { path: value("worktree") ?? "", headCommit: value("HEAD") ?? "", branch: value("branch")?.replace(/^refs\/heads\//, ""), isPrunable: value("prunable") !== undefined };
  });
}

export interface ChangedPath { readonly path: string; readonly kind: "added" | "modified" | "deleted" | "untracked" }

/** Parses `git status --porcelain=v1 -z --untracked-files=all`; a rename counts as its new path. */
export function parseStatus(text: string): readonly ChangedPath[] {
  const fields = text.split("\0");
  const changed: ChangedPath[] = [];
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index] ?? "";
    if (field.length < 4) continue;
    const code = field.slice(0, 2);
    if (code.includes("R") || code.includes("C")) index += 1; // the old path follows as a field of its own
    const kind = code === "??" ? "untracked" : code.includes("D") ? "deleted" : code.includes("A") ? "added" : "modified";
    changed.push({ path: field.slice(3), kind });
  }
  return changed;
}

/** Parses `git diff --name-status -z --no-renames`. */
export function parseNameStatus(text: string): readonly ChangedPath[] {
  const fields = text.split("\0").filter((field) => field !== "");
  const changed: ChangedPath[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const code = fields[index] ?? "";
    changed.push({ path: fields[index + 1] ?? "", kind: code.startsWith("A") ? "added" : code.startsWith("D") ? "deleted" : "modified" });
  }
  return changed;
}

/** True for the folder itself and for every path in it; by text, without links. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
