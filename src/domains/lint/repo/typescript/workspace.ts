// Packages of the repository itself: their names, what they depend on, and which of them other packages may import by name.
import { posix } from "node:path";
import { compileGlobs, type Matcher } from "../../config/match.ts";
import type { Tree } from "../tree.ts";
import { isRecord, parseJson, stringsOf } from "./json.ts";

export interface Manifest {
  /** Folder of its package.json, relative to the root; empty for the root itself. */
  readonly folder: string;
  readonly name: string | undefined;
  /** Names, with what is written as their version. */
  readonly dependencies: ReadonlyMap<string, string>;
  readonly exports: unknown;
  readonly imports: unknown;
  /** `source`, `types`, `module` and `main`, as far as they are there, in this order. */
  readonly entries: readonly string[];
  /** Where `extends` of another configuration leads that names the package alone. */
  readonly tsconfig: string | undefined;
}

export interface Workspace {
  /** The manifest of exactly this folder. */
  at(folder: string): Manifest | undefined;
  /** The nearest manifest at or above a folder. */
  above(folder: string): Manifest | undefined;
  /** The package that this name stands for everywhere in the repository. */
  named(name: string): Manifest | undefined;
  /** A package of that name that is no member of the workspace (an example, a fixture). */
  stray(name: string): Manifest | undefined;
}

/** Reads the manifests at the first question. One that is no JSON object counts as absent: its tool will say so. */
export function createWorkspace(tree: Tree, files: readonly string[]): Workspace {
  const byFolder = new Map<string, Manifest | undefined>();
  const at = (folder: string): Manifest | undefined => {
    if (byFolder.has(folder)) return byFolder.get(folder);
    const file = posix.join(folder, "package.json");
    const manifest = tree.has(file) ? parseManifest(folder, tree.readText(file)) : undefined;
    byFolder.set(folder, manifest);
    return manifest;
  };
  const above = (folder: string): Manifest | undefined => {
    for (let here = folder; ; here = here.includes("/") ? here.slice(0, here.lastIndexOf("/")) : "") {
      const manifest = at(here);
      if (manifest !== undefined || here === "") return manifest;
    }
  };
  let names: { readonly members: ReadonlyMap<string, Manifest>; readonly strays: ReadonlyMap<string, Manifest> } | undefined;
  const byName = () => names ??= nameManifests(files, at, membersOf(tree));
  return { at, above, named: (name) => byName().members.get(name), stray: (name) => byName().strays.get(name) };
}

/** Of two packages with one name the one nearer to the root wins. */
function nameManifests(files: readonly string[], at: (folder: string) => Manifest | undefined, isMember: Matcher) {
  const members = new Map<string, Manifest>();
  const strays = new Map<string, Manifest>();
  const folders = files.filter((file) => file === "package.json" || file.endsWith("/package.json")).map((file) => file.slice(0, -"/package.json".length))
    .sort((left, right) => left.split("/").length - right.split("/").length || (left < right ? -1 : 1));
  for (const folder of folders) {
    const manifest = at(folder);
    if (manifest?.name === undefined) continue;
    const found = folder === "" || isMember(folder) ? members : strays;
    if (!found.has(manifest.name)) found.set(manifest.name, manifest);
  }
  return { members, strays };
}

/** What the root declares as its workspaces; every folder where it declares none. */
function membersOf(tree: Tree): Matcher {
  const root = tree.has("package.json") ? parseJson(tree.readText("package.json") ?? "") : undefined;
  const workspaces = root?.["workspaces"];
  const declared = isRecord(workspaces) ? stringsOf(workspaces["packages"]) : stringsOf(workspaces);
  const globs = [...declared, ...pnpmPackages(tree.has("pnpm-workspace.yaml") ? (tree.readText("pnpm-workspace.yaml") ?? "") : "")].map((glob) =>
    glob.replace(/^(!?)\.\//, "$1").replace(/\/$/, ""),
  );
  return globs.length === 0 ? () => true : compileGlobs(globs);
}

/** The list `packages` of pnpm-workspace.yaml; the file is flat, and a YAML parser would be the heaviest part of a one-file check. */
function pnpmPackages(text: string): readonly string[] {
  const found: string[] = [];
  let isInside = false;
  for (const line of text.split("\n")) {
    if (/^packages\s*:/.test(line)) isInside = true;
    else if (/^\S/.test(line) && !line.startsWith("#") && !line.startsWith("-")) isInside = false;
    const glob = isInside ? /^\s*-\s*["']?([^"'#\s]+)/.exec(line)?.[1] : undefined;
    if (glob !== undefined) found.push(glob);
  }
  return found;
}

function parseManifest(folder: string, text: string | undefined): Manifest | undefined {
  const value = text === undefined ? undefined : parseJson(text);
  if (value === undefined) return undefined;
  const dependencies = new Map<string, string>();
  for (const key of ["optionalDependencies", "peerDependencies", "devDependencies", "dependencies"]) {
    const part = value[key];
    if (isRecord(part)) for (const [name, version] of Object.entries(part)) dependencies.set(name, String(version));
  }
  const entries = ["source", "types", "typings", "module", "main"].flatMap((key) => (typeof value[key] === "string" ? [value[key]] : []));
  return { folder, name: typeof value["name"] === "string" ? value["name"] : undefined, dependencies, exports: value["exports"], imports: value["imports"], entries,
    tsconfig: typeof value["tsconfig"] === "string" ? value["tsconfig"] : undefined };
}
