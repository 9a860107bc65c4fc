// Reads source files from disk with bounds on size and depth, and turns them into facts, or takes them from the cache. Knows no resolution and no rule.
import { isUtf8 } from "node:buffer";
import type { Files } from "../../../providers/index.ts";
import type { FileFacts, UnreadFile } from "../types/facts.ts";
import type { FactsReader } from "./adapter.ts";
import { type FactsCache, hashBytes } from "./facts-cache.ts";
import { isRacy, type Stamps, stampText } from "./stamps.ts";

/** Source that people write is far smaller; parsing 50 MB of generated code takes seconds and a gigabyte. */
const fileBytesMax = 2 * 1024 * 1024;
/** The native parser recurses; from about 3,000 nested classes on it overflows the stack and takes the process with it. */
const bracketDepthMax = 1500;
/** Between batches others get their turn, and a cancelled check ends. */
const batchFiles = 64;

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
  readonly signal?: AbortSignal;
}

/** Facts in the order of `files`. */
export async function readSources(input: ReadSourcesInput): Promise<ReadSources> {
  const facts: FileFacts[] = [];
  const unread: UnreadFile[] = [];
  const absent: string[] = [];
  let parsed = 0;
  for (const file of input.files) {
    const stamp = input.stamps.of(file);
    // Deleted, but still in git's index: it is gone from the tree that is checked.
    if (stamp?.kind !== "file") { absent.push(file); continue; }
    const known = isRacy(stamp, input.nowMs) ? undefined : input.cache?.byStamp(file, stampText(stamp));
    if (known !== undefined) { facts.push(known); continue; }
    const found = readSource(input, file);
    if (found === undefined) { absent.push(file); continue; }
    if (found instanceof Uint8Array) {
      const hash = input.cache === undefined ? "" : hashBytes(found);
      let own = input.cache?.byHash(file, stampText(stamp), hash);
      if (own === undefined) {
        own = (await input.readerOf(file)).read(file, textOf(found));
        input.cache?.put(file, stampText(stamp), hash, own);
      }
      facts.push(own);
    } else unread.push(found);
    if (++parsed % batchFiles !== 0) continue;
    await new Promise(setImmediate);
    input.signal?.throwIfAborted();
  }
  return { facts, unread, absent };
}

function readSource({ disk, rootPath }: ReadSourcesInput, file: string): Uint8Array | UnreadFile | undefined {
  const found = disk.readRegular(`${rootPath}/${file}`, fileBytesMax);
  if (found.kind === "absent") return undefined;
  if (found.kind === "too-large") return { file, kind: "too-large", detail: `${(found.sizeBytes / 1024 / 1024).toFixed(1)} MB, at most ${fileBytesMax / 1024 / 1024} MB are read` };
  if (!isUtf8(found.bytes)) return { file, kind: "not-utf8", detail: "the bytes are no UTF-8 text" };
  if (isTooDeep(found.bytes)) return { file, kind: "too-deep", detail: `it is nested deeper than ${bracketDepthMax}` };
  return found.bytes;
}

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** +1 opens, -1 closes; every other byte is 0. */
const bracketSteps = new Int8Array(256);
for (const open of "([{") bracketSteps[open.charCodeAt(0)] = 1;
for (const close of ")]}") bracketSteps[close.charCodeAt(0)] = -1;
const angleSteps = new Int8Array(256);
angleSteps["<".charCodeAt(0)] = 1;
angleSteps[">".charCodeAt(0)] = -1;

/** Counts brackets wherever they stand, also in strings: a rough bound that no written source comes near. */
function isTooDeep(bytes: Uint8Array): boolean {
  return bytes.length >= bracketDepthMax * 2 && (depthOf(bytes, bracketSteps) > bracketDepthMax || depthOf(bytes, angleSteps) > bracketDepthMax * 4 || hasEndlessChain(bytes));
}

/** Chains that nest without brackets (`a=>a=>…`, `a?b:a?b:…`, `keyof keyof …`): the parser dies of some 10,000, people write ten. */
const chainMax = 3_000;
const chainLinks = /=>|<\/|\/>|<[A-Za-z][\w.]*(?=[\s>])|[?=]|\b(?:keyof|readonly|yield|extends|async|for)\b|[,}]|;(?![;)])/g;

/** Looks at lines only that are long enough to hold one. */
function hasEndlessChain(bytes: Uint8Array): boolean {
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    if (end - start > chainMax * 2 && longestChain(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1")) > chainMax) return true;
    start = end + 1;
  }
  return false;
}

function longestChain(line: string): number {
  let length = 0;
  let longest = 0;
  for (const [link] of line.matchAll(chainLinks)) {
    const isEnd = link === "," || link === "}" || link === ";";
    length = isEnd ? 0 : Math.max(0, length + (link === "</" || link === "/>" ? -1 : 1));
    if (length > longest) longest = length;
  }
  return longest;
}

function depthOf(bytes: Uint8Array, steps: Int8Array): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at++) {
    depth += steps[bytes[at] ?? 0] ?? 0;
    if (depth > deepest) deepest = depth; else if (depth < 0) depth = 0;
  }
  return deepest;
}
