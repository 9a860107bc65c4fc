// Where what is kept between checks lies in the state folder: one folder for each repository or worktree.
import { createHash } from "node:crypto";
import { join } from "node:path";

/** `rootPath`: absolute, links resolved. */
export function checkFolder(statePath: string, rootPath: string): string {
  return join(statePath, "checks", createHash("sha1").update(rootPath).digest("hex").slice(0, 16));
}
