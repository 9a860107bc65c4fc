// Packages of the repository itself: their names, and which source file an entry of theirs stands for without a build or an install.
import type { Providers } from "../../../../providers/index.ts";

export interface WorkspacePackage {
  readonly name: string;
  /** Relative to the root; empty for the root itself. */
  readonly folder: string;
  readonly manifest: Manifest;
}

export interface Manifest {
  readonly name: string | undefined;
  readonly dependencies: ReadonlySet<string>;
  readonly exports: unknown;
  /** `source`, `types`, `module` and `main`, as far as they are there, in this order. */
  readonly entries: readonly string[];
}

/** The largest manifests that people keep are some 100 kB; more would only fill memory. */
const manifestBytesMax = 4 * 1024 * 1024;

/** Manifests by folder ("" is the root). A manifest that is no JSON object counts as absent: its tool will say so. */
export async function readManifests(providers: Providers, rootPath: string, manifests: readonly string[]): Promise<ReadonlyMap<string, Manifest>> {
  const found = new Map<string, Manifest>();
  for (const file of manifests) {
    if (!file.endsWith("package.json")) continue;
    const facts = await providers.files.facts(`${rootPath}/${file}`);
    if (facts?.kind !== "file" || facts.sizeBytes > manifestBytesMax) continue; // a link to a device, a pipe or a dump would fill memory
    const manifest = parseManifest(await providers.files.readText(`${rootPath}/${file}`));
    if (manifest !== undefined) found.set(file.replace(/\/?package\.json$/, ""), manifest);
  }
  return found;
}

function parseManifest(text: string | undefined): Manifest | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try { value = JSON.parse(text); } catch { return undefined; }
  if (!isRecord(value)) return undefined;
  const dependencies = new Set<string>();
  for (const key of ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"]) {
    const part = value[key];
    if (isRecord(part)) for (const name of Object.keys(part)) dependencies.add(name);
  }
  const entries = ["source", "types", "typings", "module", "main"].flatMap((key) => (typeof value[key] === "string" ? [value[key]] : []));
  return { name: typeof value["name"] === "string" ? value["name"] : undefined, dependencies, exports: value["exports"], entries };
}

/** The packages by name; of two with one name the one nearer to the root wins. */
export function workspacePackages(manifests: ReadonlyMap<string, Manifest>): ReadonlyMap<string, WorkspacePackage> {
  const found = new Map<string, WorkspacePackage>();
  const folders = [...manifests.keys()].sort((left, right) => left.split("/").length - right.split("/").length || (left < right ? -1 : 1));
  for (const folder of folders) {
    const manifest = manifests.get(folder);
    if (manifest?.name !== undefined && !found.has(manifest.name)) found.set(manifest.name, { name: manifest.name, folder, manifest });
  }
  return found;
}

/** The source file that `subpath` ("." or "./x") of a package stands for, or undefined where no candidate is among the sources. */
export function sourceOfEntry(item: WorkspacePackage, subpath: string, isSource: (file: string) => boolean): string | undefined {
  const targets = exportTargets(item.manifest.exports, subpath);
  if (targets.length === 0 && item.manifest.exports === undefined) targets.push(...(subpath === "." ? item.manifest.entries : [subpath]));
  if (subpath === "." && item.manifest.exports === undefined) targets.push("./src/index.ts", "./index.ts");
  for (const target of targets) {
    const found = sourceOfOutput(item.folder, target.replace(/^\.\//, ""), isSource);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All paths that an `exports` field offers for a subpath, whatever the condition, `source` and `types` first. */
function exportTargets(exports: unknown, subpath: string): string[] {
  if (typeof exports === "string" || Array.isArray(exports)) return subpath === "." ? conditionTargets(exports, "") : [];
  if (!isRecord(exports)) return [];
  const keys = Object.keys(exports);
  if (!keys.some((key) => key.startsWith("."))) return subpath === "." ? conditionTargets(exports, "") : [];
  if (Object.hasOwn(exports, subpath)) return conditionTargets(exports[subpath], "");
  const patterns = keys.filter((key) => key.includes("*")).sort((left, right) => right.indexOf("*") - left.indexOf("*"));
  for (const pattern of patterns) {
    const [head = "", tail = ""] = pattern.split("*");
    if (subpath.startsWith(head) && subpath.endsWith(tail) && subpath.length >= head.length + tail.length) {
      return conditionTargets(exports[pattern], subpath.slice(head.length, subpath.length - tail.length));
    }
  }
  return [];
}

function conditionTargets(value: unknown, star: string): string[] {
  if (typeof value === "string") return [value.replaceAll("*", star)];
  if (Array.isArray(value)) return value.flatMap((one) => conditionTargets(one, star));
  if (!isRecord(value)) return [];
  const rank = (key: string) => ["source", "development", "types", "import", "module", "default", "require", "node"].indexOf(key) >>> 0;
  return Object.keys(value).sort((left, right) => rank(left) - rank(right)).flatMap((key) => conditionTargets(value[key], star));
}

const outputFolder = /^(dist|build|lib|out|esm|cjs|es|output|\.output|types)\//;

/** The source that an output path of a package was most likely built from: `dist/a.js` → `src/a.ts`, then `a.ts`. */
export function sourceOfOutput(folder: string, path: string, isSource: (file: string) => boolean): string | undefined {
  const at = (relative: string) => (folder === "" ? relative : `${folder}/${relative}`);
  const bare = path.replace(/(\.d)?\.[cm]?[jt]sx?$/, "");
  const stems = [bare];
  for (let rest = bare; outputFolder.test(rest);) {
    rest = rest.replace(outputFolder, "");
    stems.push(rest.startsWith("src/") ? rest : `src/${rest}`, rest, `src/exports/${rest}`);
  }
  if (isSource(at(path))) return at(path);
  for (const stem of stems) {
    for (const ending of [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", "/index.ts", "/index.tsx", "/index.js"]) if (isSource(at(stem + ending))) return at(stem + ending);
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
