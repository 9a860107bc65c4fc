// Reads a repository's listing and our templates. Decides nothing.
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Files } from "../../../providers/index.ts";
import type { DomainsFacts, RepositoryListing, ScaffoldFile } from "../types/repository.ts";

// From src and from dist the same number of folders up: templates lie at the top of the checkout and of the package.
const templatesPath = fileURLToPath(new URL("../../../../templates/init/", import.meta.url));
// Places where repositories keep their domains, the first that exists counts.
const domainsPaths = ["src/domains", "src/features", "src/modules", "app/domains", "domains", "packages", "internal"];
// A folder of more entries holds something else than domains.
const domainsMax = 200;

async function readDomains(files: Files, rootPath: string): Promise<DomainsFacts | undefined> {
  for (const path of domainsPaths) {
    const names = (await files.list(join(rootPath, path))).filter((entry) => entry.kind === "folder" && !entry.name.startsWith(".") && entry.name !== "node_modules").map((entry) => entry.name);
    if (names.length === 0 || names.length > domainsMax) continue;
    const entries = (await Promise.all(names.map((name) => files.list(join(rootPath, path, name))))).flat().map((entry) => entry.name);
    const hasDoors = entries.some((name) => /^index\.[cm]?[jt]sx?$/.test(name));
    return { path, names, parts: [...new Set(entries.map((name) => name.replace(/\..*$/, "")).filter((name) => name !== ""))].sort(), hasDoors, isPackages: path === "packages" };
  }
  return undefined;
}

/** The root of a repository as it lies there; a folder that does not exist reads as an empty one. */
export async function readListing(files: Files, rootPath: string): Promise<RepositoryListing> {
  const entries = await files.list(rootPath);
  const read = (name: string): Promise<string | undefined> => (entries.some((entry) => entry.name === name && entry.kind === "file") ? files.readText(join(rootPath, name)) : Promise.resolve(undefined));
  const [packageJson, pyproject, goModule, cargo, domains, providers] = await Promise.all([
    read("package.json"), read("pyproject.toml"), read("go.mod"), read("Cargo.toml"), readDomains(files, rootPath), files.facts(join(rootPath, "src", "providers")),
  ]);
  return {
    folderName: basename(rootPath) || "repository",
    files: entries.filter((entry) => entry.kind === "file").map((entry) => entry.name),
    folders: entries.filter((entry) => entry.kind === "folder").map((entry) => entry.name),
    packageJson, pyproject, goModule, cargo, domains, hasProviders: providers?.kind === "folder",
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
