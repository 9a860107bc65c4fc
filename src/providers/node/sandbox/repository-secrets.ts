// Owns what a sandboxed program sees in place of git's configuration, in which people keep tokens (a remote's URL, http.extraHeader). Knows no view.
import { lstat, readFile, readdir, realpath, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Processes } from "../../processes.ts";

/** What git needs to read history at all; every value of these is a word, never an address or a header. */
const keptSettings =
  "^(core\\.(repositoryformatversion|bare|filemode|symlinks|ignorecase|precomposeunicode|autocrlf|eol|quotepath|logallrefupdates|sparsecheckout|sparsecheckoutcone)|extensions\\.[a-z]+)$";

/** Git's own pointers are one line; anything larger (or a pipe, which never ends) was put there by what ran in the sandbox before. */
const pointerBytesMax = 16_384;

/** Reading one small file; only a dead disk takes longer. */
const readTimeoutMs = 10_000;

/** Files (and the folder of submodules, each with a configuration of its own) that hold settings of a repository. */
const settingFiles = ["config", "config.worktree", "modules"] as const;

export interface HiddenPath {
  readonly path: string;
  /** The file that is seen instead; without one, nothing is: an empty file or folder. */
  readonly by: string | undefined;
}

const orUndefined = async <T,>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch {
    return undefined;
  }
}; // what cannot be read by us cannot be read inside

async function readPointer(path: string): Promise<string | undefined> {
  const facts = await orUndefined(lstat(path));
  return facts?.isFile() && facts.size <= pointerBytesMax ? orUndefined(readFile(path, "utf8")) : undefined;
}

/** The git folders that belong to a path: its `.git`, where that is a file the folder that it names, and the common one of those; or the path itself. */
async function gitFoldersOf(path: string): Promise<readonly string[]> {
  const own = join(path, ".git");
  const named = /^gitdir: (.+?)\n*$/.exec((await readPointer(own)) ?? "")?.[1];
  const folders: string[] = [];
  for (const folder of [path, own, ...(named === undefined ? [] : [resolve(path, named)])]) {
    if ((await orUndefined(lstat(join(folder, "HEAD")))) === undefined) continue;
    const pointer = await readPointer(join(folder, "commondir"));
    const common = pointer === undefined ? folder : resolve(folder, pointer.trim());
    const worktrees = (await orUndefined(readdir(join(common, "worktrees")))) ?? [];
    folders.push(folder, common, ...worktrees.map((name) => join(common, "worktrees", name)));
  }
  return folders;
}

/** Where the repositories of these paths keep settings. Real paths that exist, unique, sorted. */
async function findSettings(paths: readonly string[]): Promise<readonly string[]> {
  // A policy may name a `.git` file itself, to make it read-only.
  const folders = (await Promise.all([...new Set(paths.flatMap((path) => [path, dirname(path)]))].map(gitFoldersOf))).flat();
  const candidates = [...new Set(folders)].flatMap((folder) => settingFiles.map((name) => join(folder, name)));
  const real = await Promise.all(candidates.map((path) => orUndefined(realpath(path))));
  return [...new Set(real.filter((path) => path !== undefined))].sort();
}

/** Files whose harmless copy is remembered; a process prepares sandboxes for a few repositories. */
const copiesMax = 256;

export interface SettingsReader {
  /** Begins to read what hide() is going to need. */
  expect(paths: readonly string[]): void;
  /** Settings of the repositories that hold these paths, each with a harmless copy below `folder` where git needs one. */
  hide(paths: readonly string[], folder: string): Promise<readonly HiddenPath[]>;
}

/** Git reads each version of a file once. */
export function createSettingsReader(processes: Processes): SettingsReader {
  const copies = new Map<string, Promise<string>>();
  const readCopy = async (path: string): Promise<string> => {
    const answer = await processes.run({
      command: ["git", "config", "-z", "--no-includes", "--file", path, "--get-regexp", keptSettings],
      cwd: "/",
      env: processes.environment(),
      timeoutMs: readTimeoutMs,
    });
    // No git, or a file that it cannot read: nothing is kept, which costs the history and tells no secret.
    return answer.outcome === "exited" && answer.exitCode === 0 ? renderSettings(answer.stdout) : "";
  };
  /** "folder" for a folder; undefined for what git never reads as settings. */
  const copyOf = async (path: string): Promise<{ readonly text: string } | "folder" | undefined> => {
    const facts = await stat(path, { bigint: true });
    if (!facts.isFile()) return facts.isDirectory() ? "folder" : undefined;
    const key = `${path}\0${facts.ino}\0${facts.size}\0${facts.mtimeNs}\0${facts.ctimeNs}`;
    const known = copies.get(key);
    if (known !== undefined) return { text: await known };
    const copy = readCopy(path);
    if (copies.size >= copiesMax) copies.clear();
    copies.set(key, copy);
    return { text: await copy };
  };
  return {
    expect: (paths) => { void findSettings(paths).then((found) => Promise.all(found.map(copyOf))).catch(() => undefined); }, // hide() meets the same failure, and tells it
    hide: async (paths, folder) => (await Promise.all((await findSettings(paths)).map(async (path, index) => {
      const copy = await copyOf(path);
      if (copy === undefined) return [];
      if (copy === "folder") return [{ path, by: undefined }];
      const by = join(folder, `settings-${index}`);
      await writeFile(by, copy.text);
      return [{ path, by }];
    }))).flat(),
  };
}

function renderSettings(answer: string): string {
  return answer.split("\0").filter((entry) => entry !== "").map((entry) => {
    const [key = "", value = "true"] = entry.split("\n");
    const [section, name] = key.split(".");
    return `[${section}]\n\t${name} = ${/^[\w.-]*$/.test(value) ? value : ""}\n`;
  }).join("");
}
