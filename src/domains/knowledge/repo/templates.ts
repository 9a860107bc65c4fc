// Reads a repository's listing and our templates. Decides nothing.
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Files } from "../../../providers/index.ts";
import type { RepositoryListing, ScaffoldFile } from "../types/repository.ts";

// From src and from dist the same number of folders up: templates lie at the top of the checkout and of the package.
const templatesPath = fileURLToPath(new URL("../../../../templates/init/", import.meta.url));
/** The root of a repository as it lies there; a folder that does not exist reads as an empty one. */
export async function readListing(files: Files, rootPath: string): Promise<Omit<RepositoryListing, "proposal">> {
  const entries = await files.list(rootPath);
  const read = (name: string): Promise<string | undefined> =>
    entries.some((entry) => entry.name === name && entry.kind === "file") ? files.readText(join(rootPath, name)) : Promise.resolve(undefined);
  const [packageJson, pyproject, goModule, cargo] = await Promise.all([read("package.json"), read("pyproject.toml"), read("go.mod"), read("Cargo.toml")]);
  return {
    folderName: basename(rootPath) || "repository",
    files: entries.filter((entry) => entry.kind === "file").map((entry) => entry.name),
    folders: entries.filter((entry) => entry.kind === "folder").map((entry) => entry.name),
    packageJson, pyproject, goModule, cargo,
  };
}

/** Every file below templates/init, with its places still to fill; sorted by path. */
export async function readTemplates(files: Files): Promise<readonly ScaffoldFile[]> {
  const walk = async (folder: string): Promise<ScaffoldFile[]> => (await Promise.all((await files.list(join(templatesPath, folder))).map(async (entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    return entry.kind === "folder" ? walk(path) : [{ path, text: (await files.readText(join(templatesPath, path))) ?? "" }];
  }))).flat();
  return (await walk("")).sort((a, b) => (a.path < b.path ? -1 : 1));
}
