// Reads the files besides sources that rules ask for, with bounds. Knows none of their formats.
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import type { FolderSize, RepositoryText } from "../types/repository-text.ts";

/** A coverage report of a million lines has some 50 MB; more would fill memory with what no rule reads. */
const fileBytesMax = 64 * 1024 * 1024;
/** Enough for the manifests of the largest monorepos. */
const filesMax = 20_000;
const batchFiles = 64;

/** By path; what does not exist or is no regular file inside of the root is missing. Rejects with FILE_TOO_LARGE: a rule that saw half a report would be wrong. */
export async function readTexts(providers: Pick<Providers, "files">, rootPath: string, files: readonly string[]): Promise<ReadonlyMap<string, RepositoryText>> {
  const found = new Map<string, RepositoryText>();
  const wanted = files.slice(0, filesMax).filter((file) => !file.startsWith("/") && !file.split("/").includes(".."));
  for (let start = 0; start < wanted.length; start += batchFiles) {
    await Promise.all(wanted.slice(start, start + batchFiles).map(async (file) => {
      const path = `${rootPath}/${file}`;
      const facts = await providers.files.facts(path);
      if (facts?.kind !== "file") return;
      if (facts.sizeBytes > fileBytesMax)
        throw new InspanError(
          "FILE_TOO_LARGE",
          `Cannot read "${file}" for a rule: it has ${Math.round(facts.sizeBytes / 1024 / 1024)} MB, expected at most ${fileBytesMax / 1024 / 1024}.`,
          { kind: "usage", remedy: "name another file in the rule, or take the rule out of inspan.yaml" },
        );
      const text = await providers.files.readText(path);
      if (text !== undefined) found.set(file, { text: text.startsWith("\uFEFF") ? text.slice(1) : text, modifiedMs: facts.modifiedMs });
    }));
  }
  return found;
}

/** Times of writing in milliseconds since 1970; what does not exist is missing. */
export async function readStamps(providers: Pick<Providers, "files">, rootPath: string, files: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (let start = 0; start < files.length; start += batchFiles) {
    await Promise.all(files.slice(start, start + batchFiles).map(async (file) => {
      const facts = await providers.files.facts(`${rootPath}/${file}`);
      if (facts !== undefined) found.set(file, facts.modifiedMs);
    }));
  }
  return found;
}

/** An installed package of more files is known to be large without counting on. */
const walkedFilesMax = 2000;

export async function readSizes(providers: Pick<Providers, "files">, rootPath: string, folders: readonly string[]): Promise<ReadonlyMap<string, FolderSize>> {
  const found = new Map<string, FolderSize>();
  for (const folder of folders) {
    const start = await providers.files.realPath(`${rootPath}/${folder}`);
    if (start !== undefined) found.set(folder, await sizeOf(providers, start));
  }
  return found;
}

async function sizeOf(providers: Pick<Providers, "files">, start: string): Promise<FolderSize> {
  let [files, bytes, newestMs] = [0, 0, 0];
  const waiting = [start];
  for (let path = waiting.pop(); path !== undefined && files < walkedFilesMax; path = waiting.pop()) {
    for (const entry of await providers.files.list(path)) {
      if (entry.kind === "folder" && entry.name !== "node_modules") waiting.push(`${path}/${entry.name}`);
      if (entry.kind !== "file") continue;
      const facts = await providers.files.facts(`${path}/${entry.name}`);
      files++;
      bytes += facts?.sizeBytes ?? 0;
      newestMs = Math.max(newestMs, facts?.modifiedMs ?? 0);
    }
  }
  return { files, bytes, newestMs, isPartial: files >= walkedFilesMax };
}
