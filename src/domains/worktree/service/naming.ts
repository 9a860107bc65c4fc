// Names of branches and folders from text that nobody checked. Pure.
import { fingerprint } from "../../../base/hash.ts";
import { slugify } from "../../../base/text.ts";

// Folder names stay below the 255 bytes of common file systems, with room for our suffix.
const slugCharsMax = 40;

/** A folder name for any text: safe characters, bounded, and different for different texts. */
export function worktreeKeyOf(text: string): string {
  return `${slugify(text, slugCharsMax, "task")}-${fingerprint(text).slice(0, 8)}`;
}

/** `inspan/<words of the title>-<id>`: valid as a ref whatever the title is. */
export function branchNameOf(title: string, id: string): string {
  return `inspan/${slugify(title, slugCharsMax, "task")}-${slugify(id, 24, "0")}`;
}

/** The normalised relative path with forward slashes, or undefined where it is absolute, leaves the folder, names the folder itself or goes into .git. */
export function containedPath(path: string): string | undefined {
  if (path === "" || path.startsWith("/") || /^[A-Za-z]:/.test(path) || path.includes("\0")) return undefined;
  const parts: string[] = [];
  for (const part of path.replaceAll("\\", "/").split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else parts.push(part);
  }
  if (parts.length === 0 || parts[0]?.toLowerCase() === ".git") return undefined;
  return parts.join("/");
}
