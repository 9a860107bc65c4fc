// Facts of one repository between checks, by content: one file in the state folder. A cache that is torn, foreign or of another engine counts as absent.
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { Files } from "../../../providers/index.ts";
import { type FactsRequest, joinRequests } from "../types/facts-request.ts";
import type { FileFacts, UnreadFile } from "../types/facts.ts";

/** Facts of ten million lines; a larger file is not ours, and reading it would fill memory. */
const cacheBytesMax = 400 * 1024 * 1024;
/** Repositories and worktrees whose caches are kept, the newest; each has some megabytes. */
const cachesMax = 40;
const magic = "inspan facts 1";

/** Where the chunk of a file's facts lies, and what the file was like. */
interface Entry { readonly stamp: string; readonly hash: string; readonly start: number; readonly length: number }
interface Header {
  readonly magic: string;
  readonly engine: string;
  readonly request: FactsRequest;
  readonly checksum: number;
  readonly entries: readonly (readonly [file: string, stamp: string, hash: string, length: number])[];
}

export interface FactsCache {
  /** Facts of an unchanged file, by its stamp. */
  byStamp(file: string, stamp: string): FileFacts | undefined;
  /** Facts of a file that was touched or rewritten with the same bytes. */
  byHash(file: string, stamp: string, hash: string): FileFacts | undefined;
  put(file: string, stamp: string, hash: string, facts: FileFacts): void;
  /** The same where the facts are JSON already. */
  putBytes(file: string, stamp: string, hash: string, bytes: Uint8Array): void;
  /** Writes what was asked for and put since it was opened, where that differs from what is stored. */
  save(): Promise<void>;
}

export interface FactsCacheOptions {
  readonly files: Files;
  /** Absolute; its folder is this repository's own. */
  readonly path: string;
  readonly engine: string;
  readonly request: FactsRequest;
}

export async function openFactsCache(options: FactsCacheOptions): Promise<FactsCache> {
  const { files, path, engine, request } = options;
  const stored = read(files, path, options);
  const kept = new Map<string, { readonly stamp: string; readonly hash: string; readonly bytes: Uint8Array }>();
  let isChanged = false;
  const take = (file: string, entry: Entry, stamp: string): FileFacts | undefined => {
    const bytes = stored.body.subarray(entry.start, entry.start + entry.length);
    kept.set(file, { stamp, hash: entry.hash, bytes });
    return parseStored(bytes) as FileFacts; // written by put() below, guarded by engine and checksum
  };
  return {
    byStamp(file, stamp) {
      const entry = stored.entries.get(file);
      return entry?.stamp === stamp ? take(file, entry, stamp) : undefined;
    },
    byHash(file, stamp, hash) {
      const entry = stored.entries.get(file);
      if (entry?.hash !== hash) return undefined;
      isChanged = true;
      return take(file, entry, stamp);
    },
    put(file, stamp, hash, facts) {
      isChanged = true;
      kept.set(file, { stamp, hash, bytes: Buffer.from(JSON.stringify(facts)) });
    },
    putBytes(file, stamp, hash, bytes) {
      isChanged = true;
      kept.set(file, { stamp, hash, bytes });
    },
    async save() {
      if (!isChanged && kept.size === stored.entries.size) return;
      const parts = [...kept.values()].map((one) => one.bytes);
      const header: Header = {
        magic,
        engine: fingerprint(engine),
        request: stored.entries.size === 0 ? request : joinRequests([request, stored.request]),
        checksum: parts.reduce((sum, one) => crc32(one, sum), 0),
        entries: [...kept].map(([file, one]) => [file, one.stamp, one.hash, one.bytes.length]),
      };
      const head = Buffer.from(JSON.stringify(header));
      const size = Buffer.alloc(8);
      size.writeUInt32LE(head.length);
      // A cache that cannot be written costs time and nothing else: the state folder is looked at by doctor.
      try { await files.writeBytes(path, Buffer.concat([size, head, ...parts]), { mode: 0o600 }); await prune(files, path); } catch { return; }
    },
  };
}

/** Facts that were written as JSON by this program. */
export function parseStored(bytes: Uint8Array): FileFacts | UnreadFile {
  const value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as FileFacts | UnreadFile; // by this very code, in another thread or guarded by a checksum
  return "detail" in value ? value : withHoles(value);
}

