// From specifiers to targets without a build, an install or the repository's own code: tsconfig paths, workspace packages, package fields, files.
import { posix } from "node:path";
import { isBuiltin } from "node:module";
import type { FileFacts, ImportFact, ImportTarget, ResolvedFacts } from "../../types/facts.ts";
import type { ImportResolver, ResolverInput } from "../adapter.ts";
import type { Found, Tree } from "../tree.ts";
import { configOfEntry, type EntryContext, sourceOfEntry, sourceOfOutput, targetOfImport } from "./entries.ts";
import { createTsConfigs, normal, parentOf, type TsConfig, type TsConfigs } from "./tsconfig.ts";
import { createWorkspace, type Manifest, type Workspace } from "./workspace.ts";

const extensions = [".ts", ".tsx", ".mts", ".cts", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".json"];
/** An ending of JavaScript in a specifier may stand for the TypeScript that it is made from. */
const sourcesOfEnding: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx", ".d.ts", ".js", ".jsx"], ".jsx": [".tsx", ".jsx"], ".mjs": [".mts", ".d.mts", ".mjs"], ".cjs": [".cts", ".d.cts", ".cjs"],
};
/** What a package is built by, where the configuration for its editor says nothing of output. */
const buildConfigs = ["tsconfig.build.json", "tsconfig.lib.json", "tsconfig.prod.json"];
/** A package may name another by `imports`; more hops are a circle. */
const hopsMax = 5;

interface Context extends EntryContext {
  readonly tree: Tree;
  readonly workspace: Workspace;
  readonly configs: TsConfigs;
  readonly installed: Map<string, boolean>;
  /** The projects of the file that was asked for last: its imports come one after the other. */
  readonly last: { file: string | undefined; projects: readonly TsConfig[] };
}

/** Reads manifests when the first import asks for them. */
export async function loadImportResolver({ tree, files }: ResolverInput): Promise<ImportResolver> {
  const workspace = createWorkspace(tree, files);
  const configs = createTsConfigs(tree, (name) => {
    const item = workspace.named(name);
    return item === undefined ? undefined : { folder: item.folder, entryOf: (subpath) => configOfEntry(item, subpath) };
  });
  const outputOf: EntryContext["outputOf"] = (folder) => {
    const nearest = configs.nearest(folder);
    const builders = [nearest, ...(nearest?.references ?? []).map(configs.read), ...buildConfigs.map((name) => configs.read(posix.join(folder, name)))];
    const config = builders.find((one) => one?.outDir !== undefined);
    return config?.outDir === undefined ? undefined : { outDir: config.outDir, rootDir: config.rootDir ?? posix.join(parentOf(config.file), "src") };
  };
  const context: Context = { tree, workspace, configs, installed: new Map(), last: { file: undefined, projects: [] }, outputOf, isSource: (file) => tree.isSource(file) };
  // What is imported again and again from one folder of one project is resolved once.
  const known = new Map<string, Map<string, ImportTarget>>();
  const resolve = (file: string, fact: ImportFact): ImportTarget => {
    if (fact.specifier === undefined) return resolveImport(file, fact, context);
    const folder = parentOf(file);
    const own = known.get(folder) ?? new Map<string, ImportTarget>();
    known.set(folder, own);
    const key = `${fact.specifier}\n${projectsOf(file, context).at(0)?.file ?? ""}`;
    const target = own.get(key) ?? resolveImport(file, fact, context);
    own.set(key, target);
    return target;
  };
  tree.onRenew((renewed) => {
    for (const file of renewed) known.delete(parentOf(file));
    context.installed.clear();
  });
  return (facts: FileFacts): ResolvedFacts => ({ ...facts, imports: facts.imports.map((one) => ({ ...one, target: resolve(facts.file, one) })) });
}

