// Reads the documents of a repository with bounds on size, and what their commands can be. Knows no rule.
import { mapBounded } from "../../../base/async.ts";
import type { Files } from "../../../providers/index.ts";
import type { DocFacts, UnreadDocument } from "../types/document.ts";
import type { ReferenceText } from "../types/world.ts";
import type { KeptDocuments } from "./kept-documents.ts";

/** What people write is far smaller; a table of 50 MB would take seconds and a gigabyte. */
const documentBytesMax = 2 * 1024 * 1024;
/** Enough to hide the latency of a disk. */
const readsMax = 32;

export interface ReadDocuments { readonly docs: readonly DocFacts[]; readonly unread: readonly UnreadDocument[] }

export const isDocument = (file: string): boolean => /\.(md|mdx|markdown)$/i.test(file);

export interface ReadDocumentsOptions {
  readonly signal?: AbortSignal | undefined;
  /** What earlier checks read. */
  readonly kept?: KeptDocuments | undefined;
}

/** Facts in the order of `files`; links and what is gone give nothing. */
export async function readDocuments(files: Files, rootPath: string, paths: readonly string[], { signal, kept }: ReadDocumentsOptions = {}): Promise<ReadDocuments> {
  const docs: DocFacts[] = [];
  const unread: UnreadDocument[] = [];
  const read = await mapBounded(paths, readsMax, async (file): Promise<DocFacts | UnreadDocument | undefined> => {
    signal?.throwIfAborted();
    return readDocument(files, rootPath, file, kept);
  });
  for (const one of read) {
    if (one === undefined) continue;
    if ("headings" in one) docs.push(one); else unread.push(one);
  }
  return { docs, unread };
}

async function readDocument(files: Files, rootPath: string, file: string, kept: KeptDocuments | undefined): Promise<DocFacts | UnreadDocument | undefined> {
  const path = `${rootPath}/${file}`;
  const entry = await files.facts(path);
  // A link to another document is seen where the document lies.
  if (entry === undefined || entry.kind !== "file") return undefined;
  if (entry.sizeBytes > documentBytesMax)
    return { file, kind: "too-large", detail: `${(entry.sizeBytes / 1024 / 1024).toFixed(1)} MB, at most ${documentBytesMax / 1024 / 1024} MB are read` };
  const known = kept?.factsOf(file, entry);
  if (known !== undefined) return known;
  const [text, { readMarkdown }] = await Promise.all([files.readText(path), import("./read-markdown.ts")]); // the parser is loaded where a document is new
  if (text === undefined) return undefined;
  // Only what did not decode leaves this mark, or a file that holds the mark itself; the bytes tell which.
  if (text.includes("\uFFFD") && !isUtf8(await files.readBytes(path))) return { file, kind: "not-utf8", detail: "the bytes are no UTF-8 text" };
  if (text.includes("\0")) return { file, kind: "not-utf8", detail: "it holds bytes of zero: no text" };
  try {
    const facts = readMarkdown(file, text);
    kept?.putFacts(file, entry, facts);
    return facts;
  } catch (error) {
    if (error instanceof RangeError) return { file, kind: "unreadable", detail: "its blocks are nested too deeply" };
    throw error;
  }
}

function isUtf8(bytes: Uint8Array | undefined): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false; // the one thing a fatal decoder says
  }
}

/** Head of a text from elsewhere: where its source and date stand. */
const headChars = 4000;

/** Texts directly below the folder of references, README and index apart; empty where no folder is named. */
export async function readReferences(files: Files, rootPath: string, all: readonly string[], folder: string | undefined): Promise<readonly ReferenceText[]> {
  if (folder === undefined) return [];
  const prefix = `${folder.replace(/\/+$/, "")}/`;
  const wanted = all.filter((file) => file.startsWith(prefix) && /\.(txt|md)$/i.test(file) && !/(^|\/)(readme|index)\.md$/i.test(file));
  return mapBounded(wanted, readsMax, async (file) => {
    const facts = await files.facts(`${rootPath}/${file}`);
    const text = facts?.kind === "file" && facts.sizeBytes <= documentBytesMax ? await files.readText(`${rootPath}/${file}`) : undefined;
    return { file, head: (text ?? "").slice(0, headChars) };
  });
}
