// From specifiers to targets: oxc-resolver (tsconfig paths, packages, links), then workspace packages without an install.
import { posix } from "node:path";
import { isBuiltin } from "node:module";
import type { FileFacts, ImportFact, ImportTarget, ResolvedFacts } from "../../types/facts.ts";
import type { ImportResolver, ResolverInput } from "../adapter.ts";
import { createManifestGuard, type ManifestGuard } from "./manifest-guard.ts";
import { type Manifest, readManifests, sourceOfEntry, sourceOfOutput, type WorkspacePackage, workspacePackages } from "./workspace.ts";

const extensions = [".ts", ".tsx", ".mts", ".cts", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".json"];

/** Every specifier goes through the native resolver: path arithmetic would take a link for the file that it hides. */
export async function loadImportResolver(input: ResolverInput): Promise<ImportResolver> {
  const { ResolverFactory } = await import("oxc-resolver");
  const native = new ResolverFactory({
    tsconfig: "auto", extensions, builtinModules: false, symlinks: true, nodePath: false,
    extensionAlias: { ".js": [".ts", ".tsx", ".d.ts", ".js"], ".jsx": [".tsx", ".jsx"], ".mjs": [".mts", ".mjs"], ".cjs": [".cts", ".cjs"] },
    conditionNames: ["types", "import", "require", "node", "default"], mainFields: ["types", "module", "main"],
  });
  const plain: ResolveContext = {
    rootPath: input.rootPath, isSource: input.isSource, manifests: new Map(), packages: new Map(),
    guard: createManifestGuard(input.providers, input.rootPath, input.isRead),
    resolve: (path, specifier) => native.resolveFileSync(path, specifier),
  };
  let full: Promise<ResolveContext> | undefined;
  const loadFull = async (): Promise<ResolveContext> => {
    const manifests = await readManifests(input.providers, input.rootPath, input.files.filter((file) => /(^|\/)package\.json$/.test(file)));
    return { ...plain, manifests, packages: workspacePackages(manifests) };
  };
  const resolveAll = async (facts: FileFacts, context: ResolveContext): Promise<ResolvedFacts> => {
    const imports: ResolvedFacts["imports"][number][] = [];
    for (const one of facts.imports) imports.push({ ...one, target: await resolveImport(facts.file, one, context) });
    return { ...facts, imports };
  };
  return async (facts) => {
    // The manifests of a large monorepo cost more than one file's whole check; most files' imports do not need them.
    const resolved = full === undefined ? await resolveAll(facts, plain) : undefined;
    if (resolved !== undefined && !resolved.imports.some(isOpenQuestion)) return resolved;
    return resolveAll(facts, await (full ??= loadFull()));
  };
}

function isOpenQuestion(fact: ResolvedFacts["imports"][number]): boolean {
  return fact.specifier !== undefined && (fact.target.kind === "unresolved" || fact.target.kind === "asset");
}

interface ResolveContext {
  readonly rootPath: string;
  isSource(file: string): boolean;
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly packages: ReadonlyMap<string, WorkspacePackage>;
  readonly guard: ManifestGuard;
  resolve(path: string, specifier: string): { readonly path?: string; readonly error?: string };
}

