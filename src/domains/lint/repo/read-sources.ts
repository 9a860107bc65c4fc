// Reads source files from disk with bounds on size, and turns them into facts, or takes them from the cache. Knows no resolution and no rule.
import { isUtf8 } from "node:buffer";
import type { Files } from "../../../providers/index.ts";
import type { FileFacts, UnreadFile } from "../types/facts.ts";
import type { FactsReader } from "./adapter.ts";
import { type FactsCache, hashBytes, parseStored } from "./facts-cache.ts";
import { isUnread, parseSource } from "./parse-source.ts";
import type { ParseThread } from "./parse-thread.ts";
import { isRacy, type Stamps, stampText } from "./stamps.ts";

/** Source that people write is far smaller; parsing 50 MB of generated code takes seconds and a gigabyte. */
const fileBytesMax = 2 * 1024 * 1024;
/** Between batches others get their turn, and a cancelled check ends. */
const batchFiles = 48;
const batchBytes = 384 * 1024;
/** Fewer files are parsed before a second thread has loaded the parser. */
const threadFilesMin = 300;
/** Where so many lie ahead and hardly any is known, the thread is worth its start from the first batch on. */
const threadFilesSure = 1_500;

export interface ReadSources {
  readonly facts: readonly FileFacts[];
  readonly unread: readonly UnreadFile[];
  /** Links, folders, and files that are gone though git lists them: their names stand for no source. */
  readonly absent: readonly string[];
}

export interface ReadSourcesInput {
  readonly disk: Files["now"];
  readonly rootPath: string;
  readonly files: readonly string[];
  readonly stamps: Stamps;
  readonly cache: FactsCache | undefined;
  readonly nowMs: number;
  /** Called before the first file of a language is read. */
  readerOf(file: string): Promise<FactsReader>;
  /** A second thread, for many files. */
  startThread(): ParseThread;
  readonly signal?: AbortSignal;
}

interface Pending { readonly at: number; readonly file: string; readonly stamp: string; readonly hash: string; readonly bytes: Uint8Array }

/** Facts in the order of `files`. */
export async function readSources(input: ReadSourcesInput): Promise<ReadSources> {
  const found: (FileFacts | UnreadFile | undefined)[] = [];
  const absent: string[] = [];
  const running: Promise<void>[] = [];
  let thread: ParseThread | undefined;
  let pending: Pending[] = [];
  let [pendingBytes, parsed, seen] = [0, 0, 0];
  const parseHere = async (batch: readonly Pending[]): Promise<void> => {
    for (const one of batch) {
      const facts = parseSource(await input.readerOf(one.file), one.file, one.bytes);
      found[one.at] = facts;
      if (isUnread(facts) || input.cache === undefined) continue;
      if (input.files.length < threadFilesMin) { input.cache.put(one.file, one.stamp, one.hash, facts); continue; }
      // Facts of a parser are slices of the text, each of which keeps all of it: of many files the copy is kept.
      const bytes = Buffer.from(JSON.stringify(facts));
      input.cache.putBytes(one.file, one.stamp, one.hash, bytes);
      found[one.at] = parseStored(bytes);
    }
  };
  const parseThere = async (batch: readonly Pending[], there: ParseThread): Promise<void> => {
    const answers = await there.parse(batch);
    if (answers === undefined) return parseHere(batch);
    for (const [index, one] of batch.entries()) {
      const bytes = answers[index] ?? new Uint8Array();
      const facts = parseStored(bytes);
      found[one.at] = facts;
      if (!isUnread(facts)) input.cache?.putBytes(one.file, one.stamp, one.hash, bytes);
    }
  };
  const flush = async (): Promise<void> => {
    const batch = pending;
    parsed += batch.length;
    [pending, pendingBytes] = [[], 0];
    const isSure = input.files.length > threadFilesSure && parsed * 2 > seen;
    if (thread === undefined && (isSure || parsed >= threadFilesMin) && input.files.length > parsed + threadFilesMin) thread = input.startThread();
    if (thread?.isFree() === true) running.push(parseThere(batch, thread)); else await parseHere(batch);
    await new Promise(setImmediate);
    input.signal?.throwIfAborted();
  };
  try {
    for (const [at, file] of input.files.entries()) {
      seen++;
      const stamp = input.stamps.of(file);
      // Deleted, but still in git's index: it is gone from the tree that is checked.
      if (stamp?.kind !== "file") { absent.push(file); continue; }
      const text = stampText(stamp);
      const known = isRacy(stamp, input.nowMs) ? undefined : input.cache?.byStamp(file, text);
      if (known !== undefined) { found[at] = known; continue; }
      const source = readSource(input, file);
      if (source === undefined) { absent.push(file); continue; }
      if (!(source instanceof Uint8Array)) { found[at] = source; continue; }
      const hash = input.cache === undefined ? "" : hashBytes(source);
      const same = input.cache?.byHash(file, text, hash);
      if (same !== undefined) { found[at] = same; continue; }
      pending.push({ at, file, stamp: text, hash, bytes: source });
      pendingBytes += source.length;
      if (pending.length >= batchFiles || pendingBytes >= batchBytes) await flush();
    }
    await parseHere(pending);
    await Promise.all(running);
  } finally { thread?.end(); }
  const facts: FileFacts[] = [];
  const unread: UnreadFile[] = [];
  for (const one of found) if (one !== undefined) { if (isUnread(one)) unread.push(one); else facts.push(one); }
  return { facts, unread, absent };
}

function readSource({ disk, rootPath }: ReadSourcesInput, file: string): Uint8Array | UnreadFile | undefined {
  const found = disk.readRegular(`${rootPath}/${file}`, fileBytesMax);
  if (found.kind === "absent") return undefined;
  if (found.kind === "too-large") return { file, kind: "too-large", detail: `${(found.sizeBytes / 1024 / 1024).toFixed(1)} MB, at most ${fileBytesMax / 1024 / 1024} MB are read` };
  if (!isUtf8(found.bytes)) return { file, kind: "not-utf8", detail: "the bytes are no UTF-8 text" };
  return found.bytes;
}
