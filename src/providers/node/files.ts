// The real file system.
import { constants } from "node:fs";
import { appendFile, cp, lstat, mkdir, mkdtemp, open, readdir, readFile, readlink, realpath, rename, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FileEntry, FileFacts, Files } from "../files.ts";
import { nodeRandom } from "./random.ts";

type Typed = { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean };

function kindOf(entry: Typed): FileFacts["kind"] {
  if (entry.isSymbolicLink()) return "link";
  if (entry.isDirectory()) return "folder";
  return entry.isFile() ? "file" : "other";
}

/** Undefined for "there is nothing at this path"; every other failure goes on. */
async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try { return await work; } catch (error) {
    const code = (error as NodeJS.ErrnoException).code; // node:fs rejects with ErrnoException only
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

async function writeText(path: string, text: string, options?: { readonly mode?: number }): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${nodeRandom.id(8)}.tmp`;
  const file = await open(temporary, "wx", options?.mode ?? 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await file.close();
  await rename(temporary, path);
}

async function list(path: string): Promise<readonly FileEntry[]> {
  const entries = await orUndefined(readdir(path, { withFileTypes: true }));
  return (entries ?? []).map((entry) => ({ name: entry.name, kind: kindOf(entry) })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function facts(path: string): Promise<FileFacts | undefined> {
  const found = await orUndefined(lstat(path));
  return found && { kind: kindOf(found), sizeBytes: found.size, modifiedMs: found.mtimeMs, mode: found.mode & 0o7777 };
}

export const nodeFiles: Files = {
  readText: (path) => orUndefined(readFile(path, "utf8")),
  readBytes: (path) => orUndefined(readFile(path)),
  writeText,
  appendText: async (path, text, options = {}) => { await mkdir(dirname(path), { recursive: true }); await appendFile(path, text, { flush: options.isDurable ?? false }); },
  list,
  facts,
  makeFolder: async (path) => { await mkdir(path, { recursive: true }); },
  remove: (path) => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  rename: (from, to) => rename(from, to),
  copy: async (from, to) => { await mkdir(dirname(to), { recursive: true }); await cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true, errorOnExist: false }); },
  realPath: (path) => orUndefined(realpath(path)),
  readLink: (path) => orUndefined(readlink(path)),
  makeTemporaryFolder: (prefix) => mkdtemp(join(tmpdir(), prefix)),
  freeBytes: async (path) => { const facts = await statfs(path); return facts.bavail * facts.bsize; },
};
