// The real file system.
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync } from "node:fs";
import { appendFile, cp, lstat, mkdir, mkdtemp, open, readdir, readFile, readlink, realpath, rename, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FileEntry, FileFacts, Files, FilesNow } from "../files.ts";
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
  return found && factsOf(found);
}

function factsOf(found: Typed & { readonly size: number; readonly mtimeMs: number; readonly mode: number; readonly ino: number; readonly ctimeMs: number }): FileFacts {
  return { kind: kindOf(found), sizeBytes: found.size, modifiedMs: found.mtimeMs, mode: found.mode & 0o7777, inode: found.ino, changedMs: found.ctimeMs };
}

async function writeBytes(path: string, bytes: Uint8Array, options?: { readonly mode?: number }): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${nodeRandom.id(8)}.tmp`;
  try {
    await writeFile(temporary, bytes, { flag: "wx", mode: options?.mode ?? 0o644 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function readRegular(path: string, bytesMax: number): ReturnType<FilesNow["readRegular"]> {
  let descriptor: number;
  // Without O_NONBLOCK the open of a pipe waits for its writer.
  try { descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); } catch { return { kind: "absent" }; }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { kind: "absent" };
    if (stats.size > bytesMax) return { kind: "too-large", sizeBytes: stats.size };
    const bytes = Buffer.allocUnsafe(stats.size);
    let length = 0;
    for (let count = 1; count > 0 && length < bytes.length; length += count) count = readSync(descriptor, bytes, length, bytes.length - length, length);
    return { kind: "file", bytes: bytes.subarray(0, length), facts: factsOf(stats) };
  } finally {
    closeSync(descriptor);
  }
}

const now: FilesNow = {
  readRegular,
  facts(path) {
    try { const found = lstatSync(path, { throwIfNoEntry: false }); return found && factsOf(found); } catch { return undefined; } // no folder on the way, or none that may be seen
  },
  realPath(path) {
    try { return realpathSync.native(path); } catch { return undefined; } // not there, or a circle of links
  },
};

/** A socket or a pipe is nothing without the process that made it. */
async function isCopyable(path: string): Promise<boolean> {
  const found = await lstat(path);
  return found.isFile() || found.isDirectory() || found.isSymbolicLink();
}

export const nodeFiles: Files = {
  now,
  readText: (path) => orUndefined(readFile(path, "utf8")),
  readBytes: (path) => orUndefined(readFile(path)),
  writeText,
  writeBytes,
  appendText: async (path, text, options = {}) => { await mkdir(dirname(path), { recursive: true }); await appendFile(path, text, { flush: options.isDurable ?? false }); },
  list,
  facts,
  makeFolder: async (path) => { await mkdir(path, { recursive: true }); },
  remove: (path) => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  rename: (from, to) => rename(from, to),
  copy: async (from, to) => {
    await mkdir(dirname(to), { recursive: true });
    await cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true, errorOnExist: false, filter: isCopyable });
  },
  realPath: (path) => orUndefined(realpath(path)),
  readLink: (path) => orUndefined(readlink(path)),
  makeTemporaryFolder: (prefix) => mkdtemp(join(tmpdir(), prefix)),
  freeBytes: async (path) => { const facts = await statfs(path); return facts.bavail * facts.bsize; },
};
