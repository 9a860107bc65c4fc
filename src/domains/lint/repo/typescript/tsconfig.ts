// What a tsconfig.json says about places: paths, baseUrl, output folders, what it extends and refers to. Read, never executed.
import { posix } from "node:path";
import { compileGlobs } from "../../config/match.ts";
import type { Tree } from "../tree.ts";
import { isRecord, parseJson, stringsOf } from "./json.ts";

/** Configurations that extend each other; a longer chain is a circle. */
const extendsMax = 30;
/** Projects of one solution file; real ones have some hundreds. */
const referencesMax = 1_000;
/** Entries of `files`, `include`, `exclude` or `rootDirs`; `files` lists of generators have some thousands. */
const membersMax = 10_000;

export interface PathAlias {
  /** With one `*` or none. */
  readonly pattern: string;
  /** Relative to the root, with one `*` or none. */
  readonly targets: readonly string[];
}

export interface TsConfig {
  readonly file: string;
  /** The most specific first. */
  readonly aliases: readonly PathAlias[];
  /** Relative to the root. */
  readonly baseUrl: string | undefined;
  readonly outDir: string | undefined;
  readonly rootDir: string | undefined;
  /** Folders that lie one over the other: `./x` in one of them may be in another. */
  readonly rootDirs: readonly string[];
  /** Files of the projects that it refers to. */
  readonly references: readonly string[];
  /** Whether a file belongs to this project: `files`, `include`, `exclude`. */
  contains(file: string): boolean;
  /** What is wrong with it, in words for a person. */
  readonly problems: readonly string[];
}

interface Raw {
  readonly paths?: readonly PathAlias[];
  readonly baseUrl?: string;
  readonly outDir?: string;
  readonly rootDir?: string;
  readonly rootDirs?: readonly string[];
  /** Globs relative to the root, as are those of `exclude`; `files` are paths. */
  readonly include?: string[];
  readonly exclude?: string[];
  readonly files?: readonly string[];
  readonly problems: readonly string[];
}

/** Asks a package of the workspace for the file that a subpath of its `exports` stands for, or its `tsconfig` field. */
export interface ConfigPackages { (name: string): { readonly folder: string; entryOf(subpath: string): string | undefined } | undefined }

export interface TsConfigs {
  /** The configuration of the nearest folder at or above a folder ("" is the root) that has one. */
  nearest(folder: string): TsConfig | undefined;
  /** Of this file; undefined where it cannot be read. */
  read(file: string): TsConfig | undefined;
  /** All that were read so far. */
  all(): readonly TsConfig[];
}

/** `packageOf` gives a package of the workspace by its name, for `extends`. */
export function createTsConfigs(tree: Tree, packageOf: ConfigPackages): TsConfigs {
  const byFile = new Map<string, TsConfig | undefined>();
  const byFolder = new Map<string, TsConfig | undefined>();
  const read = (file: string): TsConfig | undefined => {
    if (!byFile.has(file)) byFile.set(file, readConfig(file, { tree, packageOf }));
    return byFile.get(file);
  };
  const nearest = (folder: string): TsConfig | undefined => {
    if (byFolder.has(folder)) return byFolder.get(folder);
    const own = ["tsconfig.json", "jsconfig.json"].map((name) => posix.join(folder, name)).find((file) => tree.has(file));
    const config = (own === undefined ? undefined : read(own)) ?? (folder === "" ? undefined : nearest(parentOf(folder)));
    byFolder.set(folder, config);
    return config;
  };
  return { nearest, read, all: () => [...byFile.values()].filter((one) => one !== undefined) };
}

export function parentOf(folder: string): string {
  const at = folder.lastIndexOf("/");
  return at === -1 ? "" : folder.slice(0, at);
}

interface Context { readonly tree: Tree; readonly packageOf: ConfigPackages }

function readConfig(file: string, context: Context): TsConfig | undefined {
  const raw = readRaw(file, context, new Set());
  if (raw === undefined) return undefined;
  const text = context.tree.readText(file);
  const references = referencesOf(text === undefined ? undefined : parseJson(text), posix.dirname(file), context.tree);
  const { paths = [], rootDirs = [], baseUrl, outDir, rootDir, problems } = raw;
  let isIn: ((path: string) => boolean) | undefined;
  return { file, aliases: paths, baseUrl, outDir, rootDir, rootDirs, references, problems, contains: (path) => (isIn ??= membership(raw, posix.dirname(file)))(path) };
}

/** As the compiler has it: without `files` and `include` everything below the configuration's folder. */
function membership(raw: Raw, folder: string): (path: string) => boolean {
  const files = new Set(raw.files ?? []);
  const isIncluded = compileGlobs(raw.include ?? (raw.files === undefined ? [normal(posix.join(folder, "**"))] : []));
  const isExcluded = compileGlobs(raw.exclude ?? []);
  return (path) => files.has(path) || (isIncluded(path) && !isExcluded(path));
}

