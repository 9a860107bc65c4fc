// Reads source files from disk with bounds on size and depth, and turns them into facts. Knows no resolution and no rule.
import type { Providers } from "../../../providers/index.ts";
import type { FileFacts, UnreadFile } from "../types/facts.ts";
import type { FactsReader } from "./adapter.ts";

/** Source that people write is far smaller; parsing 50 MB of generated code takes seconds and a gigabyte. */
const fileBytesMax = 2 * 1024 * 1024;
/** The native parser recurses; from about 3,000 nested classes on it overflows the stack and takes the process with it. */
const bracketDepthMax = 1500;
/** Enough to hide the latency of a disk. Parsing between reads instead of after them took a third longer; more texts at once only hold memory. */
const batchFiles = 128;

export interface ReadSources {
  readonly facts: readonly FileFacts[];
  readonly unread: readonly UnreadFile[];
  /** Links, folders, and files that are gone though git lists them: their names stand for no source. */
  readonly absent: readonly string[];
}

/** Facts in the order of `files`. */
export async function readSources(providers: Providers, rootPath: string, files: readonly string[], readerOf: (file: string) => FactsReader, signal?: AbortSignal): Promise<ReadSources> {
  const facts: FileFacts[] = [];
  const unread: UnreadFile[] = [];
  const absent: string[] = [];
  for (let start = 0; start < files.length; start += batchFiles) {
    signal?.throwIfAborted();
    const batch = files.slice(start, start + batchFiles);
    const texts = await Promise.all(batch.map((file) => readSource(providers, rootPath, file)));
    for (const [at, text] of texts.entries()) {
      const file = batch[at] ?? "";
      if (text === undefined) absent.push(file);
      else if (typeof text === "string") facts.push(readerOf(file).read(file, text));
      else unread.push(text);
    }
  }
  return { facts, unread, absent };
}

async function readSource(providers: Providers, rootPath: string, file: string): Promise<string | UnreadFile | undefined> {
  const path = `${rootPath}/${file}`;
  const entry = await providers.files.facts(path);
  // Deleted, but still in git's index: it is gone from the tree that is checked.
  if (entry === undefined || entry.kind !== "file") return undefined;
  if (entry.sizeBytes > fileBytesMax) return { file, kind: "too-large", detail: `${(entry.sizeBytes / 1024 / 1024).toFixed(1)} MB, at most ${fileBytesMax / 1024 / 1024} MB are read` };
  const text = await providers.files.readText(path);
  if (text === undefined) return undefined;
  // Only what did not decode leaves this mark, or a file that holds the mark itself; the bytes tell which.
  if (text.includes("\uFFFD") && !isUtf8(await providers.files.readBytes(path))) return { file, kind: "not-utf8", detail: "the bytes are no UTF-8 text" };
  if (isTooDeep(text)) return { file, kind: "too-deep", detail: `brackets are nested deeper than ${bracketDepthMax}` };
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function isUtf8(bytes: Uint8Array | undefined): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false; // the one thing a fatal decoder says
  }
}

/** Counts brackets wherever they stand, also in strings: a rough bound that no written source comes near. */
function isTooDeep(text: string): boolean {
  if (text.length < bracketDepthMax * 2) return false;
  let depth = 0;
  let angles = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 0x28: case 0x5b: case 0x7b: depth++; if (depth > bracketDepthMax) return true; break;
      case 0x29: case 0x5d: case 0x7d: if (depth > 0) depth--; break;
      case 0x3c: angles++; if (angles > bracketDepthMax * 4) return true; break;
      case 0x3e: if (angles > 0) angles--; break;
      default: break;
    }
  }
  return false;
}