function resolveImport(file: string, fact: ImportFact, context: Context): ImportTarget {
  if (fact.specifier === undefined) return { kind: "unresolved", reason: "the specifier is computed at run time" };
  const specifier = fact.specifier.replace(/[?#](?=.).*$/, (tail, at: number) => (at === 0 ? tail : ""));
  if (specifier === "") return { kind: "unresolved", reason: "the specifier is empty" };
  return resolveSpecifier({ file, folder: parentOf(file), specifier, hops: 0 }, context);
}

interface Question { readonly file: string; readonly folder: string; readonly specifier: string; readonly hops: number }

function resolveSpecifier(question: Question, context: Context): ImportTarget {
  const { file, folder, specifier } = question;
  if (/^\.{1,2}(\/|$)/.test(specifier)) return resolveRelative(question, context);
  if (/^[a-z][a-z+.-]+:/i.test(specifier) && !specifier.startsWith("node:")) {
    return specifier.startsWith("file:") ? { kind: "unresolved", reason: "a file: address" } : { kind: "package", name: specifier.replace(/@[^@/]*$/, ""), specifier };
  }
  const name = packageName(specifier);
  const member = name === undefined ? undefined : context.workspace.named(name);
  if (isBuiltin(specifier) && member === undefined) return { kind: "builtin", name: specifier.startsWith("node:") ? specifier : `node:${specifier}` };
  const config = context.configs.nearest(folder);
  const aliased = resolveAlias(projectsOf(file, context), specifier, context);
  if (aliased !== undefined) return targetOf(aliased, specifier, context);
  if (specifier.startsWith("#")) return resolvePackageImport(question, context);
  if (name === undefined) return { kind: "unresolved", reason: withProblem("no such alias in the nearest tsconfig.json", config, context) };
  return resolvePackage(question, { name, member }, context);
}

function resolveRelative({ file, folder, specifier }: Question, context: Context): ImportTarget {
  const path = normal(posix.join(folder, specifier));
  if (/^\.\.(\/|$)/.test(path)) return { kind: "unresolved", reason: "no such file, and outside of the repository" };
  const isFolder = /(^|\/)\.{0,2}$/.test(specifier);
  const look = (at: string) => (isFolder ? findFolder(at, context) : findPath(at, context));
  const found = look(path) ?? overlays(path, projectsOf(file, context)).map(look).find((one) => one !== undefined);
  if (found !== undefined) return targetOf(found, specifier, context);
  // A program's launcher imports what a build makes: `../dist/main.js`.
  const owner = context.workspace.above(folder)?.folder ?? "";
  const isBelow = owner === "" || path.startsWith(`${owner}/`);
  const source = isBelow && /(^|\/)(dist|build|lib|out)\//.test(path) ? sourceOfOutput(owner, owner === "" ? path : path.slice(owner.length + 1), context) : undefined;
  if (source !== undefined && source !== file) return { kind: "file", file: source };
  const onDisk = findOnDisk(path, context);
  return onDisk === undefined ? { kind: "unresolved", reason: `no such file: ${path}` } : targetOf(onDisk, specifier, context);
}

function targetOf(found: Found, specifier: string, context: Context): ImportTarget {
  if (found.kind === "source") return { kind: "file", file: found.file };
  const inPackage = found.file.lastIndexOf("node_modules/");
  if (inPackage !== -1) {
    const name = packageName(found.file.slice(inPackage + "node_modules/".length));
    return name === undefined ? { kind: "asset", path: found.file } : { kind: "package", name, specifier: packageName(specifier) === name ? specifier : name };
  }
  // Built output of a package, a declaration that is ignored, or data.
  const owner = context.workspace.above(parentOf(found.file))?.folder ?? "";
  const source = sourceOfOutput(owner, owner === "" ? found.file : found.file.slice(owner.length + 1), context);
  return source === undefined ? { kind: "asset", path: found.file } : { kind: "file", file: source };
}

/** The nearest tsconfig and the projects that it refers to; those that the file belongs to come first. */
function projectsOf(file: string, { configs, last }: Context): readonly TsConfig[] {
  if (last.file !== file) { last.file = file; last.projects = findProjects(file, configs); }
  return last.projects;
}

function findProjects(file: string, configs: TsConfigs): readonly TsConfig[] {
  const nearest = configs.nearest(parentOf(file));
  if (nearest === undefined) return [];
  if (nearest.references.length === 0) return [nearest];
  // A solution may refer to hundreds of projects; most say nothing about names.
  const all = [nearest, ...nearest.references.flatMap((one) => configs.read(one) ?? [])].filter(
    (one) => one.aliases.length > 0 || one.baseUrl !== undefined || one.rootDirs.length > 0,
  );
  const own = all.filter((one) => one.contains(file));
  return own.length === 0 ? all : [...own, ...all.filter((one) => !own.includes(one))];
}

/** Where else a path may lie whose folder is one of several `rootDirs` of its project. */
function overlays(path: string, [project]: readonly TsConfig[]): readonly string[] {
  const roots = project?.rootDirs ?? [];
  const root = roots.filter((one) => one === "" || path.startsWith(`${one}/`)).sort((left, right) => right.length - left.length)[0];
  return root === undefined ? [] : roots.filter((one) => one !== root).map((one) => posix.join(one, root === "" ? path : path.slice(root.length + 1)));
}

/** Aliases of the file's project, then of those beside it, then their baseUrl. */
function resolveAlias(projects: readonly TsConfig[], specifier: string, context: Context): Found | undefined {
  for (const one of projects) {
    const alias = one.aliases.find(({ pattern }) => starOf(pattern, specifier) !== undefined);
    const star = alias === undefined ? undefined : starOf(alias.pattern, specifier);
    for (const target of alias?.targets ?? []) {
      const path = normal(target.replace("*", () => star ?? ""));
      const found = /^\.\.(\/|$)/.test(path) ? undefined : findPath(path, context) ?? findOnDisk(path, context) ?? findBuilt(path, context);
      if (found !== undefined) return found;
    }
  }
  for (const one of projects) {
    const path = one.baseUrl === undefined ? undefined : normal(posix.join(one.baseUrl, specifier));
    const found = path === undefined || /^\.\.(\/|$)/.test(path) ? undefined : findPath(path, context);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An alias into the output of a package stands for what it was built from. */
function findBuilt(path: string, context: Context): Found | undefined {
  const owner = context.workspace.above(parentOf(path))?.folder ?? "";
  const source = sourceOfOutput(owner, owner === "" ? path : path.slice(owner.length + 1), context);
  return source === undefined ? undefined : { kind: "source", file: source };
}

/** What the star of a pattern stands for; empty where it has none and is the specifier itself. */
function starOf(pattern: string, specifier: string): string | undefined {
  const at = pattern.indexOf("*");
  if (at === -1) return pattern === specifier ? "" : undefined;
  const tail = pattern.slice(at + 1);
  return specifier.length >= pattern.length - 1 && specifier.startsWith(pattern.slice(0, at)) && specifier.endsWith(tail)
    ? specifier.slice(at, specifier.length - tail.length)
    : undefined;
}

function resolvePackageImport(question: Question, context: Context): ImportTarget {
  const { folder, specifier, hops } = question;
  const owner = context.workspace.above(folder);
  const target = owner === undefined ? undefined : targetOfImport(owner, specifier, context);
  if (target === undefined || hops > hopsMax)
    return { kind: "unresolved", reason: withProblem("no such alias in the nearest tsconfig.json or package.json", context.configs.nearest(folder), context) };
  return "file" in target ? { kind: "file", file: target.file } : resolveSpecifier({ ...question, specifier: target.specifier, hops: hops + 1 }, context);
}

function resolvePackage({ folder, specifier }: Question, { name, member }: { readonly name: string; readonly member: Manifest | undefined }, context: Context): ImportTarget {
  const subpath = specifier === name ? "." : `.${specifier.slice(name.length)}`;
  const owner = context.workspace.above(folder);
  const item = owner?.name === name ? owner : member ?? linkedPackage(folder, name, context);
  const source = item === undefined ? undefined : sourceOfEntry(item, subpath, context);
  if (source !== undefined) return { kind: "file", file: source };
  if (item !== undefined) {
    const path = posix.join(item.folder, subpath);
    const found = subpath === "." ? undefined : context.tree.find(path);
    return found === undefined ? { kind: "unresolved", reason: `no source found for this entry of the workspace package ${name}` } : targetOf(found, specifier, context);
  }
  if (isDeclared(folder, name, context) || isInstalled(folder, name, context)) return { kind: "package", name, specifier };
  const stray = context.workspace.stray(name);
  const straySource = stray === undefined ? undefined : sourceOfEntry(stray, subpath, context);
  if (straySource !== undefined) return { kind: "file", file: straySource };
  return {
    kind: "unresolved",
    reason: withProblem(`the package ${name} is neither installed nor declared in a package.json above`, context.configs.nearest(folder), context),
    package: { name, specifier },
  };
}

/** A dependency under another name: `link:../x`, `file:../x`, `workspace:name@*`, or a link in node_modules into the repository. */
function linkedPackage(folder: string, name: string, context: Context): Manifest | undefined {
  for (let here = folder; ; here = parentOf(here)) {
    const version = context.workspace.at(here)?.dependencies.get(name);
    const path = version === undefined ? undefined : /^(?:link|file|portal):(.+)$/.exec(version)?.[1];
    if (path !== undefined) return context.workspace.at(normal(posix.join(here, path)));
    const other = version === undefined ? undefined : /^workspace:((?:@[^/]+\/)?[^@*^~]+)@/.exec(version)?.[1];
    if (other !== undefined) return context.workspace.named(other);
    if (version?.startsWith("workspace:")) return context.workspace.stray(name);
    if (version !== undefined || here === "") return undefined;
  }
}

function isDeclared(folder: string, name: string, context: Context): boolean {
  const names = [name, `@types/${name.replace(/^@/, "").replace("/", "__")}`];
  for (let here = folder; ; here = parentOf(here)) {
    const dependencies = context.workspace.at(here)?.dependencies;
    if (dependencies !== undefined && names.some((one) => dependencies.has(one))) return true;
    if (here === "") return false;
  }
}

function isInstalled(folder: string, name: string, context: Context): boolean {
  for (let here = folder; ; here = parentOf(here)) {
    for (const one of [name, `@types/${name.replace(/^@/, "").replace("/", "__")}`]) {
      const path = posix.join(here, "node_modules", one);
      let known = context.installed.get(path);
      if (known === undefined) context.installed.set(path, known = isNodeModulesThere(here, context) && context.tree.isThere(path));
      if (known) return true;
    }
    if (here === "") return false;
  }
}

function isNodeModulesThere(folder: string, context: Context): boolean {
  const path = posix.join(folder, "node_modules");
  let known = context.installed.get(path);
  if (known === undefined) context.installed.set(path, known = context.tree.isThere(path));
  return known;
}

/** The listed file that a path without a query stands for: itself, with an ending, or the index of a folder. */
function findPath(path: string, context: Context): Found | undefined {
  for (const one of candidates(path)) {
    const found = context.tree.find(one);
    if (found !== undefined) return found;
  }
  return findFolder(path, context);
}

function candidates(path: string): readonly string[] {
  const ending = /\.[cm]?jsx?$/.exec(path)?.[0];
  const sources = ending === undefined ? undefined : sourcesOfEnding[ending];
  const bare = sources === undefined ? [path] : sources.map((one) => path.slice(0, path.length - (ending?.length ?? 0)) + one);
  return [...bare, ...extensions.map((one) => path + one)];
}

function findFolder(folder: string, context: Context): Found | undefined {
  const manifest = folder === "" ? undefined : context.workspace.at(folder);
  const source = manifest === undefined || manifest.entries.length === 0 ? undefined : sourceOfEntry({ ...manifest, exports: undefined }, ".", context);
  if (source !== undefined) return { kind: "source", file: source };
  for (const one of extensions) {
    const found = context.tree.find(posix.join(folder, `index${one}`));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Below a link to a folder, or ignored by git. */
function findOnDisk(path: string, context: Context): Found | undefined {
  for (let above = parentOf(path); above !== ""; above = parentOf(above)) {
    if (!context.tree.has(above)) continue;
    const target = context.tree.linkTarget(above); // git lists a link to a folder as a file
    const real = target === undefined ? undefined : posix.join(target, path.slice(above.length + 1));
    return real === undefined ? undefined : findPath(real, context);
  }
  const target = context.tree.has(path) ? context.tree.linkTarget(path) : undefined;
  if (target !== undefined) return findFolder(target, context);
  for (const one of [...candidates(path), ...extensions.map((ending) => `${path}/index${ending}`)]) {
    const found = context.tree.findOnDisk(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `@scope/name` or `name`; undefined for what no package can be called. */
function packageName(specifier: string): string | undefined {
  return /^(@[\w.-]+\/[\w.-]+|[A-Za-z0-9_][\w.-]*)/.exec(specifier)?.[0];
}

/** An alias that is not found may be told by a configuration that could not be read. */
function withProblem(reason: string, config: TsConfig | undefined, context: Context): string {
  const problem = config?.problems[0];
  if (config === undefined || problem === undefined) return reason;
  context.tree.note(config.file, problem);
  return `${reason}; ${problem}`;
}
