// Paths as callers name them, relative to the root. Loads nothing.
import { relative, resolve } from "node:path";

export function relativeTo(realRoot: string, root: string, path: string): string {
  const absolute = resolve(realRoot, path);
  const below = relative(realRoot, absolute);
  // A caller may know the root by a path with links in it.
  return (below.startsWith("..") ? relative(resolve(root), absolute) : below).replaceAll("\\", "/");
}
