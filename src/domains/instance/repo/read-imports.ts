// Reads the files that importers understand. Decides nothing.
import { join } from "node:path";
import type { Files } from "../../../providers/index.ts";

/** A file above this declares no services. */
const fileBytesMax = 1024 * 1024;

export interface ImportableFiles { readonly texts: ReadonlyMap<string, string>; /** Names at the top of the repository. */ readonly files: readonly string[] }

export async function readImportableFiles(files: Files, rootPath: string, paths: readonly string[]): Promise<ImportableFiles> {
  const texts = new Map<string, string>();
  for (const path of paths) {
    const facts = await files.facts(join(rootPath, path));
    if (facts?.kind !== "file" || facts.sizeBytes > fileBytesMax) continue;
    const text = await files.readText(join(rootPath, path));
    if (text !== undefined) texts.set(path, text);
  }
  return { texts, files: (await files.list(rootPath)).map((entry) => entry.name) };
}