/** Undefined where the file is not there or too strange to read. */
function readRaw(file: string, context: Context, seen: ReadonlySet<string>, configFolder = posix.dirname(file)): Raw | undefined {
  const text = context.tree.readText(file);
  if (text === undefined) return undefined;
  const value = parseJson(text);
  if (value === undefined) return text.trim() === "" ? { problems: [] } : { problems: [`${file} is not readable as JSON with comments`] };
  if (seen.has(file) || seen.size > extendsMax) return { problems: [`${file} extends itself`] };
  const folder = posix.dirname(file);
  let raw: Raw = { problems: [] };
  for (const one of stringsOf(value["extends"])) {
    const base = extendedFile(one, folder, context);
    const inherited = base === undefined ? undefined : readRaw(base, context, new Set(seen).add(file), configFolder);
    const problems = inherited === undefined ? [`${file} extends "${one}", which is not there (not installed?): what it says about paths is unknown`] : inherited.problems;
    raw = { ...raw, ...inherited, problems: [...raw.problems, ...problems] };
  }
  return { ...raw, ...ownMembers(value, { folder, configFolder }), ...ownOptions(value["compilerOptions"], { folder, configFolder, inheritedBase: raw.baseUrl }) };
}

interface Place { readonly folder: string; readonly configFolder: string }

function place(path: string, from: string, at: Place): string {
  return normal(path.startsWith("${configDir}") ? posix.join(at.configFolder, path.slice("${configDir}".length)) : posix.join(from, path));
}

function ownMembers(value: Readonly<Record<string, unknown>>, at: Place): Partial<Raw> {
  const list = (key: string, toGlobs: (path: string) => string[]): Partial<Raw> =>
    (Array.isArray(value[key]) ? { [key]: stringsOf(value[key]).slice(0, membersMax).flatMap((one) => toGlobs(place(one, at.folder, at))) } : {});
  // A path without a star or an ending is a folder.
  const globs = (path: string) => (path === "" ? ["**"] : /[*?]/.test(path) ? [escapeGlob(path)] : [escapeGlob(path), `${escapeGlob(path)}/**`]);
  return { ...list("files", (path) => [path]), ...list("include", globs), ...list("exclude", globs) };
}

/** The compiler knows `*`, `?` and `**` alone. */
function escapeGlob(path: string): string {
  return path.replace(/[[\]{}()!+@\\]/g, "\\$&");
}

function ownOptions(options: unknown, at: Place & { readonly inheritedBase: string | undefined }): Partial<Raw> {
  if (!isRecord(options)) return {};
  const folderOption = (key: string): Partial<Raw> => (typeof options[key] === "string" ? { [key]: place(options[key], at.folder, at) } : {});
  const rootDirs: Partial<Raw> = Array.isArray(options["rootDirs"])
    ? {
        rootDirs: stringsOf(options["rootDirs"])
          .slice(0, membersMax)
          .map((one) => place(one, at.folder, at)),
      }
    : {};
  const own = { ...folderOption("baseUrl"), ...folderOption("outDir"), ...folderOption("rootDir"), ...rootDirs };
  if (!isRecord(options["paths"])) return own;
  const from = own.baseUrl ?? at.inheritedBase ?? at.folder;
  const paths = Object.entries(options["paths"]).map(([pattern, targets]) => ({ pattern, targets: stringsOf(targets).map((target) => place(target, from, at)) }));
  const weight = (pattern: string) => (pattern.includes("*") ? pattern.indexOf("*") : Number.MAX_SAFE_INTEGER);
  return { ...own, paths: paths.sort((left, right) => weight(right.pattern) - weight(left.pattern)) };
}

/** A path or a package, with or without `.json`; a folder stands for its tsconfig.json. Looks into the workspace before node_modules. */
function extendedFile(name: string, folder: string, { tree, packageOf }: Context): string | undefined {
  const forms = (path: string) => [path, `${path}.json`, posix.join(path, "tsconfig.json")].map(normal).filter((one) => one.endsWith(".json") && !one.startsWith("../"));
  const firstOf = (paths: readonly string[]) => paths.find((path) => tree.readText(path) !== undefined);
  if (/^\.{0,2}\//.test(name) || name === "." || name === "..") return firstOf(forms(posix.join(folder, name)));
  const packageName = /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;
  const inWorkspace = packageOf(packageName);
  if (inWorkspace !== undefined) {
    const entry = inWorkspace.entryOf(name === packageName ? "." : `.${name.slice(packageName.length)}`);
    const found = firstOf([...(entry === undefined ? [] : forms(entry)), ...forms(posix.join(inWorkspace.folder, name.slice(packageName.length + 1)))]);
    if (found !== undefined) return found;
  }
  for (let above = folder === "." ? "" : folder; ; above = parentOf(above)) {
    const found = firstOf(forms(posix.join(above, "node_modules", name)));
    if (found !== undefined || above === "") return found;
  }
}

function referencesOf(value: Readonly<Record<string, unknown>> | undefined, folder: string, tree: Tree): readonly string[] {
  const list = Array.isArray(value?.["references"]) ? value["references"].slice(0, referencesMax) : [];
  return list.flatMap((one: unknown) => (isRecord(one) && typeof one["path"] === "string" ? [normal(posix.join(folder, one["path"]))] : []))
    .map((path) => (path.endsWith(".json") ? path : posix.join(path, "tsconfig.json"))).filter((file) => !file.startsWith("../") && tree.readText(file) !== undefined);
}

/** `.` becomes the empty path of the root; a trailing slash goes. */
export function normal(path: string): string {
  const clean = posix.normalize(path).replace(/\/$/, "");
  return clean === "." ? "" : clean;
}
