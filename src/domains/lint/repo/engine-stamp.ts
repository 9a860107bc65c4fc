// A text that changes whenever the code of the check does: caches of an older engine, or of one under edit, are not believed.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Files } from "../../../providers/index.ts";
import { stampText } from "./stamps.ts";

const here = dirname(fileURLToPath(import.meta.url));

/** Sizes and times of this domain's own files; about two milliseconds. */
export async function readEngineStamp(files: Files): Promise<string> {
  return [`${process.version} ${process.arch}`, ...await stampsBelow(files, [join(here, "..")])].join("\n");
}

/** Of every program file, for answers that rules of other domains have a part in. A package that was installed changes with its manifest alone. */
export async function readProgramStamp(files: Files): Promise<string> {
  const top = join(here, "..", "..", "..");
  const manifest = files.now.facts(join(top, "..", "package.json"));
  const isInstalled = top.includes(`${join("/", "node_modules")}/`);
  return [
    `${process.version} ${process.arch} ${manifest === undefined ? "" : stampText(manifest)}`,
    ...(isInstalled
      ? []
      : await stampsBelow(
          files,
          ["domains", "base", "providers"].map((name) => join(top, name)),
        )),
  ].join("\n");
}

async function stampsBelow(files: Files, folders: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  const waiting = [...folders];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of await files.list(folder)) {
      const path = join(folder, entry.name);
      if (entry.kind === "folder") { waiting.push(path); continue; }
      if (!/\.[jt]s$/.test(entry.name) || /\.test\.[jt]s$/.test(entry.name)) continue;
      const facts = files.now.facts(path);
      found.push(`${entry.name} ${facts?.sizeBytes} ${facts?.modifiedMs}`);
    }
  }
  return found;
}
