// The files of a commit as if they were checked out, without a disk: facts and contents come from git's objects. What is kept between checks stays in memory.
import type { FileEntry, FileFacts, Files } from "../../../providers/index.ts";
import { CommitTree } from "./commit-tree.ts";
import { linkMode, submoduleMode, type TreeChange, type TreeEntry } from "./commit-trees.ts";

type RegularFile = ReturnType<Files["now"]["readRegular"]>;

const none: RegularFile = { kind: "absent" };
const folder: FileFacts = { kind: "folder", sizeBytes: 0, mode: 0o755, modifiedMs: 0, changedMs: 0, inode: 0 };

export interface CommitFilesOptions {
  readonly disk: Files;
  /** Where the commit seems to lie: absolute, and nothing is there. */
  readonly rootPath: string;
  /** Whatever is written below it stays in memory. */
  readonly memoryPath: string;
  /** Bytes of an object, where they are known. */
  sizeOf(object: string): number | undefined;
  contentOf(object: string): Uint8Array | undefined;
}

export interface CommitFiles {
  readonly files: Files;
  /** Every file of the commit, sorted. */
  paths(): readonly string[];
  entry(path: string): TreeEntry | undefined;
  apply(changes: Iterable<TreeChange>): void;
  /** Objects whose contents were asked for and not there; the asker was told that there is no such file. Empties the list. */
  takeMissed(): readonly string[];
  /** What is kept in memory, and a way back to it. */
  remember(): () => void;
}

export function createCommitFiles(options: CommitFilesOptions): CommitFiles {
  const tree = new CommitTree();
  const stored = createStored(tree, options);
  const memory = createMemory(options.memoryPath);
  return {
    files: joinFiles(options, tree, stored, memory), takeMissed: stored.takeMissed, remember: memory.remember,
    paths: () => tree.paths(), entry: (path) => tree.get(path), apply: (changes) => { tree.apply(changes); },
  };
}

interface Stored {
  facts(path: string): FileFacts | undefined;
  read(path: string, bytesMax: number): RegularFile;
  /** Undefined where nothing is there. */ realPath(path: string): string | undefined;
  link(path: string): string | undefined;
  takeMissed(): readonly string[];
}

/** What the commit says; paths are relative to its root. */
function createStored(tree: CommitTree, options: Pick<CommitFilesOptions, "sizeOf" | "contentOf">): Stored {
  const missed = new Set<string>();
  const content = (object: string): Uint8Array | undefined => {
    const bytes = options.contentOf(object);
    if (bytes === undefined) missed.add(object);
    return bytes;
  };
  const targetOf = ({ object }: TreeEntry): string => Buffer.from(content(object) ?? []).toString();
  const factsOf = ({ mode, object }: TreeEntry): FileFacts => ({
    kind: mode === linkMode ? "link" : mode === submoduleMode ? "folder" : "file", sizeBytes: options.sizeOf(object) ?? 0, mode: mode === "100755" ? 0o755 : 0o644,
    // The content is all that can change: its name takes the place of times, as exact numbers, and long ago, for what is young is not believed.
    modifiedMs: 0, changedMs: Number.parseInt(object.slice(13, 22), 16), inode: Number.parseInt(object.slice(0, 13), 16),
  });
  const factsAt = (at: string | undefined): FileFacts | undefined => {
    const entry = at === undefined ? undefined : tree.get(at);
    return entry !== undefined ? factsOf(entry) : at !== undefined && tree.isFolder(at) ? folder : undefined;
  };
  return {
    facts: (path) => factsAt(tree.resolve(path, false, targetOf)),
    read(path, bytesMax) {
      const at = tree.resolve(path, true, targetOf);
      const entry = at === undefined ? undefined : tree.get(at);
      if (entry === undefined || entry.mode === linkMode || entry.mode === submoduleMode) return none;
      const facts = factsOf(entry);
      if (facts.sizeBytes > bytesMax) return { kind: "too-large", sizeBytes: facts.sizeBytes };
      const bytes = content(entry.object);
      return bytes === undefined ? none : { kind: "file", bytes, facts };
    },
    realPath(path) { const at = tree.resolve(path, true, targetOf); return factsAt(at) === undefined ? undefined : at; },
    link(path) { const entry = tree.get(path); return entry?.mode === linkMode ? targetOf(entry) : undefined; },
    takeMissed() { const list = [...missed]; missed.clear(); return list; },
  };
}