/** JSON writes an undefined element of a list as null; facts know such elements in one place only, the literals of calls. */
function withHoles(facts: FileFacts): FileFacts {
  const isHole = (value: string | null | undefined): boolean => value === null;
  if (!facts.calls.some((call) => call.literals.some(isHole))) return facts;
  return { ...facts, calls: facts.calls.map((call) => (call.literals.some(isHole) ? { ...call, literals: call.literals.map((value) => value ?? undefined) } : call)) };
}

/** More facts than of this many files would make an idle daemon large; the ones longest kept go first. */
const memoryFilesMax = 3_000;

/** Facts in memory, for a process that lives between checks. */
export function createMemoryCache(): FactsCache {
  const known = new Map<string, { readonly stamp: string; readonly hash: string; readonly facts: FileFacts }>();
  return {
    byStamp(file, stamp) { const found = known.get(file); return found?.stamp === stamp ? found.facts : undefined; },
    byHash(file, stamp, hash) {
      const found = known.get(file);
      if (found?.hash !== hash) return undefined;
      known.set(file, { ...found, stamp });
      return found.facts;
    },
    put(file, stamp, hash, facts) {
      known.delete(file);
      known.set(file, { stamp, hash, facts });
      const [oldest] = known.keys();
      if (known.size > memoryFilesMax && oldest !== undefined) known.delete(oldest);
    },
    putBytes(file, stamp, hash, bytes) { this.put(file, stamp, hash, parseStored(bytes) as FileFacts); }, // only facts are put
    save: () => Promise.resolve(),
  };
}

export function hashBytes(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("base64");
}

export function fingerprint(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

/** The stored facts for looking at only: nothing is kept for a later save. */
export function readStoredFacts(options: FactsCacheOptions): Pick<FactsCache, "byStamp"> {
  const stored = read(options.files, options.path, options);
  return {
    byStamp(file, stamp) {
      const entry = stored.entries.get(file);
      return entry?.stamp === stamp ? parseStored(stored.body.subarray(entry.start, entry.start + entry.length)) as FileFacts : undefined; // only facts are put
    },
  };
}

interface Stored { readonly body: Uint8Array; readonly entries: ReadonlyMap<string, Entry>; readonly request: FactsRequest }

function read(files: Files, path: string, options: FactsCacheOptions): Stored {
  const none: Stored = { body: new Uint8Array(), entries: new Map(), request: options.request };
  const found = files.now.readRegular(path, cacheBytesMax);
  if (found.kind !== "file" || found.bytes.length < 8) return none;
  const bytes = Buffer.from(found.bytes.buffer, found.bytes.byteOffset, found.bytes.byteLength);
  const headLength = bytes.readUInt32LE(0);
  const body = bytes.subarray(8 + headLength);
  try {
    const header = JSON.parse(bytes.subarray(8, 8 + headLength).toString()) as Header; // the engine's fingerprint and the checksum say that this very code wrote it
    if (header.magic !== magic || header.engine !== fingerprint(options.engine) || header.checksum !== crc32(body) || !covers(header.request, options.request)) return none;
    const entries = new Map<string, Entry>();
    let start = 0;
    for (const [file, stamp, hash, length] of header.entries) {
      entries.set(file, { stamp, hash, start, length });
      start += length;
    }
    return { body, entries, request: header.request };
  } catch {
    return none; // torn or foreign
  }
}

/** Facts that were read for more than is asked now serve as well. */
function covers(stored: FactsRequest, asked: FactsRequest): boolean {
  return JSON.stringify(joinRequests([stored, asked])) === JSON.stringify(joinRequests([stored]));
}

/** Caches of worktrees that are gone would stay for ever. */
async function prune(files: Files, path: string): Promise<void> {
  const root = dirname(dirname(path));
  const folders = (await files.list(root)).filter((entry) => entry.kind === "folder").map((entry) => join(root, entry.name));
  if (folders.length <= cachesMax) return;
  const aged = folders.map((folder) => ({ folder, modifiedMs: files.now.facts(folder)?.modifiedMs ?? 0 })).sort((left, right) => right.modifiedMs - left.modifiedMs);
  for (const { folder } of aged.slice(cachesMax)) await files.remove(folder);
}
