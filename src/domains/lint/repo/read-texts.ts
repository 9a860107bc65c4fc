// Reads the files besides sources that rules ask for, with bounds. Knows none of their formats.
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import type { RepositoryText } from "../types/repository-text.ts";

/** A coverage report of a million lines has some 50 MB; more would fill memory with what no rule reads. */
const fileBytesMax = 64 * 1024 * 1024;
/** Enough for the manifests of the largest monorepos. */
const filesMax = 20_000;
const batchFiles = 64;

/** By path; what does not exist or is no regular file inside of the root is missing. Rejects with FILE_TOO_LARGE: a rule that saw half a report would be wrong. */
export async function readTexts(providers: Providers, rootPath: string, files: readonly string[]): Promise<ReadonlyMap<string, RepositoryText>> {
  const found = new Map<string, RepositoryText>();
  const wanted = files.slice(0, filesMax).filter((file) => !file.startsWith("/") && !file.split("/").includes(".."));
  for (let start = 0; start < wanted.length; start += batchFiles) {
    await Promise.all(wanted.slice(start, start + batchFiles).map(async (file) => {
      const path = `${rootPath}/${file}`;
      const facts = await providers.files.facts(path);
      if (facts?.kind !== "file") return;
      if (facts.sizeBytes > fileBytesMax) throw new InspanError("FILE_TOO_LARGE", `Cannot read "${file}" for a rule: it has ${Math.round(facts.sizeBytes / 1024 / 1024)} MB, expected at most ${fileBytesMax / 1024 / 1024}.`, { kind: "usage", remedy: "name another file in the rule, or take the rule out of inspan.yaml" });
      const text = await providers.files.readText(path);
      if (text !== undefined) found.set(file, { text: text.startsWith("\uFEFF") ? text.slice(1) : text, modifiedMs: facts.modifiedMs });
    }));
  }
  return found;
}