interface Memory { has(path: string): boolean; read(path: string): RegularFile; write(path: string, bytes: Uint8Array): void; remove(path: string): void; remember(): () => void }

function createMemory(memoryPath: string): Memory {
  let kept = new Map<string, Uint8Array>();
  return {
    has: (path) => path.startsWith(`${memoryPath}/`),
    read(path) { const bytes = kept.get(path); return bytes === undefined ? none : { kind: "file", bytes, facts: { ...folder, kind: "file", sizeBytes: bytes.length } }; },
    write: (path, bytes) => { kept.set(path, bytes); },
    remove: (path) => { kept.delete(path); },
    remember() { const before = new Map(kept); return () => { kept = new Map(before); }; },
  };
}

function joinFiles({ disk, rootPath }: CommitFilesOptions, tree: CommitTree, stored: Stored, memory: Memory): Files {
  const seen = new Map<string, FileFacts | undefined>();
  const lists = new Map<string, Promise<readonly FileEntry[]>>();
  const inside = (path: string): string | undefined => (path === rootPath ? "" : path.startsWith(`${rootPath}/`) ? path.slice(rootPath.length + 1) : undefined);
  const now: Files["now"] = {
    facts(path) {
      const own = inside(path);
      if (own !== undefined) return stored.facts(own);
      if (memory.has(path)) return undefined;
      // Beside the commit lie our own program and what a machine has installed; neither changes while a history is read.
      if (!seen.has(path)) seen.set(path, disk.now.facts(path));
      return seen.get(path);
    },
    readRegular(path, bytesMax) {
      const own = inside(path);
      return own !== undefined ? stored.read(own, bytesMax) : memory.has(path) ? memory.read(path) : disk.now.readRegular(path, bytesMax);
    },
    realPath(path) {
      const own = inside(path);
      if (own === undefined) return disk.now.realPath(path);
      const at = stored.realPath(own);
      return at === undefined ? undefined : at === "" ? rootPath : `${rootPath}/${at}`;
    },
  };
  const readBytes = (path: string): Uint8Array | undefined => {
    const read = now.readRegular(path, Number.POSITIVE_INFINITY);
    return read.kind === "file" ? read.bytes : undefined;
  };
  return {
    ...disk, now, readBytes: async (path) => readBytes(path), facts: async (path) => now.facts(path), realPath: async (path) => now.realPath(path),
    readText: async (path) => { const bytes = readBytes(path); return bytes === undefined ? undefined : Buffer.from(bytes).toString(); },
    writeText: async (path, text, how) => { if (memory.has(path)) memory.write(path, Buffer.from(text)); else await disk.writeText(path, text, how); },
    writeBytes: async (path, bytes, how) => { if (memory.has(path)) memory.write(path, bytes); else await disk.writeBytes(path, bytes, how); },
    remove: async (path) => { if (memory.has(path)) memory.remove(path); else await disk.remove(path); },
    readLink: async (path) => { const own = inside(path); return own === undefined ? disk.readLink(path) : stored.link(own); },
    list: (path) => {
      const own = inside(path);
      if (own !== undefined) return Promise.resolve(tree.list(own).map((name) => ({ name, kind: stored.facts(own === "" ? name : `${own}/${name}`)?.kind ?? "other" })));
      if (memory.has(path)) return Promise.resolve([]);
      const known = lists.get(path) ?? disk.list(path);
      lists.set(path, known);
      return known;
    },
  };
}
