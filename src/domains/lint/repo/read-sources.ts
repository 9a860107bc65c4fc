// Reads source files from disk with bounds on size and depth, and turns them into facts. Knows no resolution and no rule.
import { mapBounded } from "../../../base/async.ts";
import type { Providers } from "../../../providers/index.ts";
import type { FileFacts, UnreadFile } from "../types/facts.ts";
import type { FactsReader } from "./read-facts.ts";

/** Source that people write is far smaller; parsing 50 MB of generated code takes seconds and a gigabyte. */
const fileBytesMax = 2 * 1024 * 1024;
/** The native parser recurses; far above this depth (20,000 brackets) it overflows the stack and takes the process with it. */
const bracketDepthMax = 1500;
/** Enough to hide the latency of a disk; more only holds more text in memory. */
const readsMax = 32;

export interface ReadSources {
  readonly facts: readonly FileFacts[];
  readonly unread: readonly UnreadFile[];
}

/** In the order of `files`; a link or folder of a source's name gives neither facts nor an unread file. */
export async function readSources(providers: Providers, rootPath: string, files: readonly string[], reader: FactsReader, signal?: AbortSignal): Promise<ReadSources> {
  const results = await mapBounded(files, readsMax, async (file) => {
    signal?.throwIfAborted();
    return readSource(providers, rootPath, file, reader);
  });
  const facts: FileFacts[] = [];
  const unread: UnreadFile[] = [];
  for (const result of results) {
    if (result === undefined) continue;
    if ("kind" in result) unread.push(result); else facts.push(result);
  }
  return { facts, unread };
}

async function readSource(providers: Providers, rootPath: string, file: string, reader: FactsReader): Promise<FileFacts | UnreadFile | undefined> {
  const path = `${rootPath}/${file}`;
  const entry = await providers.files.facts(path);
  // Deleted, but still in git's index: it is gone from the tree that is checked.
  if (entry === undefined || entry.kind !== "file") return undefined;
  if (entry.sizeBytes > fileBytesMax) return { file, kind: "too-large", detail: `${(entry.sizeBytes / 1024 / 1024).toFixed(1)} MB, at most ${fileBytesMax / 1024 / 1024} MB are read` };
  const bytes = await providers.files.readBytes(path);
  if (bytes === undefined) return undefined;
  const text = decode(bytes);
  if (text === undefined) return { file, kind: "not-utf8", detail: "the bytes are no UTF-8 text" };
  if (isTooDeep(bytes)) return { file, kind: "too-deep", detail: `brackets are nested deeper than ${bracketDepthMax}` };
  return reader.read(file, text);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined; // the one thing a fatal decoder says
  }
}

/** Counts brackets wherever they stand, also in strings: a rough bound that no written source comes near. */
function isTooDeep(bytes: Uint8Array): boolean {
  if (bytes.length < bracketDepthMax) return false;
  let depth = 0;
  let angles = 0;
  for (let index = 0; index < bytes.length; index++) {
    switch (bytes[index]) {
      case 0x28: case 0x5b: case 0x7b: depth++; if (depth > bracketDepthMax) return true; break;
      case 0x29: case 0x5d: case 0x7d: if (depth > 0) depth--; break;
      case 0x3c: angles++; if (angles > bracketDepthMax * 4) return true; break;
      case 0x3e: if (angles > 0) angles--; break;
      default: break;
    }
  }
  return false;
}
