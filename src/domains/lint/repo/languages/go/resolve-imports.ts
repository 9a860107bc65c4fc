// From Go's import paths to files. A package is a folder; an edge needs a file, so the package is represented by the first of its files by name that is no test.
import { posix } from "node:path";
import type { FileFacts, ImportTarget, ResolvedFacts } from "../../../types/facts.ts";
import type { ImportResolver, ResolverInput } from "../../adapter.ts";

/** A go.mod is a few kilobytes; more would only fill memory. */
const manifestBytesMax = 1024 * 1024;

export interface GoModule {
  readonly path: string;
  /** Relative to the root; empty for the root itself. */
  readonly folder: string;
}

/** The file that stands for the package in a folder; null where its files are no sources (testdata), undefined where there are none. */
type Representative = (folder: string) => string | null | undefined;

export function loadGoResolver(input: ResolverInput): Promise<ImportResolver> {
  let modules: Promise<readonly GoModule[]> | undefined;
  const packages = new Map<string, string>();
  const byFolder = new Map<string, string[]>();
  for (const file of input.files) {
    if (!file.endsWith(".go") || file.endsWith("_test.go")) continue;
    const folder = folderOf(file);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), file]);
  }
  const representative: Representative = (folder) => {
    const known = packages.get(folder);
    if (known !== undefined && input.isSource(known)) return known;
    const all = byFolder.get(folder);
    const found = all?.find((file) => input.isSource(file)) ?? (all === undefined ? undefined : null);
    if (found !== undefined && found !== null) packages.set(folder, found);
    return found;
  };
  return Promise.resolve(async (facts) => {
    if (facts.imports.length === 0) return { ...facts, imports: [] };
    modules ??= readModules(input);
    return resolveAll(facts, await modules, representative);
  });
}

function resolveAll(facts: FileFacts, modules: readonly GoModule[], representative: Representative): ResolvedFacts {
  return { ...facts, imports: facts.imports.map((fact) => ({ ...fact, target: resolveGoImport(facts.file, fact.specifier ?? "", modules, representative) })) };
}

/** https://go.dev/ref/mod#resolve-pkg-mod, without the network: longest module path of the repository, then standard library, then somebody else's module. */
export function resolveGoImport(file: string, path: string, modules: readonly GoModule[], representative: Representative): ImportTarget {
  if (path === "") return { kind: "unresolved", reason: "the import path is empty" };
  if (path === "C") return { kind: "builtin", name: "C" };
  if (path.startsWith("./") || path.startsWith("../")) return targetOf(posix.normalize(posix.join(folderOf(file), path)), path, representative);
  const own = modules.filter((one) => path === one.path || path.startsWith(`${one.path}/`));
  for (const one of own) {
    const target = targetOf(join(one.folder, path.slice(one.path.length + 1)), path, representative);
    if (target.kind !== "unresolved") return target;
  }
  const [longest] = own;
  if (longest !== undefined) return { kind: "unresolved", reason: `no Go file in ${join(longest.folder, path.slice(longest.path.length + 1)) || "the root"}` };
  // Only paths of the standard library have no dot in their first part.
  return path.split("/", 1)[0]?.includes(".") === true ? { kind: "package", name: moduleName(path), specifier: path } : { kind: "builtin", name: path };
}

function targetOf(folder: string, path: string, representative: Representative): ImportTarget {
  const file = representative(folder === "." ? "" : folder);
  if (file === null) return { kind: "asset", path: folder };
  return file === undefined ? { kind: "unresolved", reason: `no Go file in ${folder} (imported as ${path})` } : { kind: "file", file };
}

/** Host, owner and repository of a path on the usual hosts, else the path itself: which part is the module nobody knows without a download. */
function moduleName(path: string): string {
  const parts = path.split("/");
  return /^(github|gitlab|bitbucket)\./.test(path)
    ? parts.slice(0, 3).join("/")
    : /^(golang\.org|google\.golang\.org|gopkg\.in|go\.uber\.org|k8s\.io)$/.test(parts[0] ?? "")
      ? parts.slice(0, parts[0] === "golang.org" ? 3 : 2).join("/")
      : path;
}

function join(folder: string, path: string): string {
  return folder === "" ? path : path === "" ? folder : `${folder}/${path}`;
}

function folderOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf("/")));
}

async function readModules(input: ResolverInput): Promise<readonly GoModule[]> {
  const modules: GoModule[] = [];
  for (const file of input.files) {
    if (!/(^|\/)go\.mod$/.test(file)) continue;
    const facts = await input.providers.files.facts(`${input.rootPath}/${file}`);
    if (facts?.kind !== "file" || facts.sizeBytes > manifestBytesMax) continue;
    modules.push(...parseGoMod(await input.providers.files.readText(`${input.rootPath}/${file}`) ?? "", folderOf(file)));
  }
  return modules.sort((left, right) => right.path.length - left.path.length || left.folder.length - right.folder.length);
}

/** The module itself, and modules that it replaces by a folder of the repository. */
export function parseGoMod(text: string, folder: string): readonly GoModule[] {
  const path = /^\s*module\s+"?([^\s"/][^\s"]*)"?/m.exec(text)?.[1];
  const modules: GoModule[] = path === undefined ? [] : [{ path, folder }];
  for (const match of text.matchAll(/^[ \t]*(?:replace[ \t]+)?([^\s"(]+)(?:[ \t]+v\S+)?[ \t]*=>[ \t]*(\.{1,2}\/\S*|\.{1,2})(?=\s|$)/gm)) {
    const target = posix.normalize(posix.join(folder, match[2] ?? "")).replace(/\/+$/, "");
    if (!target.startsWith("..")) modules.push({ path: match[1] ?? "", folder: target === "." ? "" : target });
  }
  return modules;
}