async function resolveImport(file: string, fact: ImportFact, context: ResolveContext): Promise<ImportTarget> {
  if (fact.specifier === undefined) return { kind: "unresolved", reason: "the specifier is computed at run time" };
  const specifier = fact.specifier.replace(/[?#](?=.).*$/, (tail, at: number) => (at === 0 ? tail : ""));
  if (specifier === "") return { kind: "unresolved", reason: "the specifier is empty" };
  const isRelative = /^\.{1,2}(\/|$)/.test(specifier);
  if (/^[a-z][a-z+.-]+:/i.test(specifier) && !specifier.startsWith("node:")) {
    return specifier.startsWith("file:") ? { kind: "unresolved", reason: "a file: address" } : { kind: "package", name: specifier.replace(/@[^@/]*$/, ""), specifier };
  }
  if (isBuiltin(specifier) && !context.packages.has(specifier)) return { kind: "builtin", name: specifier.startsWith("node:") ? specifier : `node:${specifier}` };
  const refusal = await context.guard.refuse(file, specifier);
  if (refusal !== undefined) return { kind: "unresolved", reason: refusal };
  const result = context.resolve(`${context.rootPath}/${file}`, specifier);
  if (result.path !== undefined) return targetOfPath(result.path.replace(/[?#].*$/, ""), specifier, context);
  return isRelative || specifier.startsWith("/") ? relativeFallback(file, specifier, context) : packageFallback(file, specifier, context);
}

function targetOfPath(path: string, specifier: string, context: ResolveContext): ImportTarget {
  const prefix = `${context.rootPath}/`;
  const isInside = path.startsWith(prefix);
  const relative = isInside ? path.slice(prefix.length) : path;
  if (isInside && context.isSource(relative)) return { kind: "file", file: relative };
  if (isInside && !relative.includes("node_modules/")) return insideTarget(relative, specifier, context);
  const name = packageName(specifier);
  return name === undefined ? { kind: "asset", path: isInside ? relative : path } : { kind: "package", name, specifier };
}

/** A file of the repository that is no listed source: built output of a package, a declaration that is ignored, or data. */
function insideTarget(relative: string, specifier: string, context: ResolveContext): ImportTarget {
  const owner = ownerOf(relative, context);
  const source = owner === undefined ? undefined : sourceOfOutput(owner, owner === "" ? relative : relative.slice(owner.length + 1), context.isSource);
  if (source !== undefined) return { kind: "file", file: source };
  const item = context.packages.get(packageName(specifier) ?? "");
  const entry = item === undefined ? undefined : sourceOfEntry(item, subpathOf(specifier, item.name), context.isSource);
  return entry === undefined ? { kind: "asset", path: relative } : { kind: "file", file: entry };
}

function ownerOf(file: string, context: ResolveContext): string | undefined {
  for (let folder = posix.dirname(file); ; folder = posix.dirname(folder)) {
    const key = folder === "." ? "" : folder;
    if (context.manifests.has(key)) return key;
    if (key === "") return undefined;
  }
}

function relativeFallback(file: string, specifier: string, context: ResolveContext): ImportTarget {
  const path = posix.normalize(posix.join(posix.dirname(file), specifier));
  if (path.startsWith("../")) return { kind: "unresolved", reason: "no such file, and outside of the repository" };
  const owner = ownerOf(file, context);
  const isBelow = owner !== undefined && (owner === "" || path.startsWith(`${owner}/`));
  // A program's launcher imports what a build makes: `../dist/main.js`.
  const source = isBelow ? sourceOfOutput(owner, owner === "" ? path : path.slice(owner.length + 1), context.isSource) : undefined;
  if (source !== undefined && /(^|\/)(dist|build|lib|out)\//.test(path)) return { kind: "file", file: source };
  return { kind: "unresolved", reason: `no such file: ${path}` };
}

function packageFallback(file: string, specifier: string, context: ResolveContext): ImportTarget {
  const name = packageName(specifier);
  if (name === undefined) return { kind: "unresolved", reason: "no such alias in the nearest tsconfig.json or package.json" };
  const item = context.packages.get(name);
  if (item !== undefined) {
    const source = sourceOfEntry(item, subpathOf(specifier, name), context.isSource);
    return source === undefined ? { kind: "unresolved", reason: `no source found for this entry of the workspace package ${name}` } : { kind: "file", file: source };
  }
  return isDeclared(file, name, context) ? { kind: "package", name, specifier } : { kind: "unresolved", reason: `the package ${name} is neither installed nor declared in a package.json above` };
}

function isDeclared(file: string, name: string, context: ResolveContext): boolean {
  const names = [name, `@types/${name.replace(/^@/, "").replace("/", "__")}`];
  for (let folder = posix.dirname(file); ; folder = posix.dirname(folder)) {
    const manifest = context.manifests.get(folder === "." ? "" : folder);
    if (manifest !== undefined && names.some((one) => manifest.dependencies.has(one))) return true;
    if (folder === "." || folder === "/") return false;
  }
}

/** `@scope/name` or `name`; undefined for what no package can be called. */
function packageName(specifier: string): string | undefined {
  return /^(@[\w.-]+\/[\w.-]+|[A-Za-z0-9_][\w.-]*)/.exec(specifier)?.[0];
}

function subpathOf(specifier: string, name: string): string {
  return specifier === name ? "." : `.${specifier.slice(name.length)}`;
}
