// Which paths of a worktree an agent may name. Pure: links on the disk are the runtime's affair.

export type ContainedPath = { readonly kind: "inside"; readonly path: string } | { readonly kind: "outside"; readonly reason: string };

const pathCharsMax = 1_024; // above it file systems refuse, and error messages would fill the model's context

/** The path relative to the worktree with forward slashes and no dot parts; "" is the worktree itself. An absolute path is taken where it lies in the worktree. */
export function containPath(raw: string, worktreePath: string): ContainedPath {
  const outside = (why: string): ContainedPath => ({ kind: "outside", reason: `The path "${raw.slice(0, 200)}" ${why}; give a path relative to the worktree.` });
  if (raw.length > pathCharsMax) return outside(`has more than ${pathCharsMax} characters`);
  // A NUL ends a path for the operating system, and line breaks would forge lines of our messages.
  if (/[\u0000-\u001f\u007f]/.test(raw)) return outside("holds a control character");
  let path = raw.replaceAll("\\", "/").trim();
  const root = worktreePath.endsWith("/") ? worktreePath : `${worktreePath}/`;
  if (path.startsWith("/")) {
    if (`${path}/` !== root && !path.startsWith(root)) return outside("lies outside of the worktree");
    path = path.slice(root.length);
  }
  if (/^[A-Za-z]:/.test(path) || path.startsWith("~")) return outside("lies outside of the worktree");
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return outside("holds ..");
  if (parts.some((part) => part.toLowerCase() === ".git")) return outside("lies in .git, which belongs to the harness");
  return { kind: "inside", path: parts.join("/") };
}

/** The folders that lead to a relative path, outermost first, then the path itself. */
export function pathChain(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
