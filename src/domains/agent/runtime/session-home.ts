// Writes into a session's private home, where the agent of an earlier turn could write too: links that it laid are taken away, never followed.
// Knows no client.
import { join, relative, sep } from "node:path";
import type { Files } from "../../../providers/index.ts";

/** Removes every link on the way from `root` to `path`, `path` included: what is written or removed there would reach outside otherwise. */
export async function removeLinks(files: Files, root: string, path: string): Promise<void> {
  let at = root;
  for (const part of relative(root, path).split(sep)) {
    at = join(at, part);
    const facts = await files.facts(at);
    if (facts === undefined) return;
    if (facts.kind === "link") { await files.remove(at); return; }
  }
}

/** Removes what lies at the path, and nothing outside of `root`. */
export async function clearIn(files: Files, root: string, path: string): Promise<void> {
  await removeLinks(files, root, path);
  await files.remove(path);
}

/** Writes a file below `root`, and nothing outside of it. */
export async function writeIn(files: Files, root: string, path: string, file: { readonly text: string; readonly mode: number }): Promise<void> {
  await removeLinks(files, root, path);
  await files.writeText(path, file.text, { mode: file.mode });
}
