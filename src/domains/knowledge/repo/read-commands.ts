// What can be run in a repository by name: scripts, targets, recipes, programs. Reads manifests, executes nothing.
import { z } from "zod";
import { mapBounded } from "../../../base/async.ts";
import type { Files } from "../../../providers/index.ts";
import type { Commands } from "../types/world.ts";

/** A workspace of more packages is read only so far; a script of the rest may be said to be missing, which the finding's text survives. */
const manifestsMax = 2000;
const bytesMax = 1024 * 1024;

const Manifest = z.object({
  name: z.string().optional().catch(undefined),
  scripts: z.record(z.string(), z.unknown()).optional().catch(undefined),
  bin: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .optional()
    .catch(undefined),
  dependencies: z.record(z.string(), z.unknown()).optional().catch(undefined), devDependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

export async function readCommandNames(files: Files, rootPath: string, all: readonly string[]): Promise<Commands> {
  const ofName = (pattern: RegExp): readonly string[] => all.filter((file) => pattern.test(file)).slice(0, manifestsMax);
  const read = (list: readonly string[]): Promise<string[]> => mapBounded(list, 32, async (file) => {
    const facts = await files.facts(`${rootPath}/${file}`);
    return facts?.kind === "file" && facts.sizeBytes <= bytesMax ? await files.readText(`${rootPath}/${file}`) ?? "" : "";
  });
  const manifestFiles = ofName(/(^|\/)package\.json$/);
  const makeFiles = ofName(/(^|\/)(GNUm|M|m)akefile$|\.mk$/);
  const justFiles = ofName(/(^|\/)\.?justfile$|\.just$/i);
  const [manifests, makes, justs] = [await read(manifestFiles), await read(makeFiles), await read(justFiles)];
  const scripts = new Set<string>();
  const programs = new Set<string>();
  for (const text of manifests) {
    const value = parse(text);
    for (const name of Object.keys(value.scripts ?? {})) scripts.add(name);
    for (const name of Object.keys({ ...value.dependencies, ...value.devDependencies })) programs.add(name.slice(name.indexOf("/") + 1));
    if (typeof value.bin === "object") for (const name of Object.keys(value.bin)) programs.add(name);
    if (value.name !== undefined) programs.add(value.name.slice(value.name.indexOf("/") + 1));
  }
  const makeText = makes.join("\n");
  const justText = justs.join("\n");
  return {
    scripts, programs,
    makeTargets: new Set([...makeText.matchAll(/^([\w][\w ./-]*?)\s*:(?!=)/gm), ...makeText.matchAll(/^\.PHONY\s*:\s*(.*)$/gm)].flatMap((match) => (match[1] ?? "").split(/\s+/))),
    justRecipes: new Set([...justText.matchAll(/^@?([A-Za-z_][\w-]*)(?: [^\n:]*)?:(?!=)/gm), ...justText.matchAll(/^alias\s+([\w-]+)\s*:=/gm)].map((match) => match[1] ?? "")),
    hasManifest: manifestFiles.length > 0, hasMakefile: makeFiles.length > 0, hasJustfile: justFiles.length > 0,
    isMakeOpen: /^[^\s#:]*%[^:]*:|^-?include\s|\$\(eval|^\$\([\w-]+\)\s*:/m.test(makeText), isJustOpen: /^(import|mod)\??\s/m.test(justText),
  };
}

function parse(text: string): z.infer<typeof Manifest> {
  try { return Manifest.safeParse(JSON.parse(text.replace(/^\uFEFF/, ""))).data ?? {}; } catch { return {}; } // the package manager will say what is wrong with it
}
