// Owns what stands behind the programs of a home: a folder on PATH is often a row of doors into the manager of versions beside it. Shows nothing itself.
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Managers whose `shims` start what lies beside them. Nothing of theirs is secret; any other folder named so stays what it is. */
const shimManagers: ReadonlySet<string> = new Set([".pyenv", ".rbenv", ".nodenv", ".goenv", ".jenv", ".phpenv", ".plenv", ".asdf", "mise"]);

/** One version of a language below its manager (nvm, fnm, pyenv, asdf, mise, SDKMAN, rustup): whole, with its libraries. */
const isVersion = (path: string): boolean => /\/(?:versions|node-versions|installs|candidates|toolchains)\/[^/]+/.test(path);

async function exists(path: string): Promise<boolean> {
  try { await stat(path); return true; } catch { return false; } // absent, or not ours to see
}

async function behind(folder: string): Promise<readonly string[]> {
  const above = dirname(folder);
  if (basename(folder) === "shims") return shimManagers.has(basename(above)) ? [above] : [];
  if (basename(folder) !== "bin") return [];
  if (isVersion(above) || basename(above) === ".volta") return [above];
  // The programs of Rust are doors into its toolchains, wherever they are called from.
  if (basename(above) === ".cargo") return [join(dirname(above), ".rustup")];
  if (await exists(join(above, "pyvenv.cfg")) || await exists(join(above, "conda-meta"))) return [above];
  // What uv and pipx installed for the user; their settings and keys lie elsewhere.
  const tools = basename(above) === ".local" ? ["share/uv/python", "share/uv/tools", "share/pipx"].map((path) => join(above, path)) : [];
  // ~/.local/bin: npm, and what pip installed for the user, are links and scripts into lib. The home itself has no such order.
  return [join(above, "lib"), ...tools];
}

/** Folders that the programs of `folders` (of PATH, real paths) need to run. A home itself, or a plain `lib` in it, is a person's own and is not among them. */
export async function behindPrograms(folders: readonly string[], isHome: (path: string) => boolean): Promise<readonly string[]> {
  return (await Promise.all(folders.map(behind))).flat().filter((path) => !isHome(path) && !(isHome(dirname(path)) && basename(path) === "lib"));
}
