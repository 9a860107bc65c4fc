// Reads inspan.yaml as text, and only what can be one: a repository may hold a link to a device, a pipe or a dump in its place.
import { join, sep } from "node:path";
import { InspanError } from "../base/errors.ts";
import type { Files } from "../providers/index.ts";

// No person writes more; a larger file would fill memory before its text can be refused.
const bytesMax = 2 * 1024 * 1024;

/** Undefined where there is no file; rejects with CONFIG_INVALID where it is none of the repository, no regular file, or too large. */
export async function readConfigurationText(files: Files, rootPath: string): Promise<string | undefined> {
  const path = join(rootPath, "inspan.yaml");
  const real = await files.realPath(path);
  if (real === undefined) return undefined;
  const root = await files.realPath(rootPath) ?? rootPath;
  if (!real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) throw refuse("it is a link that leaves the repository");
  const facts = await files.facts(real);
  if (facts === undefined) return undefined;
  if (facts.kind !== "file") throw refuse(facts.kind === "folder" ? "it is a folder" : "it is no regular file");
  if (facts.sizeBytes > bytesMax) throw refuse(`it has ${(facts.sizeBytes / 1024 / 1024).toFixed(1)} MB`);
  return files.readText(real);
}

function refuse(found: string): InspanError {
  return new InspanError(
    "CONFIG_INVALID",
    `Cannot read "inspan.yaml": ${found}, expected a regular file of the repository of at most ${bytesMax / 1024 / 1024} MB.`,
    { kind: "usage", remedy: "ls -l inspan.yaml" },
  );
}
